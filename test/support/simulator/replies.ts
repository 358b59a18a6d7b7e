/** What the simulated model says, and how its host writes that as a stream. */
import { isObject, isText, type Json } from "../response-rules.ts";
import { formOf } from "./rules-tools.ts";
import { parsed } from "./rules.ts";
import type { Asked, Call, ReplyStyle, Said, Vendor } from "./types.ts";

/** What a scenario wants the model to say, if its host lets it. */
export interface Wish {
  think?: string;
  say?: string;
  calls?: readonly WishedCall[];
  /** Said as JSON where the request asks for JSON, by a format or in words; else in prose. */
  json?: Json;
  /** Any JSON will do. */
  any_json?: boolean;
  /** The limit comes in the middle of the text. */
  cut_by_length?: boolean;
  /** The host fails in this way. */
  fails?: "overflow" | "rate_limit" | "in_stream" | "cut";
}

export interface WishedCall {
  /** Part of the tool's name. */
  name: string;
  args?: Json;
  /** The whole of the tool's one string. */
  freeform?: string;
}

const PROSE = "The answer is forty-two, I think.";
const CANNOT_CALL = "There is nothing that I may call.";

/** What the model says to this request. */
export function sayingOf(wish: Wish, { body, messages, tools }: Asked, vendor: Vendor, answer: number): Said {
  const thought = vendor.thinks(body) ? (wish.think ?? "Hm.") : undefined;
  const calls = callsFor(wish, body, tools, vendor).map((call, nth): Call => {
    const id = vendor.style.id({ name: call.name, nth, answer });
    return {
      ...call,
      id,
      ...(vendor.style.signature && { extra: { google: { thought_signature: `signed-${answer}-${nth}` } } }),
    };
  });
  const text = calls.length > 0 ? wish.say : textFor(wish, { body, messages }, vendor);
  return {
    ...(thought !== undefined && { thought, ...(hasDetails(vendor, body) && { details: detailsOf(thought) }) }),
    ...(text !== undefined && { text }),
    calls,
  };
}

function callsFor(
  wish: Wish,
  body: Json,
  tools: readonly Json[],
  vendor: Vendor,
): { name: string; arguments: string }[] {
  const { choice, format_forbids_calls, parallel } = vendor.understands;
  const asked = formOf(body["tool_choice"]);
  const form = choice.some((each) => each === asked) ? asked : "auto";
  if (tools.length === 0 || form === "none") return [];
  if (format_forbids_calls && body["response_format"] !== undefined) return [];
  const wished = (wish.calls ?? []).flatMap((call) => {
    const tool = tools.find(({ name }) => String(name).includes(call.name));
    return tool ? [{ name: String(tool["name"]), arguments: argumentsOf(call, tool) }] : [];
  });
  const allowed = parallel(body) ? wished : wished.slice(0, 1);
  if (form === "auto") return allowed;
  const named = form === "named" ? (body["tool_choice"] as { function: { name: string } }).function.name : undefined;
  const fitting = named === undefined ? allowed : allowed.filter(({ name }) => name === named);
  return fitting.length > 0 ? fitting : [{ name: named ?? String(tools[0]?.["name"]), arguments: "{}" }];
}

function argumentsOf({ args = {}, freeform }: WishedCall, tool: Json): string {
  if (freeform === undefined) return JSON.stringify(args);
  const properties = isObject(tool["parameters"]) ? tool["parameters"]["properties"] : undefined;
  const [first = "input"] = Object.keys(isObject(properties) ? properties : {});
  return JSON.stringify({ [first]: freeform });
}

function textFor(wish: Wish, asked: Pick<Asked, "body" | "messages">, vendor: Vendor): string {
  if (wish.json === undefined) return wish.say ?? CANNOT_CALL;
  return wantsJson(asked, vendor, wish) ? JSON.stringify(wish.json) : PROSE;
}

/** A format that is obeyed, with a schema in it or in words; or words alone. */
function wantsJson(
  { body, messages }: Pick<Asked, "body" | "messages">,
  { understands }: Vendor,
  { any_json = false }: Wish,
): boolean {
  const format = isObject(body["response_format"]) ? body["response_format"] : {};
  const type = format["value"] === undefined ? String(format["type"]) : "value";
  if ((any_json || type !== "json_object") && understands.formats.some((each) => each === type)) return true;
  const words = any_json ? /\bJSON\b/ : /JSON Schema/i;
  return words.test(JSON.stringify(messages.filter(({ role }) => role === "system")));
}

function hasDetails({ style }: Vendor, body: Json): boolean {
  return style.thought === "both" || (style.thought === "reasoning_details" && body["reasoning_split"] === true);
}

const FORMAT = "simulated-v1";

function detailsOf(thought: string): Json[] {
  return [
    { type: "reasoning.text", text: thought, format: FORMAT, index: 0, signature: "signed" },
    { type: "reasoning.encrypted", data: "c2VjcmV0", format: FORMAT, index: 1 },
  ];
}

type Chunk = (delta: Json, finish?: string | null, more?: Json) => string;

/** The stream's frames. `end` says how it ends. */
export function* framesOf(
  said: Said,
  body: Json,
  { style }: Vendor,
  end: "proper" | "length" | "cut" | { frame: string },
): Generator<string> {
  const base = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_800_000_000, model: body["model"] };
  const event = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`;
  const chunk: Chunk = (delta, finish = null, more = {}) => {
    const full = style.blank_content && finish === null ? { content: "", ...delta } : delta;
    const choice = { index: 0, delta: full, finish_reason: finish, ...(more["choice"] as Json | undefined) };
    return event({
      ...base,
      choices: [choice],
      ...(more["top"] as Json | undefined),
      ...(style.usage === "each" && { usage: USAGE }),
    });
  };
  if (style.comment !== undefined) yield `: ${style.comment}\n\n`;
  if (style.prelude) yield event(style.prelude);
  yield chunk({ role: "assistant", content: "" });
  if (said.thought !== undefined) for (const delta of thoughtDeltas(said, style.thought)) yield chunk(delta);
  if (said.text !== undefined) yield* textFrames(said.text, end, style, chunk);
  for (const delta of callDeltas(said.calls, style)) yield chunk({ tool_calls: [delta] });
  if (end === "cut") return;
  if (typeof end === "object") return yield end.frame;
  const finish =
    end === "length" ? style.finish.length : said.calls.length > 0 ? style.finish.calls : style.finish.text;
  yield chunk({}, finish, usageBeside(style));
  if (style.usage === "chunk" && isObject(body["stream_options"])) yield event({ ...base, choices: [], usage: USAGE });
  yield "data: [DONE]\n\n";
}

const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

function usageBeside({ usage }: ReplyStyle): Json {
  if (usage === "finish") return { top: { usage: USAGE } };
  if (usage === "x_groq") return { top: { x_groq: { id: "req_1", usage: USAGE } } };
  return usage === "choice" ? { choice: { usage: USAGE } } : {};
}

function* textFrames(text: string, end: unknown, { thought }: ReplyStyle, chunk: Chunk): Generator<string> {
  const all = pieces(text);
  const shown = end === "proper" ? all : all.slice(0, Math.ceil(all.length / 2));
  // A host that knows parts writes its text as parts, too.
  for (const piece of shown) yield chunk({ content: thought === "thinking" ? [{ type: "text", text: piece }] : piece });
}

function thoughtDeltas({ thought = "", details = [] }: Said, field: ReplyStyle["thought"]): Json[] {
  const [text, ...others] = details;
  const inDetails = (piece: string, last: boolean): Json => {
    const { signature, ...rest } = text ?? {};
    return { ...rest, text: piece, ...(last && { signature }) };
  };
  const all = pieces(thought);
  switch (field) {
    case "hidden":
      return [];
    case "reasoning_content":
    case "reasoning":
      return all.map((piece) => ({ [field]: piece }));
    case "thinking":
      return all.map((piece) => ({ content: [{ type: "thinking", thinking: [{ type: "text", text: piece }] }] }));
    case "think":
      return pieces(`<think>\n${thought}\n</think>\n\n`).map((content) => ({ content }));
    default:
      if (details.length === 0) return thoughtDeltas({ thought, calls: [] }, "think");
      return [
        ...all.map((piece, i) => ({
          ...(field === "both" && { reasoning: piece }),
          reasoning_details: [inDetails(piece, i === all.length - 1)],
        })),
        ...others.map((each) => ({ reasoning_details: [each] })),
      ];
  }
}

function callDeltas(calls: readonly Call[], style: ReplyStyle): Json[] {
  return calls.flatMap(({ id, name, arguments: text, extra }, nth): Json[] => {
    const index = style.index === "counted" ? { index: style.call === "constant" ? 0 : nth } : {};
    const head = { ...index, id, type: "function", ...(extra && { extra_content: extra }) };
    const later = (piece: string): Json => ({
      ...index,
      ...(style.call === "constant" && { id, type: "function" }),
      function: { ...(style.later_name !== undefined && { name: style.later_name }), arguments: piece },
    });
    if (style.call === "whole") return [{ ...head, function: { name, arguments: text } }];
    if (style.call === "object")
      return [
        { ...head, function: { name, arguments: parsed(text) } },
        { ...index, id: null, type: null, function: { name: null, arguments: "" } },
      ];
    return [{ ...head, function: { name, arguments: "" } }, ...pieces(text).map(later)];
  });
}

/** About as long as a tokenizer's. */
function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,8}/gu) ?? [];
}

/** What the tools of a body are, in their inner form. */
export function toolsOf(body: Json): Json[] {
  const tools = Array.isArray(body["tools"]) ? body["tools"].filter(isObject) : [];
  return tools.map((tool) =>
    isObject(tool["function"]) ? tool["function"] : { name: isText(tool["name"]) ? tool["name"] : "" },
  );
}
