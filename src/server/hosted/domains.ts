/** Filters addresses by domains. A client may name many, and a service may send many results. */

const MOST_ADDRESS = 2000; // No model should read a longer address.

/** Whether an address is a web page of these domains or below them (undefined: of any), and not of the others. */
export function domainFilter(
  domains?: readonly string[],
  not_domains: readonly string[] = [],
): (url: string) => boolean {
  const [wanted, unwanted] = [domains && startsOf(domains), startsOf(not_domains)];
  return (address) => {
    // A parser passes over line breaks; the model would read them.
    const url = address.length > MOST_ADDRESS || /\s/.test(address) ? null : URL.parse(address);
    if (!url || !/^https?:$/.test(url.protocol)) return false;
    return !isWithin(url, unwanted) && (!wanted || isWithin(url, wanted));
  };
}

/** Beginnings of paths, by domain. */
type Starts = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads domains as clients write them (`a.example`, `a.example/docs`). */
function startsOf(domains: readonly string[]): Starts {
  const starts = new Map<string, Set<string>>();
  for (const written of domains) {
    const slash = written.indexOf("/");
    const [domain, start] = slash === -1 ? [written, "/"] : [written.slice(0, slash), written.slice(slash)];
    const known = starts.get(domain);
    if (known) known.add(start);
    else starts.set(domain, new Set([start]));
  }
  return starts;
}

function isWithin({ hostname, pathname }: URL, domains: Starts): boolean {
  for (let domain = hostname; domain !== ""; domain = above(domain)) {
    const starts = domains.get(domain);
    if (starts && beginsWithOne(pathname.toLowerCase(), starts)) return true;
  }
  return false;
}

function above(domain: string): string {
  const dot = domain.indexOf(".");
  return dot === -1 ? "" : domain.slice(dot + 1);
}

function beginsWithOne(path: string, starts: ReadonlySet<string>): boolean {
  if (starts.has("/") || starts.has(path)) return true;
  for (let slash = path.indexOf("/", 1); slash !== -1; slash = path.indexOf("/", slash + 1))
    if (starts.has(path.slice(0, slash))) return true;
  return false;
}
