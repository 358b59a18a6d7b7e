/** Answers of the Responses API as they should be, for tests that break them. */
import type { StreamEvent } from "./response-frames.ts";
import type { Json } from "./response-rules.ts";

const ECHO = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  model: "m",
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: 1,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  top_logprobs: 0,
  tool_choice: "auto",
  tools: [
    { type: "function", name: "f", description: null, parameters: null, strict: null },
    { type: "custom", name: "p" },
  ],
  background: false,
  store: true,
  max_output_tokens: null,
  max_tool_calls: null,
  previous_response_id: null,
  prompt_cache_key: null,
  safety_identifier: null,
  service_tier: "default",
  truncation: "disabled",
  reasoning: { effort: null, summary: null },
  text: { format: { type: "text" } },
};
export const USAGE = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 15,
};

export const responseWith = (outcome: Json): Json => ({
  ...ECHO,
  status: "in_progress",
  output: [],
  usage: null,
  error: null,
  incomplete_details: null,
  completed_at: null,
  ...outcome,
});
/** By way of text: a structured clone would keep an item that two events hold one and the same. */
export const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
export const at = (item_id: string, output_index: number): Json => ({ item_id, output_index });

export const ITEMS = {
  reasoning: {
    id: "rs_1",
    type: "reasoning",
    status: "completed",
    summary: [],
    content: [{ type: "reasoning_text", text: "Hm." }],
  },
  message: {
    id: "msg_2",
    type: "message",
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", text: "Hello", annotations: [], logprobs: [] }],
  },
  call: {
    id: "fc_3",
    type: "function_call",
    status: "completed",
    call_id: "c1",
    name: "f",
    namespace: "n",
    arguments: '{"a":1}',
  },
  custom: { id: "ctc_4", type: "custom_tool_call", status: "completed", call_id: "c2", name: "p", input: "raw" },
};

/** A right stream with an item of every common kind. The mutations below find events by their number. */
export function rightStream(): StreamEvent[] {
  const { reasoning, message, call, custom } = ITEMS;
  const part = { type: "output_text", text: "", annotations: [], logprobs: [] };
  const events: Json[] = [
    { type: "response.created", response: responseWith({}) },
    { type: "response.in_progress", response: responseWith({}) },
    { type: "response.output_item.added", output_index: 0, item: { ...reasoning, status: "in_progress", content: [] } },
    {
      type: "response.content_part.added",
      ...at("rs_1", 0),
      content_index: 0,
      part: { type: "reasoning_text", text: "" },
    },
    { type: "response.reasoning_text.delta", ...at("rs_1", 0), content_index: 0, delta: "Hm." },
    { type: "response.reasoning_text.done", ...at("rs_1", 0), content_index: 0, text: "Hm." },
    { type: "response.content_part.done", ...at("rs_1", 0), content_index: 0, part: reasoning.content[0] },
    { type: "response.output_item.done", output_index: 0, item: reasoning },
    { type: "keepalive" },
    { type: "response.output_item.added", output_index: 1, item: { ...message, status: "in_progress", content: [] } },
    { type: "response.content_part.added", ...at("msg_2", 1), content_index: 0, part },
    { type: "response.output_text.delta", ...at("msg_2", 1), content_index: 0, delta: "Hel", logprobs: [] },
    { type: "response.output_text.delta", ...at("msg_2", 1), content_index: 0, delta: "lo", logprobs: [] },
    { type: "response.output_text.done", ...at("msg_2", 1), content_index: 0, text: "Hello", logprobs: [] },
    { type: "response.content_part.done", ...at("msg_2", 1), content_index: 0, part: message.content[0] },
    { type: "response.output_item.done", output_index: 1, item: message },
    { type: "response.output_item.added", output_index: 2, item: { ...call, status: "in_progress", arguments: "" } },
    { type: "response.function_call_arguments.delta", ...at("fc_3", 2), delta: '{"a":1}' },
    { type: "response.function_call_arguments.done", ...at("fc_3", 2), name: "f", arguments: '{"a":1}' },
    { type: "response.output_item.done", output_index: 2, item: call },
    { type: "response.output_item.added", output_index: 3, item: { ...custom, status: "in_progress", input: "" } },
    { type: "response.custom_tool_call_input.delta", ...at("ctc_4", 3), delta: "raw" },
    { type: "response.custom_tool_call_input.done", ...at("ctc_4", 3), input: "raw" },
    { type: "response.output_item.done", output_index: 3, item: custom },
    {
      type: "response.completed",
      response: responseWith({
        status: "completed",
        completed_at: 2,
        output: [reasoning, message, call, custom],
        usage: USAGE,
      }),
    },
  ];
  return copy(events).map((event, i) => ({ ...event, sequence_number: i }) as unknown as StreamEvent);
}

const SEARCH = {
  id: "ws_1",
  type: "web_search_call",
  status: "completed",
  action: { type: "search", query: "q", queries: ["q"] },
};
const CITING = [
  {
    type: "output_text",
    text: "See https://a.example.",
    annotations: [{ type: "url_citation", url: "https://a.example", title: "A", start_index: 4, end_index: 21 }],
    logprobs: [],
  },
];

/** A search, and an answer that cites what it found. */
export function searchStream(): StreamEvent[] {
  const message = { ...ITEMS.message, content: CITING };
  const [part] = CITING;
  const events: Json[] = [
    { type: "response.created", response: responseWith({}) },
    { type: "response.in_progress", response: responseWith({}) },
    { type: "response.output_item.added", output_index: 0, item: { ...SEARCH, status: "in_progress" } },
    { type: "response.web_search_call.in_progress", ...at("ws_1", 0) },
    { type: "response.web_search_call.searching", ...at("ws_1", 0) },
    { type: "response.web_search_call.completed", ...at("ws_1", 0) },
    { type: "response.output_item.done", output_index: 0, item: SEARCH },
    { type: "response.output_item.added", output_index: 1, item: { ...message, status: "in_progress", content: [] } },
    {
      type: "response.content_part.added",
      ...at("msg_2", 1),
      content_index: 0,
      part: { ...part, text: "", annotations: [] },
    },
    { type: "response.output_text.delta", ...at("msg_2", 1), content_index: 0, delta: part?.text, logprobs: [] },
    {
      type: "response.output_text.annotation.added",
      ...at("msg_2", 1),
      content_index: 0,
      annotation_index: 0,
      annotation: part?.annotations[0],
    },
    { type: "response.output_text.done", ...at("msg_2", 1), content_index: 0, text: part?.text, logprobs: [] },
    { type: "response.content_part.done", ...at("msg_2", 1), content_index: 0, part },
    { type: "response.output_item.done", output_index: 1, item: message },
    {
      type: "response.completed",
      response: responseWith({ status: "completed", completed_at: 2, output: [SEARCH, message], usage: USAGE }),
    },
  ];
  return copy(events).map((event, i) => ({ ...event, sequence_number: i }) as unknown as StreamEvent);
}

/** A stream that breaks off within a message: by an error, or by the length limit. */
export function brokenStream(end: "failed" | "incomplete"): StreamEvent[] {
  const events = rightStream().slice(0, 12);
  const partial = {
    ...ITEMS.message,
    status: "incomplete",
    content: [{ type: "output_text", text: "Hel", annotations: [], logprobs: [] }],
  };
  const output = [ITEMS.reasoning, partial];
  const said = { code: "server_error", message: "it broke", param: null };
  const tail: Json[] =
    end === "failed"
      ? [
          { type: "error", ...said, error: { type: "server_error", ...said } },
          {
            type: "response.failed",
            response: responseWith({ status: "failed", error: { code: "server_error", message: "it broke" }, output }),
          },
        ]
      : [
          {
            type: "response.incomplete",
            response: responseWith({
              status: "incomplete",
              incomplete_details: { reason: "max_output_tokens" },
              output,
            }),
          },
        ];
  for (const event of copy(tail)) events.push({ ...event, sequence_number: events.length } as unknown as StreamEvent);
  return events;
}
