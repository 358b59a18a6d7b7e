/** Finds other models and stored things that a body names, by a table (config/presets/account-fields). */
import { DATA_MEMBERS } from "./ambiguous-keys.ts";
import type { JsonObject } from "./dialect.ts";
import { isJsonObject } from "./json-fields.ts";
import { joinPath } from "./parse.ts";

/** `models`: names of models. `other_models`: it lets the upstream use models of its own choice. `object`: a stored thing. */
type NamedKind = "models" | "other_models" | "object";

export interface AccountField {
  /** Client wires on whose bodies it means this; absent: on all. */
  wires?: readonly string[];
  /** Wires at whose root it is none, since each key has its own of them here (see server/state). */
  owned_on?: readonly string[];
  /** `a.b[].c` from the root (or in its `extra_body`), `**.b.c` at any depth; `*_id` is a name that ends so. */
  path: string;
  names: NamedKind;
  /** A translated request holds it, too: it stands in a text or an address. */
  carried?: true;
  /** Which values do; absent: all but null, false and what is empty. `beside` is the object that holds it. */
  when?: (value: unknown, beside: JsonObject) => boolean;
  /** Where it is documented, and when that was read. */
  source: string;
}

export interface NamedObject {
  kind: NamedKind;
  /** In the body, e.g. `tools[2].model`. */
  path: string;
  /** Names of models. */
  models: readonly string[];
}

interface Row {
  field: AccountField;
  deep: boolean;
  steps: readonly string[];
  end?: string; // Of the last name, where it is only known by its end.
}

const NONE: readonly Row[] = [];

/** What a client writes into these is its own, for whatever it likes; only rows that name them look into them. */
const OWN_WORDS = new Set(["metadata", "litellm_metadata", "client_metadata"]);
/** What an upstream has said of its own reply, and gets back in the history. */
const TOLD_BACK = new Set(["annotations", "citations", "results", "outputs", "logprobs"]);

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
  visit(body: unknown, wire: string, visit: (named: NamedObject) => void, translated = false): void {
    /** Names, `[]` for elements; what stands in `extra_body` counts as standing at the root. */
    const steps: string[] = [];
    const written: (string | number)[] = []; // As the client wrote them, with the numbers of elements.
    let own_words = false;

    const inObject = (object: JsonObject): void => {
      for (const [key, value] of Object.entries(object)) {
        const name = isPlain(key) ? key : key.toUpperCase().toLowerCase();
        steps.push(name);
        written.push(key);
        for (const row of this.rowsOf(name))
          if (isMeant(row, value, object))
            visit({
              kind: row.field.names,
              path: pathOf(written),
              models: row.field.names === "models" ? namesIn(value) : [],
            });
        into(name, value);
        steps.pop();
        written.pop();
      }
    };
    const into = (name: string, value: unknown): void => {
      if (typeof value !== "object" || value === null || TOLD_BACK.has(name)) return;
      // Of the root's `input` and `schema` every client's own items are a part.
      if (steps.length > 1 && DATA_MEMBERS.has(name) && isJsonObject(value)) return;
      if (name === "extra_body" && steps.length === 1 && isJsonObject(value)) {
        const step = steps.pop() ?? "";
        inObject(value);
        steps.push(step);
        return;
      }
      const before = own_words;
      own_words ||= OWN_WORDS.has(name);
      inValue(value);
      own_words = before;
    };
    const inValue = (value: unknown): void => {
      if (isJsonObject(value)) return inObject(value);
      if (!Array.isArray(value)) return;
      steps.push("[]");
      for (const [i, each] of value.entries()) {
        if (typeof each !== "object" || each === null) continue;
        written.push(i);
        inValue(each);
        written.pop();
      }
      steps.pop();
    };
    const isMeant = (row: Row, value: unknown, beside: JsonObject): boolean => {
      const { field, deep } = row;
      if ((deep && own_words) || (translated && !field.carried)) return false;
      if (field.wires && !field.wires.includes(wire)) return false;
      // Whom the request is for is judged before.
      if (written.length === 1 && (written[0] === "model" || field.owned_on?.includes(wire))) return false;
      const from = steps.length - row.steps.length;
      if (from < 0 || (from > 0 && !deep)) return false;
      const last = row.steps.length - 1;
      // The last one is the name by which the row was found.
      for (let i = 0; i < last; i++) if (steps[from + i] !== row.steps[i]) return false;
      if (row.end === undefined && steps.at(-1) !== row.steps[last]) return false;
      return isSet(value) && (!field.when || field.when(value, beside));
    };
    if (isJsonObject(body)) inObject(body);
  }

  private rowsOf(name: string): readonly Row[] {
    const rows = this.by_name.get(name) ?? NONE;
    if (!name.includes("_")) return rows;
    const more = this.by_end.filter(({ end }) => end !== undefined && name.endsWith(end));
    return more.length === 0 ? rows : [...rows, ...more];
  }
}

function pathOf(written: readonly (string | number)[]): string {
  return joinPath("", written)
    .slice(0, MOST_PATH)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
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

const MOST_DEPTH = 4; // How deep names of models are looked for within a field of such: `[{"a": ["b"]}]`.

/** Every text in a list of models, and in what is listed by model; not in the messages that some upstreams take beside. */
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
