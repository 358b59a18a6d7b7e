/** Hosts as they are written in a URL or for a socket: whose they are. A name does not reveal where it leads. */

/** This machine alone. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/i.test(host);
}

/** Addresses that are not routed through the internet: what is sent there stays in your network. */
export function isPrivate(host: string): boolean {
  return (
    isLoopback(host) ||
    host === "0.0.0.0" ||
    /^(?:10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$/.test(host) ||
    /^\[f(?:[cd]|e[89ab])[\da-f]{0,2}:/i.test(host)
  );
}

/** Whose an address is, for limits: of IPv6, a network of 64 bits counts as one, since its owner has all of it. */
export function networkOf(address: string): string {
  const [plain = ""] = address.toLowerCase().split("%");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::", 2);
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const last = after.at(-1) ?? groups.at(-1) ?? "";
  const words = last.includes(".") ? 7 : 8;
  if (tail !== undefined)
    groups.push(...Array.from({ length: Math.max(0, words - groups.length - after.length) }, () => "0"));
  groups.push(...after);
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16) || 0);
  const isMapped = network.every((group) => group === 0) && groups[4] === "0" && groups[5] === "ffff";
  if (isMapped) return last.includes(".") ? last : mappedOf(groups[6] ?? "", last);
  return `${network.map((group) => group.toString(16)).join(":")}::/64`;
}

/** An IPv4 address of which IPv6 has written two bytes in each group. */
function mappedOf(first: string, second: string): string {
  return [first, second]
    .map((group) => Number.parseInt(group, 16) || 0)
    .flatMap((group) => [group >> 8, group & 255])
    .join(".");
}
