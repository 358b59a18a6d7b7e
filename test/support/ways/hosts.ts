/** How a host of each wire says the same: the frames of its stream, its whole body, its errors. */
import type { WireName } from "../../../src/core/provider.ts";
import type { Json } from "../response-rules.ts";
import { piecesOf, type Spoken } from "./spoken.ts";

export interface Host {
  path: string;
  frames(said: Spoken): string[];
  body(said: Spoken): Json;
  error(message: string): Json;
  /** A frame that tells an error within the stream. */
  errorFrame(message: string): string;
}

const frame = (json: Json): string => `data: ${JSON.stringify(json)}\n\n`;
const named = (json: Json): string => `event: ${String(json["type"])}\n${frame(json)}`;

const CHAT_USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const MODEL = "m";

const chat: Host = {
  path: "/chat/completions",
  frames(said) {
    const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_800_000_000, model: MODEL };
    const chunk = (delta: Json, finish_reason: string | null = null): string =>
      frame({ ...head, choices: [{ index: 0, delta, finish_reason }] });
    const call = ({ id, name, args }: Spoken["calls"][number], index: number): string[] => [
      chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }),
      ...piecesOf(args, said.piece).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ];
    return [
      chunk({ role: "assistant", content: "" }),
      ...piecesOf(said.thought, said.piece).map((piece) => chunk({ reasoning_content: piece })),
      ...piecesOf(said.text, said.piece).map((piece) => chunk({ content: piece })),
      ...said.calls.flatMap(call),
      chunk({}, said.calls.length > 0 ? "tool_calls" : "stop"),
      frame({ ...head, choices: [], usage: CHAT_USAGE }),
      "data: [DONE]\n\n",
    ];
  },
  body: (said) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_800_000_000,
    model: MODEL,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: said.text === "" ? null : said.text,
          ...(said.thought !== "" && { reasoning_content: said.thought }),
          ...(said.calls.length > 0 && {
            tool_calls: said.calls.map(({ id, name, args }) => ({
              id,
              type: "function",
              function: { name, arguments: args },
            })),
          }),
        },
        finish_reason: said.calls.length > 0 ? "tool_calls" : "stop",
      },
    ],
    usage: CHAT_USAGE,
  }),
  error: (message) => ({ error: { message, type: "server_error", code: null, param: null } }),
  errorFrame: (message) => frame({ error: { message, type: "server_error", code: 500 } }),
};

const MESSAGES_USAGE = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};

function blocksOf({ thought, text, calls }: Spoken): Json[] {
  return [
    ...(thought === "" ? [] : [{ type: "thinking", thinking: thought, signature: "signed" }]),
    ...(text === "" ? [] : [{ type: "text", text }]),
    ...calls.map(({ id, name, args }) => ({ type: "tool_use", id, name, input: JSON.parse(args) as Json })),
  ];
}

const messages: Host = {
  path: "/messages",
  frames(said) {
    const message = {
      ...this.body(said),
      content: [],
      stop_reason: null,
      usage: { ...MESSAGES_USAGE, output_tokens: 1 },
    };
    const block = (head: Json, deltas: Json[], index: number): string[] => [
      named({ type: "content_block_start", index, content_block: head }),
      ...deltas.map((delta) => named({ type: "content_block_delta", index, delta })),
      named({ type: "content_block_stop", index }),
    ];
    let calls = 0;
    const told = blocksOf(said).flatMap((each, index) => {
      const pieces = (text: string, type: string, field: string): Json[] =>
        piecesOf(text, said.piece).map((piece) => ({ type, [field]: piece }));
      if (each["type"] === "thinking") {
        const signature = { type: "signature_delta", signature: each["signature"] };
        const deltas = [...pieces(said.thought, "thinking_delta", "thinking"), signature];
        return block({ type: "thinking", thinking: "", signature: "" }, deltas, index);
      }
      if (each["type"] === "text")
        return block({ type: "text", text: "" }, pieces(said.text, "text_delta", "text"), index);
      const args = said.calls[calls++]?.args ?? "";
      return block({ ...each, input: {} }, pieces(args, "input_json_delta", "partial_json"), index);
    });
    const stop = { stop_reason: said.calls.length > 0 ? "tool_use" : "end_turn", stop_sequence: null };
    return [
      named({ type: "message_start", message }),
      ...told,
      named({ type: "message_delta", delta: stop, usage: MESSAGES_USAGE }),
      named({ type: "message_stop" }),
    ];
  },
  body: (said) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: MODEL,
    content: blocksOf(said),
    stop_reason: said.calls.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: MESSAGES_USAGE,
  }),
  error: (message) => ({ type: "error", error: { type: "api_error", message } }),
  errorFrame: (message) => named({ type: "error", error: { type: "api_error", message } }),
};

const RESPONSES_USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 120,
};

function itemsOf({ thought, text, calls }: Spoken): Json[] {
  return [
    ...(thought === "" ? [] : [{ id: "rs_1", type: "reasoning", summary: [{ type: "summary_text", text: thought }] }]),
    ...(text === ""
      ? []
      : [
          {
            id: "msg_1",
            type: "message",
            status: "completed",
            role: "assistant",
            content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
          },
        ]),
    ...calls.map(({ id, name, args }, n) => ({
      id: `fc_${n}`,
      type: "function_call",
      status: "completed",
      call_id: id,
      name,
      arguments: args,
    })),
  ];
}

const responses: Host = {
  path: "/responses",
  frames(said) {
    let sequence_number = 0;
    const event = (type: string, more: Json): string => named({ type, sequence_number: sequence_number++, ...more });
    const whole = this.body(said);
    const begun = { ...whole, status: "in_progress", output: [], usage: null };
    /** One item: how it begins, its one growing text, and how each event names that. */
    const grown = (at: Json, family: string, text: string, field: string): string[] => [
      ...piecesOf(text, said.piece).map((delta) => event(`response.${family}.delta`, { ...at, delta })),
      event(`response.${family}.done`, { ...at, [field]: text }),
    ];
    const part = (at: Json, kind: string, made: Json, inner: () => string[]): string[] => [
      event(`response.${kind}.added`, { ...at, part: { ...made, text: "" } }),
      ...inner(),
      event(`response.${kind}.done`, { ...at, part: made }),
    ];
    const told = (item: Json, output_index: number): string[] => {
      const at = { output_index, item_id: item["id"] };
      switch (item["type"]) {
        case "reasoning": {
          const place = { ...at, summary_index: 0 };
          const made = { type: "summary_text", text: said.thought };
          return part(place, "reasoning_summary_part", made, () =>
            grown(place, "reasoning_summary_text", said.thought, "text"),
          );
        }
        case "message": {
          const place = { ...at, content_index: 0 };
          const made = { type: "output_text", text: said.text, annotations: [], logprobs: [] };
          return part(place, "content_part", made, () => grown(place, "output_text", said.text, "text"));
        }
        default:
          return grown(at, "function_call_arguments", String(item["arguments"]), "arguments");
      }
    };
    const EMPTY: Record<string, Json> = {
      reasoning: { summary: [] },
      message: { content: [], status: "in_progress" },
      function_call: { arguments: "", status: "in_progress" },
    };
    return [
      event("response.created", { response: begun }),
      event("response.in_progress", { response: begun }),
      ...itemsOf(said).flatMap((item, output_index) => [
        event("response.output_item.added", { output_index, item: { ...item, ...EMPTY[String(item["type"])] } }),
        ...told(item, output_index),
        event("response.output_item.done", { output_index, item }),
      ]),
      event("response.completed", { response: whole }),
    ];
  },
  body: (said) => ({
    id: "resp_1",
    object: "response",
    created_at: 1_800_000_000,
    status: "completed",
    error: null,
    incomplete_details: null,
    model: MODEL,
    output: itemsOf(said),
    usage: RESPONSES_USAGE,
  }),
  error: (message) => ({ error: { message, type: "server_error", code: "server_error", param: null } }),
  errorFrame: (message) => named({ type: "error", sequence_number: 0, code: "server_error", message, param: null }),
};

export const HOSTS: Readonly<Record<WireName, Host>> = { chat, messages, responses };
