/** Where the documents contradict each other or the wire: what we send all the same, and why. README lists them for users. */
import type { Document } from "./response-schemas.ts";
import { isObject, isText, type Json } from "./response-rules.ts";
import { USAGE } from "./response-samples.ts";

export interface Waiver {
  document: Document;
  /** What we send that this document does not have. */
  what: string;
  why: string;
  /** The same as the document wants it; undefined for what it does not know at all. */
  amend(value: Json): Json | undefined;
}

/** The `response` within an event, or the body itself. */
function inResponse(change: (response: Json) => void): (value: Json) => Json {
  return (value) => {
    const response = value["object"] === "response" ? value : value["response"];
    if (isObject(response)) change(response);
    return value;
  };
}

const formatOf = ({ text }: Json): Json => (isObject(text) && isObject(text["format"]) ? text["format"] : {});

const CODES_OF_ERRORS_WITHIN = new Set(["context_length_exceeded", "insufficient_quota", "model_not_found"]);

/** Items and tools beyond those of Open Responses. */
const OPENAI_ALONE = new Set([
  "custom_tool_call",
  "tool_search_call",
  "custom",
  "namespace",
  "web_search",
  "tool_search",
]);
const isOpenAIs = (value: unknown): boolean =>
  isObject(value) && isText(value["type"]) && OPENAI_ALONE.has(value["type"]);

export const WAIVERS: readonly Waiver[] = [
  {
    document: "open-responses",
    what: "`response.reasoning_text.delta` and `.done`",
    why: "OpenAI's names; Open Responses calls them `response.reasoning.*`",
    amend: (event) => {
      const type = /^response\.reasoning_text\.(?:delta|done)$/.exec(String(event["type"]));
      return type ? { ...event, type: String(event["type"]).replace("reasoning_text", "reasoning") } : event;
    },
  },
  {
    document: "open-responses",
    what: "custom and namespace tools, hosted ones, and the calls of them",
    why: "OpenAI's kinds; Open Responses has functions alone",
    amend: (value) => {
      if (isOpenAIs(value["item"]) || String(value["type"]).startsWith("response.custom_tool_call_input."))
        return undefined;
      return inResponse((response) => {
        for (const list of ["output", "tools"])
          if (Array.isArray(response[list])) response[list] = response[list].filter((each) => !isOpenAIs(each));
      })(value);
    },
  },
  {
    document: "open-responses",
    what: "the schema in `text.format`",
    why: "it is echoed as OpenAI does; Open Responses' definition admits null alone",
    amend: inResponse((response) => {
      if (isObject(formatOf(response)["schema"])) formatOf(response)["schema"] = null;
    }),
  },
  {
    document: "openai",
    what: "`text.format.description` that is null",
    why: "Open Responses requires the field; OpenAI's document knows only texts, its server sends null",
    amend: inResponse((response) => {
      if (formatOf(response)["description"] === null) delete formatOf(response)["description"];
    }),
  },
  {
    document: "openai",
    what: "`usage: null` until the end, and after it where the upstream counts nothing",
    why: "Open Responses requires the field and OpenAI's server sends null; its document knows only objects",
    amend: inResponse((response) => {
      if (response["usage"] === null) delete response["usage"];
    }),
  },
  ...(["openai", "open-responses"] as const).map((document) => ({
    document,
    what: "`usage: null` in a compaction whose upstream counts nothing",
    why: "both documents want an object; a count that nobody made is not invented",
    amend: (value: Json): Json => {
      if (value["object"] !== "response.compaction" || value["usage"] !== null) return value;
      return { ...value, usage: USAGE };
    },
  })),
  {
    document: "openai",
    what: "`error.code` in a failed response that is `context_length_exceeded`, `insufficient_quota` or `model_not_found`",
    why: "clients give up at once on these; OpenAI's server sends codes beyond its own list, too",
    amend: inResponse((response) => {
      const error = response["error"];
      if (isObject(error) && CODES_OF_ERRORS_WITHIN.has(String(error["code"]))) error["code"] = "server_error";
    }),
  },
  ...(["openai", "open-responses"] as const).map((document) => ({
    document,
    what: "`keepalive`",
    why: "for Codex alone, which counts no comment as a sign of life; OpenAI's server sends it, and no document has it",
    amend: (event: Json) => (event["type"] === "keepalive" ? undefined : event),
  })),
];
