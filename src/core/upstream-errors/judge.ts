/** Finds the row of the table that matches an error, and makes a fault of it. The first row that matches counts. */
import type { Envelope } from "./envelope.ts";
import type { Refusal, UpstreamFault } from "./fault.ts";
import { overflowNumbers } from "./numbers.ts";
import type { Row, Topic } from "./rows/row.ts";
import { lastName, listed, numberOf, pathOf, plainWords, wording, type Found } from "./words.ts";

/** What an error says, ready to be compared. */
interface ErrorFacts {
  text: string;
  names: readonly string[];
  status: number | undefined;
}

export type Judge = (envelope: Envelope, status: number | undefined) => UpstreamFault;

export function judgeBy(topics: readonly Topic[]): Judge {
  const table = topics.flatMap((topic) => {
    const guard = anyOf(topic.unless);
    return topic.rows.map((row) => ({ row, kind: topic.kind, match: matcherOf(row, guard) }));
  });
  return (envelope, status = envelope.status) => {
    const { type, code, message, param } = envelope;
    const facts: ErrorFacts = {
      text: plainWords(message),
      names: [type, code].filter((name) => name !== "").map((name) => name.toLowerCase()),
      status,
    };
    const about = {
      ...(status !== undefined && { status }),
      ...((code || type) !== "" && { code: (code || type).slice(0, MAX_NAME) }),
      ...(param !== "" && { param: param.slice(0, MAX_NAME) }),
    };
    for (const { row, kind, match } of table) {
      const found = match(facts);
      if (!found) continue;
      const fault = { row: row.id, ...about };
      if (kind === "overflow") return { kind, ...fault, numbers: overflowNumbers(envelope.fields, message) };
      if (kind !== "refused") return { kind, ...fault };
      return { kind, ...fault, refusal: refusalOf(row.refusal ?? { what: "unnamed" }, found, param) };
    }
    return { kind: "failure", row: "unknown", ...about };
  };
}

const MAX_NAME = 200;

function matcherOf({ status, names, words, unless }: Row, guard: Finder): (facts: ErrorFacts) => Found | undefined {
  const named = names?.map(nameOf);
  const worded = words === undefined ? undefined : anyOf(words);
  const not = anyOf(unless);
  return (facts) => {
    if (status !== undefined && !status.includes(facts.status ?? 0)) return undefined;
    if (named && !facts.names.some((name) => named.some((fits) => fits(name)))) return undefined;
    const found = worded ? worded(facts.text) : {};
    if (!found || guard(facts.text) || not(facts.text)) return undefined;
    return found;
  };
}

type Finder = (text: string) => Found | undefined;

/** Finds the first of these wordings in a text. */
function anyOf(words: readonly string[] = []): Finder {
  const readers = words.map(wording);
  return (text) => {
    for (const read of readers) {
      const found = read(text);
      if (found) return found;
    }
    return undefined;
  };
}

function nameOf(pattern: string): (name: string) => boolean {
  const text = pattern.toLowerCase().replaceAll("*", "");
  if (!pattern.includes("*")) return (name) => name === text;
  if (!pattern.endsWith("*")) return (name) => name.endsWith(text);
  return pattern.startsWith("*") ? (name) => name.includes(text) : (name) => name.startsWith(text);
}

/** The places of a wording that each kind of refusal takes. */
const ADDED: Record<Refusal["what"], readonly string[]> = {
  field: ["path", "instead"],
  missing_field: ["path"],
  value: ["path", "value", "supported"],
  limit: ["path", "given", "most", "least"],
  combination: ["path"],
  role: ["role"],
  order: [],
  content: [],
  tools: [],
  tool_kind: ["type"],
  tool_choice: ["value"],
  schema: ["path", "word"],
  item: ["type"],
  image: [],
  reasoning_field: ["path"],
  signature: [],
  id: ["path", "most"],
  streaming: [],
  unnamed: ["path"],
};

/** How the text of a place is read; others are taken as they are. */
const READ: Readonly<Record<string, (text: string) => unknown>> = {
  path: pathOf,
  instead: pathOf,
  supported: listed,
  given: numberOf,
  most: numberOf,
  least: numberOf,
};

/** The row's refusal with what its places contained. Where the words name no field, `param` does. */
function refusalOf(row: Refusal, found: Found, param: string): Refusal {
  const places: Found = { ...(param !== "" && { path: param }), ...found };
  const added = ADDED[row.what].flatMap((name): [string, unknown][] => {
    const text = places[name];
    return text === undefined ? [] : [[name, READ[name]?.(text) ?? text]];
  });
  // ADDED lists only places that the type has.
  return ofThread({ ...Object.fromEntries(added), ...row } as Refusal);
}

/** Fields within the thread are not settings: thoughts and ids have remedies of their own. */
function ofThread(refusal: Refusal): Refusal {
  if (!("path" in refusal) || refusal.path === undefined) return refusal;
  const { path } = refusal;
  if (!/^(?:messages|input)\b/.test(path)) return refusal;
  const name = lastName(path);
  if (refusal.what === "field" && /^(?:reasoning|thinking|thought)/.test(name))
    return { what: "reasoning_field", path, wants: "absent" };
  if (refusal.what === "limit" && /(?:^|_)id$/.test(name))
    return { what: "id", path, ...(refusal.most !== undefined && { most: refusal.most }) };
  return refusal;
}
