/** What is wrong with the table of upstream errors; and the envelopes in which every row must read alike. */
import { envelopeOfBody, type Envelope } from "../../src/core/upstream-errors/envelope.ts";
import type { Topic } from "../../src/core/upstream-errors/rows/row.ts";

const FOLDER = "src/core/upstream-errors/rows";

/** Each with the file, the row and what is to be done. */
export function problemsOf(topics: readonly Topic[], fileOf: (topic: Topic) => string): string[] {
  const seen = new Set<string>();
  return topics.flatMap((topic) =>
    topic.rows.flatMap((row, at) => {
      const place = `${FOLDER}/${fileOf(topic)}: row ${row.id === "" ? `number ${at + 1}` : `"${row.id}"`} of ${topic.kind}`;
      const problems: string[] = [];
      if (row.id === "") problems.push("has no id: give it a short one");
      if (seen.has(row.id)) problems.push("has the id of another row: give it one of its own");
      seen.add(row.id);
      if ((row.sample as unknown) === undefined)
        problems.push("has no sample: add the body, with its status, as the upstream sent it; it is the row's test");
      if (!row.status && !row.names && !row.words)
        problems.push("matches everything: give it a status, a name or words");
      if (row.source.trim() === "") problems.push("has no source: say which server and version, or which report");
      if (!/^20\d\d-(?:0[1-9]|1[0-2])$/.test(row.date))
        problems.push("has no date: write the year and the month, 2026-11");
      if (topic.kind === "refused" && row.refusal === undefined)
        problems.push("refuses nothing: add what it refuses as `refusal`");
      return problems.map((problem) => `${place} ${problem}`);
    }),
  );
}

/** The body of a sample as text. */
export const textOf = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

/** What a body says, for putting it into other envelopes. */
export const saidIn = (body: unknown): Envelope => envelopeOfBody(textOf(body));

export interface Wrapping {
  /** The wire whose hosts send it, and its shape. */
  name: string;
  /** It has a place for a code and a type, for a type alone, or for words only. */
  carries: "names" | "words";
  wrap(said: Envelope): unknown;
}

/** Where there is a place for one name only. */
const oneName = ({ type, code }: Envelope): string => (/^\d*$/.test(code) ? type || code : code);

const nameOr = (text: string): string | null => (text === "" ? null : text);

/** Every shape that hosts of the three wires use; most of them were seen on more than one. */
export const WRAPPINGS: readonly Wrapping[] = [
  {
    name: "chat, responses: {error: {message, type, param, code}}",
    carries: "names",
    wrap: ({ message, type, code, param }) => ({
      error: { message, type: nameOr(type), param: nameOr(param), code: nameOr(code) },
    }),
  },
  {
    name: "chat: flat {object: error, message, type, param, code}",
    carries: "names",
    wrap: ({ message, type, code, param }) => ({
      object: "error",
      message,
      type: nameOr(type),
      param: nameOr(param),
      code: nameOr(code),
    }),
  },
  {
    name: "chat: a list of one {error: {code, message, status}}",
    carries: "names",
    wrap: ({ message, type, code, param }) => [{ error: { message, status: nameOr(type), code: nameOr(code), param } }],
  },
  {
    name: "chat: {error: words, error_type, code}",
    carries: "names",
    wrap: ({ message, type, code }) => ({ error: message, error_type: type, code }),
  },
  { name: "chat, messages: {error: words}", carries: "words", wrap: ({ message }) => ({ error: message }) },
  { name: "chat, responses: {detail: words}", carries: "words", wrap: ({ message }) => ({ detail: message }) },
  {
    name: "chat: problem+json",
    carries: "words",
    wrap: ({ message }) => ({ type: "about:blank", title: "Bad Request", detail: message }),
  },
  {
    name: "chat: {success: false, errors: [{code, message}]}",
    carries: "names",
    wrap: (said) => ({ success: false, errors: [{ code: oneName(said), message: said.message }] }),
  },
  {
    name: "chat, messages: {base_resp: {status_code, status_msg}}",
    carries: "words",
    wrap: ({ message }) => ({ base_resp: { status_code: 1000, status_msg: message } }),
  },
  {
    name: "chat: the whole error as JSON in the message of another",
    carries: "names",
    wrap: ({ message, type, code, param }) => ({
      error: { message: `Provider returned an error: ${JSON.stringify({ error: { message, type, code, param } })}` },
    }),
  },
  {
    name: "chat: in the metadata of a router",
    carries: "words",
    wrap: ({ message }) => ({
      error: { message: "Provider returned error", metadata: { raw: JSON.stringify({ error: { message } }) } },
    }),
  },
  {
    name: "messages: {type: error, error: {type, message}, request_id}",
    carries: "names",
    wrap: ({ message, type, code }) => ({
      type: "error",
      error: { type: type || "invalid_request_error", message, ...(code !== "" && { code }) },
      request_id: "req_1",
    }),
  },
  {
    name: "messages: {type: error, error: {type, message, details: {error_code}}}",
    carries: "names",
    wrap: ({ message, type, code }) => ({
      type: "error",
      error: { type: type || "invalid_request_error", message, ...(code !== "" && { details: { error_code: code } }) },
    }),
  },
  {
    name: "responses: the event {type: error, code, message, param}",
    carries: "names",
    wrap: (said) => ({ type: "error", code: oneName(said), message: said.message, param: nameOr(said.param) }),
  },
  {
    name: "responses: {response: {error: {code, message}}}",
    carries: "names",
    wrap: (said) => ({ response: { error: { code: oneName(said), message: said.message } } }),
  },
];
