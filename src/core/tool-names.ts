/** Flat tool names for upstreams that know no namespaces: at most 64 of `[a-zA-Z0-9_-]`. */
import { shortHash } from "./hash.ts";

const MAX_TOOL_NAME = 64;

/** The flat name of a tool, the same in every request. An `attempt` above 0 gives another one, after a collision. */
export function flatToolName(namespace: string | undefined, name: string, attempt = 0): string {
  const joined = namespace === undefined || namespace === "" ? name : `${namespace}__${name}`;
  const clean = joined.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
  if (clean === joined && clean !== "" && clean.length <= MAX_TOOL_NAME && attempt === 0) return clean;
  const mark = shortHash(`${namespace ?? ""}\0${name}\0${attempt}`);
  return `${clean.slice(0, MAX_TOOL_NAME - mark.length - 1)}_${mark}`;
}

/** Longer names are none that a model garbled. */
const MOST_WRITTEN = 256;
/** What models and servers put before the names of all tools. */
const PREFIX = /^(?:functions?|tools?|default_api|default|api)(?:[./:]|__|::)/i;
/** Of harmony: what should have been a header of its own, as in `name<|channel|>commentary`. */
const TOKENS = /<\|.*$/s;
/** The number of a call that stood behind its name: `functions.name:0`. */
const CALL_NUMBER = /:\d+$/;
const SEPARATORS = /__|[./:]+/;

/** Finds the declared tool that a model means by a name that is not quite its name. */
export class MeantTools {
  private readonly declared: ReadonlySet<string>;
  private keys: Keys | undefined;

  /** Flat names of the tools. */
  constructor(names: Iterable<string>) {
    this.declared = new Set(names);
  }

  /**
   * The flat name of the only declared tool that can be meant; undefined where none or several can. Case, blanks and
   * separators do not count, nor do known prefixes, tokens behind the name, a name said twice, or a server's name that
   * was left out. A prefix that nobody knows may be the name of something that is not declared.
   */
  find(written: string): string | undefined {
    if (written.length > MOST_WRITTEN) return undefined;
    if (this.declared.has(written)) return written;
    const { whole, ends } = (this.keys ??= keysOf(this.declared));
    const clean = written.replace(TOKENS, "").trim().replace(CALL_NUMBER, "");
    for (const name of [clean, clean.replace(PREFIX, "")]) {
      if (this.declared.has(name)) return name;
      const key = keyOf(name);
      if (key === "") continue;
      for (const found of [whole.get(key), whole.get(halfOf(key)), ends.get(key)]) {
        if (found === null) return undefined;
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

/** By letters and digits alone, of the whole name and of its last parts; null where several have the same. */
interface Keys {
  whole: Map<string, string | null>;
  ends: Map<string, string | null>;
}

/** Made when the first name is asked about that is no tool's. */
function keysOf(names: Iterable<string>): Keys {
  const keys: Keys = { whole: new Map(), ends: new Map() };
  for (const name of names) {
    put(keys.whole, keyOf(name), name);
    const parts = name.split(SEPARATORS);
    for (let from = 1; from < parts.length; from++) put(keys.ends, keyOf(parts.slice(from).join("")), name);
  }
  return keys;
}

function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** The name that is said twice; the key itself for every other. */
function halfOf(key: string): string {
  const half = key.slice(0, key.length / 2);
  return half + half === key ? half : key;
}

function put(names: Map<string, string | null>, key: string, name: string): void {
  if (key === "") return;
  const other = names.get(key);
  names.set(key, other === undefined || other === name ? name : null);
}
