/** One tolerant reader of every known shape of an error's body, since upstreams mix them. It judges nothing. */
import type { JsonObject } from "../dialect.ts";
import { plainText } from "../error-words.ts";
import { isJsonObject, parsedJson } from "../json-fields.ts";
import { pathOfPlaces } from "./words.ts";

export interface Envelope {
  message: string;
  /** The upstream's own names for the kind of failure; empty where it gives none. */
  type: string;
  code: string;
  /** The field that the error names outside of its message. */
  param: string;
  /** The status that the body contains: a reply that began with 200 has no other. */
  status: number | undefined;
  request_id: string;
  /** Fields of the error's own object. */
  fields: JsonObject;
}

const EMPTY: Envelope = { message: "", type: "", code: "", param: "", status: undefined, request_id: "", fields: {} };

const MAX_DEPTH = 4; // A gateway that wraps the error of another one may itself be behind a gateway.
const MAX_NESTED = 64 * 1024; // Longer texts are not searched for JSON.

/** Reads an error's body, whatever its format. */
export function envelopeOfBody(body: string): Envelope {
  const json = parsedJson(body);
  const read = json === undefined ? undefined : readEnvelope(json);
  if (read && read.message !== "") return read;
  const text = nested({ ...EMPTY, ...read, message: body }, 0);
  return text.message === body ? { ...text, message: plainText(body) } : text;
}

/** Reads an error within a reply; undefined for an ordinary part of the reply. */
export function envelopeOfFrame(frame: unknown): Envelope | undefined {
  const value: unknown = Array.isArray(frame) ? frame[0] : frame;
  if (!isJsonObject(value)) return undefined;
  const error = value["error"] ?? ownError(value);
  if (isJsonObject(error) || (typeof error === "string" && error !== ""))
    return readEnvelope(error === value["error"] ? value : { ...value, error }) ?? EMPTY;
  return isError(value) ? readEnvelope(value) : undefined;
}

/** Some upstreams put it into a field of their own (`x_…`). */
function ownError(value: JsonObject): unknown {
  for (const [name, own] of Object.entries(value))
    if (name.startsWith("x_") && isJsonObject(own) && own["error"]) return own["error"];
  return undefined;
}

/** A frame that has one of these is part of a reply, and its message is no error. */
const REPLIES = ["choices", "content", "output", "delta"];

function isError(value: JsonObject): boolean {
  const { type, object, success, errors, base_resp, message, detail, response } = value;
  if (type === "error" || object === "error") return true;
  if (isJsonObject(response) && isJsonObject(response["error"])) return true;
  if (success === false && Array.isArray(errors)) return true;
  if (REPLIES.some((name) => value[name] !== undefined && value[name] !== null)) return false;
  if (isJsonObject(base_resp) && base_resp["status_code"] !== 0) return true;
  // A typed event may have a message, too.
  if (typeof type === "string" && type.includes(".")) return false;
  return typeof message === "string" || typeof detail === "string" || Array.isArray(detail);
}

/** Undefined for a value that contains no error. */
function readEnvelope(value: unknown, depth = 0): Envelope | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return isList(value) ? ofList(value) : readEnvelope(value[0], depth + 1);
  if (!isJsonObject(value)) return undefined;
  const inner = innerOf(value, depth);
  if (!inner) return undefined;
  return nested({ ...inner, request_id: inner.request_id || textOf(value["request_id"]) }, depth);
}

function innerOf(value: JsonObject, depth: number): Envelope | undefined {
  const { error, errors, base_resp, detail, response } = value;
  if (typeof error === "string" && error !== "") {
    const message = textOf(value["message"]);
    const type = textOf(value["error_type"]) || (message === "" ? "" : error);
    const code = textOf(value["code"]);
    return { ...EMPTY, message: message || error, type, code, status: statusIn(value), fields: value };
  }
  if (isJsonObject(error)) return ofObject(error, depth);
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (isJsonObject(first)) return ofObject(first, depth);
  // Successful replies have it, too, with status 0.
  const { status_code, status_msg }: JsonObject = isJsonObject(base_resp) ? base_resp : {};
  if (isJsonObject(base_resp) && status_code !== 0 && textOf(status_msg) !== "")
    return { ...EMPTY, message: textOf(status_msg), code: textOf(status_code), fields: base_resp };
  if (isJsonObject(response) && isJsonObject(response["error"])) return ofObject(response["error"], depth);
  if (detail !== undefined && detail !== null && value["message"] === undefined)
    return within({ ...EMPTY, status: statusIn(value), fields: value }, ofDetail(detail, depth));
  const speaks = ["message", "msg", "Message", "title"].some((name) => value[name] !== undefined);
  return speaks || value["type"] === "error" ? ofObject(value, depth) : undefined;
}

/** `{message, type, code, param, status}`, under names that differ between upstreams. */
function ofObject(error: JsonObject, depth: number): Envelope {
  const { details, metadata } = error;
  const more = isJsonObject(metadata) ? metadata : {};
  const finer = isJsonObject(details) ? textOf(details["error_code"]) : "";
  const message = error["message"] ?? error["msg"] ?? error["Message"] ?? error["detail"] ?? error["title"];
  const read: Envelope = {
    ...EMPTY,
    message: textOf(message) || (typeof error["error"] === "string" ? error["error"] : ""),
    type: typeOf(error, more),
    code: finer || textOf(error["code"] ?? error["status_code"] ?? error["http_status_code"]),
    param: textOf(error["param"]),
    status: statusIn(error),
    request_id: textOf(error["request_id"]),
    fields: error,
  };
  if (typeof message === "object" && message !== null) return within(read, ofDetail(message, depth));
  const raw = typeof more["raw"] === "string" ? nested({ ...EMPTY, message: more["raw"] }, depth) : undefined;
  if (!raw || raw.message === "" || read.message.includes(raw.message)) return read;
  return within(read, { ...raw, message: `${read.message} (${raw.message})`, type: read.type || raw.type });
}

/** In problem+json the type is an address, often `about:blank`. */
function typeOf(error: JsonObject, metadata: JsonObject): string {
  const status = error["status"];
  const all = [metadata["error_type"], error["type"], error["error_type"], error["__type"], status];
  const type = all.find((each): each is string => typeof each === "string" && each !== "" && !each.includes(":"));
  return type === undefined || /^(?:[eE]rror|\d+)$/.test(type) ? "" : type;
}

function ofDetail(detail: unknown, depth: number): Envelope {
  if (typeof detail === "string") return { ...EMPTY, message: detail };
  const read = readEnvelope(detail, depth + 1);
  return read && read.message !== "" ? read : { ...EMPTY, message: JSON.stringify(detail) };
}

/** The inner envelope counts for more, except for the status: the outer one is what was returned. */
function within(outer: Envelope, inner: Envelope): Envelope {
  return {
    message: inner.message,
    type: inner.type || outer.type,
    code: inner.code || outer.code,
    param: inner.param || outer.param,
    status: outer.status ?? inner.status,
    request_id: inner.request_id || outer.request_id,
    fields: { ...outer.fields, ...inner.fields },
  };
}

/** A list of problems, each with its place in the request: pydantic's format. */
const isList = (list: readonly unknown[]): list is JsonObject[] =>
  list.length > 0 && list.every((each) => isJsonObject(each) && typeof each["msg"] === "string");

const MAX_LISTED = 5;

function ofList(list: readonly JsonObject[]): Envelope {
  const pathIn = ({ loc }: JsonObject): string => (Array.isArray(loc) ? pathOfPlaces(loc) : "");
  const problems = list.slice(0, MAX_LISTED).map((each) => {
    const path = pathIn(each);
    return `${path === "" ? "" : `${path}: `}${textOf(each["msg"])}${given(each)}`;
  });
  const first = list[0] ?? {};
  return { ...EMPTY, message: problems.join("; "), code: textOf(first["type"]), param: pathIn(first), fields: first };
}

/** Whether null or a list was sent makes a difference; the rest of it is the request's own content. */
const given = ({ input }: JsonObject): string =>
  input === null ? " (got null)" : Array.isArray(input) ? " (got a list)" : "";

/** Gateways put the whole error of the upstream behind them into their message, as JSON. */
function nested(envelope: Envelope, depth: number): Envelope {
  const { message } = envelope;
  const [object, end] = [message.indexOf("{"), message.lastIndexOf("}") + 1];
  if (object === -1 || end <= object || message.length > MAX_NESTED) return envelope;
  const list = message.lastIndexOf("[", object);
  const isListed = list !== -1 && message.slice(list + 1, object).trim() === "";
  const from = isListed ? list : object;
  const json =
    (isListed ? parsedJson(message.slice(list, message.lastIndexOf("]") + 1)) : undefined) ??
    parsedJson(message.slice(object, end));
  const inner = json === undefined ? undefined : readEnvelope(json, depth + 1);
  if (!inner || inner.message === "") return envelope;
  const before = message
    .slice(0, from)
    .replace(/^data:/, "")
    .trim();
  return within(envelope, before === "" ? inner : { ...inner, message: `${before} ${inner.message}` });
}

const STATUS_FIELDS = ["code", "status_code", "http_status_code", "status", "http_code"];

function statusIn(error: JsonObject): number | undefined {
  return STATUS_FIELDS.map((name) => error[name])
    .map((each) => (typeof each === "number" || (typeof each === "string" && each !== "") ? Number(each) : Number.NaN))
    .find((n) => n >= 400 && n < 600);
}

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
