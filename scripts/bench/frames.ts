/** What the bench's upstream answers, on each wire: the same pieces, as that wire's hosts send them. */
import type { Ask, WireName } from "./ask.ts";

/** One answer as it goes over the wire: what comes before, piece by piece, and after. */
export interface Script {
  head: string;
  /** As many as were asked for; each takes the text that it shall bring. */
  pieces: readonly Piece[];
  /** What stands before the piece of that number: where one item ends and the next begins. */
  between: ReadonlyMap<number, string>;
  end: string;
  /** The answer to who did not ask for a stream. */
  body: string;
}

export type Piece = (text: string) => string;

/** Of an answer with a thought and a call a quarter each; the rest is text. */
function sharesOf({ deltas, content }: Ask): { thought: number; text: number; call: number } {
  const quarter = content === "tools" ? Math.floor(deltas / 4) : 0;
  return { thought: quarter, text: deltas - 2 * quarter, call: quarter };
}

export const WORD = "token ";
const ARGUMENTS_BEGIN = `{"command":"`;
const ARGUMENTS_END = `"}`;

export function scriptOf(wire: WireName, ask: Ask): Script {
  return { chat, responses, messages }[wire](ask);
}

const PLACE = "%TEXT%";

/** A frame whose text is put between what always stands around it; the texts of the bench need no escaping. */
function template(frame: string): Piece {
  const [before = "", after = ""] = frame.split(PLACE);
  return (text) => before + text + after;
}

function repeated(count: number, piece: Piece): Piece[] {
  return Array.from({ length: count }, () => piece);
}

function chat(ask: Ask): Script {
  const { thought, text, call } = sharesOf(ask);
  const base = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "bench" };
  const frame = (delta: object, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const args = (part: string): string => frame({ tool_calls: [{ index: 0, function: { arguments: part } }] });
  const usage = { prompt_tokens: 10, completion_tokens: ask.deltas, total_tokens: ask.deltas + 10 };
  const finish = call > 0 ? "tool_calls" : "stop";
  const begin = { index: 0, id: "call_1", type: "function", function: { name: "run", arguments: "" } };
  const message = {
    role: "assistant",
    content: WORD.repeat(text),
    ...(call > 0 && {
      reasoning_content: WORD.repeat(thought),
      tool_calls: [{ id: "call_1", type: "function", function: { name: "run", arguments: argumentsOf(call) } }],
    }),
  };
  return {
    head: frame({ role: "assistant", content: "" }),
    pieces: [
      ...repeated(thought, template(frame({ reasoning_content: PLACE }))),
      ...repeated(text, template(frame({ content: PLACE }))),
      ...repeated(call, template(args(PLACE))),
    ],
    between: new Map(call > 0 ? [[thought + text, frame({ tool_calls: [begin] }) + args(ARGUMENTS_BEGIN)]] : []),
    end:
      (call > 0 ? args(ARGUMENTS_END) : "") +
      frame({}, finish) +
      `data: ${JSON.stringify({ ...base, choices: [], usage })}\n\ndata: [DONE]\n\n`,
    body: JSON.stringify({ ...base, choices: [{ index: 0, message, finish_reason: finish }], usage }),
  };
}

function argumentsOf(words: number): string {
  return ARGUMENTS_BEGIN + WORD.repeat(words) + ARGUMENTS_END;
}

function messages(ask: Ask): Script {
  const { thought, text, call } = sharesOf(ask);
  const frame = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const delta = (index: number, delta: object): string => frame("content_block_delta", { index, delta });
  const start = (index: number, content_block: object): string =>
    frame("content_block_start", { index, content_block });
  const stop = (index: number): string => frame("content_block_stop", { index });
  const at = call > 0 ? 1 : 0;
  const tool = { type: "tool_use", id: "toolu_1", name: "run", input: {} };
  const usage = { input_tokens: 10, output_tokens: ask.deltas };
  const head = { id: "msg_1", type: "message", role: "assistant", model: "bench" };
  const stop_reason = call > 0 ? "tool_use" : "end_turn";
  const argument = (partial_json: string): string => delta(at + 1, { type: "input_json_delta", partial_json });
  const spoken = { type: "text", text: WORD.repeat(text) };
  return {
    head:
      frame("message_start", { message: { ...head, content: [], stop_reason: null, usage } }) +
      (call > 0 ? start(0, { type: "thinking", thinking: "", signature: "" }) : start(0, { type: "text", text: "" })),
    pieces: [
      ...repeated(thought, template(delta(0, { type: "thinking_delta", thinking: PLACE }))),
      ...repeated(text, template(delta(at, { type: "text_delta", text: PLACE }))),
      ...repeated(call, template(argument(PLACE))),
    ],
    between: new Map(
      call > 0
        ? [
            [
              thought,
              delta(0, { type: "signature_delta", signature: "c2ln" }) +
                stop(0) +
                start(at, { type: "text", text: "" }),
            ],
            [thought + text, stop(at) + start(at + 1, tool) + argument(ARGUMENTS_BEGIN)],
          ]
        : [],
    ),
    end:
      (call > 0 ? argument(ARGUMENTS_END) + stop(at + 1) : stop(at)) +
      frame("message_delta", { delta: { stop_reason, stop_sequence: null }, usage }) +
      frame("message_stop", {}),
    body: JSON.stringify({
      ...head,
      content:
        call > 0
          ? [
              { type: "thinking", thinking: WORD.repeat(thought), signature: "c2ln" },
              spoken,
              { ...tool, input: JSON.parse(argumentsOf(call)) as unknown },
            ]
          : [spoken],
      stop_reason,
      stop_sequence: null,
      usage,
    }),
  };
}

function responses(ask: Ask): Script {
  const { thought, text, call } = sharesOf(ask);
  const frame = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: 1 })}\n\n`;
  const at = call > 0 ? 1 : 0;
  const said = { type: "output_text", text: WORD.repeat(text), annotations: [], logprobs: [] };
  const message = { id: "msg_1", type: "message", status: "completed", role: "assistant", content: [said] };
  const summary = [{ type: "summary_text", text: WORD.repeat(thought) }];
  const reasoning = { id: "rs_1", type: "reasoning", summary };
  const args = argumentsOf(call);
  const tool = {
    id: "fc_1",
    type: "function_call",
    call_id: "call_1",
    name: "run",
    arguments: args,
    status: "completed",
  };
  const usage = { input_tokens: 10, output_tokens: ask.deltas, total_tokens: ask.deltas + 10 };
  const head = { id: "resp_1", object: "response", created_at: 1, model: "bench" };
  const output = call > 0 ? [reasoning, message, tool] : [message];
  const added = (output_index: number, item: object): string =>
    frame("response.output_item.added", { output_index, item });
  const done = (output_index: number, item: object): string =>
    frame("response.output_item.done", { output_index, item });
  const thoughtAt = { item_id: "rs_1", output_index: 0, summary_index: 0 };
  const textAt = { item_id: "msg_1", output_index: at, content_index: 0 };
  const callAt = { item_id: "fc_1", output_index: at + 1 };
  const beginMessage =
    added(at, { ...message, content: [], status: "in_progress" }) +
    frame("response.content_part.added", { ...textAt, part: { ...said, text: "" } });
  const endMessage =
    frame("response.output_text.done", { ...textAt, text: said.text }) +
    frame("response.content_part.done", { ...textAt, part: said }) +
    done(at, message);
  const argument = (part: string): string =>
    frame("response.function_call_arguments.delta", { ...callAt, delta: part });
  const endCall =
    argument(ARGUMENTS_END) + frame("response.function_call_arguments.done", { ...callAt, arguments: args });
  const final = { ...head, status: "completed", output, usage };
  return {
    head:
      frame("response.created", { response: { ...head, status: "in_progress", output: [] } }) +
      (call > 0 ? added(0, { ...reasoning, summary: [] }) : beginMessage),
    pieces: [
      ...repeated(thought, template(frame("response.reasoning_summary_text.delta", { ...thoughtAt, delta: PLACE }))),
      ...repeated(text, template(frame("response.output_text.delta", { ...textAt, delta: PLACE, logprobs: [] }))),
      ...repeated(call, template(argument(PLACE))),
    ],
    between: new Map(
      call > 0
        ? [
            [
              thought,
              frame("response.reasoning_summary_text.done", { ...thoughtAt, text: summary[0]?.text }) +
                done(0, reasoning) +
                beginMessage,
            ],
            [
              thought + text,
              endMessage + added(at + 1, { ...tool, arguments: "", status: "in_progress" }) + argument(ARGUMENTS_BEGIN),
            ],
          ]
        : [],
    ),
    end: (call > 0 ? endCall + done(at + 1, tool) : endMessage) + frame("response.completed", { response: final }),
    body: JSON.stringify(final),
  };
}
