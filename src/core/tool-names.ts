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
