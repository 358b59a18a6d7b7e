/**
 * Finds in a request's body what reaches beyond the model that it names: other models, and things that a host has
 * stored for its whole account. Which fields those are is a table (config/presets/account-fields). One pass; what is
 * data of the client's own (arguments, schemas) is passed over.
 */
import { DATA_MEMBERS } from "./ambiguous-keys.ts";
import type { JsonObject } from "./dialect.ts";
import { isJsonObject } from "./json-fields.ts";

/** `models`: names of models. `other_models`: it lets the host use models of its own choice. `object`: a stored thing. */
export type NamedKind = "models" | "other_models" | "object";

export interface AccountField {
  /** Client wires on whose bodies it means this; absent: on all. */
  wires?: readonly string[];
  /** Wires at whose root it is none, since each key has its own of them here (see server/state). */
  owned_on?: readonly string[];
  /**
   * `a.b[].c` from the root, or `**.b.c` at any depth. A name may begin with `*`: then it is one that ends so. What
   * stands at the root may stand in `extra_body` as well.
   */
  path: string;
  names: NamedKind;
  /** A translated request holds it, too: it stands in a text or an address. */
  carried?: true;
  /** Which values do; absent: all but null, false and what is empty. `beside` is the object that holds it. */
  when?: (value: unknown, beside: JsonObject) => boolean;
  /** Where it is documented, and when that was read. */
  source: string;
}

export interface Named {
  kind: NamedKind;
  /** In the body, e.g. `tools[2].model`. */
  path: string;
  /** Names of models. */
  models: readonly string[];
}

/** The table, by the last name of each path. */
export class AccountFields {
  private readonly by_name = new Map<string, Row[]>();
  private readonly by_end: Row[] = [];

  constructor(fields: readonly AccountField[]) {
    for (const field of fields) {
      const deep = field.path.startsWith("**.");
      const steps = (deep ? field.path.slice(3) : field.path).replaceAll("[]", ".[]").split(".");
      const name = steps.at(-1) ?? "";
      const row: Row = { field, deep, steps };
      if (name.startsWith("*")) this.by_end.push({ ...row, end: name.slice(1) });
      else this.by_name.set(name, [...(this.by_name.get(name) ?? []), row]);
    }
  }

  /** All that the body names, or what a translation of it would. `wire` is the client's. Reads on until `visit` throws. */
  visit(body: unknown, wire: string, visit: (named: Named) => void, translated = false): void {
    if (isJsonObject(body)) new Walk(this, wire, visit, translated).object(body);
  }

  rowsOf(name: string): readonly Row[] {
    const rows = this.by_name.get(name) ?? NONE;
    if (!name.includes("_")) return rows;
    const more = this.by_end.filter(({ end }) => end !== undefined && name.endsWith(end));
    return more.length === 0 ? rows : [...rows, ...more];
  }
}

interface Row {
  field: AccountField;
  deep: boolean;
  steps: readonly string[];
  /** Of the last name, where it is only known by its end. */
  end?: string;
}

const NONE: readonly Row[] = [];

/** What a client writes into these is its own, for whatever it likes; only rows that name them look into them. */
const OWN_WORDS = new Set(["metadata", "litellm_metadata", "client_metadata"]);
/** What a host has said of its own reply, and gets back in the history. */
const TOLD_BACK = new Set(["annotations", "citations", "results", "outputs", "logprobs"]);

class Walk {
  private readonly fields: AccountFields;
  private readonly wire: string;
  private readonly visit: (named: Named) => void;
  private readonly translated: boolean;
  /** Names, `[]` for elements; what stands in `extra_body` counts as standing at the root. */
  private readonly steps: string[] = [];
  /** As the client wrote them, with the numbers of elements. */
  private readonly written: (string | number)[] = [];
  private own_words = false;

  constructor(fields: AccountFields, wire: string, visit: (named: Named) => void, translated: boolean) {
    this.fields = fields;
    this.wire = wire;
    this.visit = visit;
    this.translated = translated;
  }

  object(object: JsonObject): void {
    for (const [key, value] of Object.entries(object)) {
      const name = isPlain(key) ? key : key.toUpperCase().toLowerCase();
      this.steps.push(name);
      this.written.push(key);
      for (const row of this.fields.rowsOf(name)) this.check(row, value, object);
      this.into(name, value);
      this.steps.pop();
      this.written.pop();
    }
  }

  private into(name: string, value: unknown): void {
    if (typeof value !== "object" || value === null || TOLD_BACK.has(name)) return;
    // Of the root's `input` and `schema` every client's own items are a part.
    if (this.steps.length > 1 && DATA_MEMBERS.has(name) && isJsonObject(value)) return;
    if (name === "extra_body" && this.steps.length === 1 && isJsonObject(value)) {
      const step = this.steps.pop() ?? "";
      this.object(value);
      this.steps.push(step);
      return;
    }
    const before = this.own_words;
    this.own_words ||= OWN_WORDS.has(name);
    this.value(value);
    this.own_words = before;
  }

  private value(value: object): void {
    if (!Array.isArray(value)) return this.object(value as JsonObject);
    this.steps.push("[]");
    for (const [i, each] of (value as unknown[]).entries()) {
      if (typeof each !== "object" || each === null) continue;
      this.written.push(i);
      this.value(each);
      this.written.pop();
    }
    this.steps.pop();
  }

  private check({ field, deep, steps, end }: Row, value: unknown, beside: JsonObject): void {
    if ((deep && this.own_words) || (this.translated && !field.carried)) return;
    if (field.wires && !field.wires.includes(this.wire)) return;
    const at_root = this.written.length === 1;
    // Whom the request is for is judged before.
    if (at_root && (this.written[0] === "model" || field.owned_on?.includes(this.wire))) return;
    const from = this.steps.length - steps.length;
    if (from < 0 || (from > 0 && !deep)) return;
    // The last one is the name by which the row was found.
    for (let i = 0; i < steps.length - 1; i++) if (this.steps[from + i] !== steps[i]) return;
    if (end === undefined && this.steps.at(-1) !== steps.at(-1)) return;
    if (!isSet(value) || (field.when && !field.when(value, beside))) return;
    this.visit({
      kind: field.names,
      path: this.path(),
      models: field.names === "models" ? namesIn(value) : [],
    });
  }

  private path(): string {
    let path = "";
    for (const each of this.written)
      path += typeof each === "number" ? `[${each}]` : `${path === "" ? "" : "."}${each}`;
    return path
      .slice(0, MOST_PATH)
      .toWellFormed()
      .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
  }
}

const MOST_PATH = 200;

/** Keys as protocols write them: they are compared without another look. Go's decoder reads any case. */
function isPlain(key: string): boolean {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if ((code >= 0x41 && code <= 0x5a) || code > 0x7f) return false;
  }
  return true;
}

function isSet(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** How deep names of models are looked for within a field of such: `[{"a": ["b"]}]`. */
const MOST_DEPTH = 4;

/** Every text in a list of models, and in what is listed by model; not in the messages that some hosts take beside. */
function namesIn(value: unknown, depth = 0): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (depth >= MOST_DEPTH || typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((each) => namesIn(each, depth + 1));
  return Object.entries(value).flatMap(([key, each]) => (key === "messages" ? [] : namesIn(each, depth + 1)));
}

/** An id by itself, or in an object as SDKs write it. */
export function isId(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : isJsonObject(value) && isSet(value["id"]);
}
