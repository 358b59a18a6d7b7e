/** A row of the table: how upstreams word one kind of failure, with a sample, which is the row's test. */
import { wordings } from "../words.ts";
import type { FaultKind, OverflowNumbers, Refusal } from "../fault.ts";

/** A body as it was seen, and what has to be read from it besides the kind. */
export interface Sample {
  /** Undefined for an error within a reply that began with 200. */
  status: number | undefined;
  /** A string for a body that is not JSON. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
  numbers?: OverflowNumbers;
  refusal?: Refusal;
  retry_after_ms?: number;
}

/** Matches by one of its statuses, one of its names and one of its wordings (see words.ts), as far as they are given. */
export interface Row {
  /** Unique, for logs and tests. */
  id: string;
  /** 0 stands for an error within a reply, which has no status. */
  status?: readonly number[];
  /** Code or type of the error, in any case; `*` at either end matches anything. */
  names?: readonly string[];
  words?: readonly string[];
  /** The row does not match where one of these wordings is found. */
  unless?: readonly string[];
  /** What is refused, to which the places of the wording are added. */
  refusal?: Refusal;
  sample: Sample;
  /** Where it was seen: a server and its version, or a public report. */
  source: string;
  /** When: a year and a month. */
  date: string;
}

/** Rows of one kind. */
export interface Topic {
  kind: FaultKind;
  /** As in a row, for all rows of the topic. */
  unless?: readonly string[];
  rows: readonly Row[];
}

/** A row as it is written. The key is its head: `id, date, source`. */
interface RowText extends Pick<Row, "status" | "refusal">, Pick<Sample, "numbers" | "retry_after_ms"> {
  /** With a space between them. */
  names?: string;
  /** With ` / ` between the wordings. */
  words?: string;
  unless?: string;
  /** Status of the sample, where it is neither the row's first one nor 400; 0 within a reply. */
  at?: number;
  /** The sample's body; a text is a message in OpenAI's shape, with these names. */
  body?: unknown;
  with?: Named;
  /** A body that is not JSON. */
  text?: string;
  /** What the sample's refusal has beyond the row's own. */
  found?: Readonly<Record<string, string | number | readonly string[]>>;
}

/** A topic whose rows share no `unless`. */
export function topic(kind: FaultKind, texts: Readonly<Record<string, RowText>>): Topic {
  const rows = Object.entries(texts).map(([head, { status, names, words, unless, refusal, ...sample }]): Row => {
    const { at = status?.[0] ?? 400, text, body, with: named, found, ...read } = sample;
    const [id = "", date = "", ...source] = head.split(", ");
    return {
      id,
      ...(status && { status }),
      ...(names !== undefined && { names: names.split(" ") }),
      ...(words !== undefined && { words: wordings(words) }),
      ...(unless !== undefined && { unless: wordings(unless) }),
      ...(refusal && { refusal }),
      sample: {
        status: at || undefined,
        body: text ?? (typeof body === "string" ? openai(body, named) : body),
        ...(kind === "overflow" && { numbers: {} }),
        ...read,
        ...(refusal && { refusal: Object.assign({}, refusal, found) }),
      },
      source: source.join(", "),
      date,
    };
  });
  return { kind, rows };
}

export const refusals = (texts: Readonly<Record<string, RowText & { refusal: Refusal }>>): Topic =>
  topic("refused", texts);

/** Names of the failure, beside its message. */
interface Named {
  type?: string | null;
  code?: string | number | null;
  param?: string | null;
}

/** OpenAI's shape of an error's body, and that of most others. */
const openai = (message: string, { type = "invalid_request_error", code = null, param = null }: Named = {}) => ({
  error: { message, type, param, code },
});

/** The same without its frame: Mistral, Cerebras, SGLang. */
export const flat = (message: string, { type = "BadRequestError", code = 400, param = null }: Named = {}) => ({
  object: "error",
  message,
  type,
  param,
  code,
});

/** llama-server's, which may name numbers beside the words. */
export const llama = (code: number, type: string, message: string, more: object = {}) => ({
  error: { code, message, type, ...more },
});

export const anthropic = (message: string, type = "invalid_request_error") => ({
  type: "error",
  error: { type, message },
  request_id: "req_011CV",
});

/** Google's comes as a list of one. */
export const google = (code: number, status: string, message: string, details?: object[]) => [
  { error: { code, message, status, ...(details && { details }) } },
];

/** FastAPI's, with pydantic's list of what is wrong. */
export const pydantic = (type: string, loc: (string | number)[], msg: string, input?: unknown) => ({
  detail: [{ type, loc, msg, ...(input !== undefined && { input }) }],
});

/** NVIDIA NIM's problem+json. */
export const problem = (status: number, title: string, detail: string) => ({ status, title, detail });
