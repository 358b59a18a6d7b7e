/** What a scripted Chat upstream answers, and the many ways in which real hosts put the same answer on the wire. */

export type ReasoningField = "reasoning_content" | "reasoning" | "reasoning_details" | "think";

export type Step =
  | { say: string; weighed?: boolean }
  | { think: string; field: ReasoningField }
  | { call: string; args: string; id: string | undefined; pause_ms?: number }
  | Pause;

/** The stream stands still: for a time, until something has happened, or until the client leaves. */
export interface Pause {
  wait_ms: number;
  gate?: Promise<unknown>;
}

export interface Reply {
  steps: Step[];
  /** Instead of what the style says. */
  finish?: string;
  /** What is counted, instead of the usual. */
  usage?: object;
  /** The answer breaks here, whatever the style. */
  broken?: "eof" | "error-frame" | "reset";
}

/** An answer by HTTP status. */
export interface Refusal {
  status: number;
  /** A string is sent as a web page. */
  body: unknown;
  headers?: Record<string, string>;
}

export const say = (text: string): Step => ({ say: text });
/** The same, each token with its log probability. */
export const weigh = (text: string): Step => ({ say: text, weighed: true });
export const think = (text: string, field: ReasoningField = "reasoning_content"): Step => ({ think: text, field });
/** Arguments as a string are sent as they are, also when they are no JSON. */
export const call = (name: string, args: object | string, id?: string): Step => ({
  call: name,
  args: typeof args === "string" ? args : JSON.stringify(args),
  id,
});
/** The same call, with a silence in the middle of its arguments; only where they come in pieces. */
export const slowly = (pause_ms: number, step: Step): Step => ({ ...step, pause_ms });
export const wait = (wait_ms: number): Step => ({ wait_ms });
export const hang = (): Step => ({ wait_ms: Number.POSITIVE_INFINITY });
export const after = (gate: Promise<unknown>): Step => ({ wait_ms: Number.POSITIVE_INFINITY, gate });
export const reply = (...steps: Step[]): Reply => ({ steps });
export const refuse = (
  status: number,
  message: string,
  more: object = {},
  headers: Record<string, string> = {},
): Refusal => ({
  status,
  body: { error: { message, ...more } },
  headers,
});

export interface Style {
  /** Index of each call's deltas: counted, always 0, or not told. */
  index: "counted" | "zero" | "none";
  id: "own" | "none";
  /** Arguments in pieces, whole in the first chunk, or whole and as an object. */
  args: "pieces" | "whole" | "object";
  /** Deltas of several calls take turns. */
  interleaved: boolean;
  usage: "chunk" | "none" | "with-finish";
  /** Says "stop" although there were calls. */
  finish_stop: boolean;
  done: boolean;
  /** Bytes of one write; 0 writes each event whole. */
  write_bytes: number;
  crlf: boolean;
  /** A whole JSON body, although a stream was asked for. */
  json_body: boolean;
}

export const NORMAL: Style = {
  index: "counted",
  id: "own",
  args: "pieces",
  interleaved: false,
  usage: "chunk",
  finish_stop: false,
  done: true,
  write_bytes: 0,
  crlf: false,
  json_body: false,
};

/** Every one of these is some host's habit; the same scenario must come out the same in each. */
export const STYLES: Record<string, Style> = {
  normal: NORMAL,
  "all calls at index 0": { ...NORMAL, index: "zero" },
  "no index": { ...NORMAL, index: "none" },
  "whole call in one chunk": { ...NORMAL, args: "whole" },
  "whole call in one chunk at index 0": { ...NORMAL, args: "whole", index: "zero" },
  "calls interleaved": { ...NORMAL, interleaved: true },
  "arguments as object": { ...NORMAL, args: "object" },
  "no call id": { ...NORMAL, id: "none" },
  "3-byte pieces": { ...NORMAL, write_bytes: 3 },
  "CRLF and comments": { ...NORMAL, crlf: true },
  "no usage": { ...NORMAL, usage: "none" },
  "usage with the finish": { ...NORMAL, usage: "with-finish" },
  "finish stop though called": { ...NORMAL, finish_stop: true },
  "no [DONE]": { ...NORMAL, done: false },
  "a JSON body": { ...NORMAL, json_body: true },
};

export const USAGE = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 60 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

type Delta = Record<string, unknown>;
type Call = Extract<Step, { call: string }>;
const isCall = (step: Step): step is Call => "call" in step;

/** One thing to do after the other: text to write, or a pause. */
export type Output = string | Pause;

export function* streamOf(answer: Reply, style: Style, number: number): Generator<Output> {
  const id = `chatcmpl-${number}`;
  const event = (body: unknown): string => `data: ${JSON.stringify(body)}${style.crlf ? "\r\n\r\n" : "\n\n"}`;
  const base = { id, object: "chat.completion.chunk", created: 1_800_000_000, model: "scripted" };
  const chunk = (delta: Delta, finish: string | null = null, usage?: object, logprobs?: object): string =>
    event({
      ...base,
      choices: [{ index: 0, delta, finish_reason: finish, ...(logprobs && { logprobs }) }],
      ...(usage && { usage }),
    });
  if (style.crlf) yield ": ping\r\n\r\n";
  yield chunk({ role: "assistant", content: "" });
  for (const step of answer.steps) {
    if ("wait_ms" in step) yield step;
    else if ("say" in step)
      for (const piece of pieces(step.say))
        yield chunk({ content: piece }, null, undefined, step.weighed ? weights([piece]) : undefined);
    else if ("think" in step) yield* thinking(step, chunk);
  }
  for (const delta of callDeltas(answer.steps.filter(isCall), style, number))
    yield "wait_ms" in delta ? { wait_ms: Number(delta["wait_ms"]) } : chunk({ tool_calls: [delta] });
  if (answer.broken === "error-frame")
    yield event({ error: { code: 500, message: "the scripted model broke", type: "server_error" } });
  if (answer.broken) return;
  if (style.crlf) yield ": ping\r\n\r\n";
  yield chunk({}, finishOf(answer, style), style.usage === "with-finish" ? (answer.usage ?? USAGE) : undefined);
  if (style.usage === "chunk") yield event({ ...base, choices: [], usage: answer.usage ?? USAGE });
  if (style.done) yield style.crlf ? "data: [DONE]\r\n\r\n" : "data: [DONE]\n\n";
}

function* thinking(step: Extract<Step, { think: string }>, chunk: (delta: Delta) => string): Generator<string> {
  if (step.field === "think") {
    for (const piece of pieces(`<think>\n${step.think}\n</think>\n\n`)) yield chunk({ content: piece });
    return;
  }
  for (const piece of pieces(step.think))
    yield chunk({
      [step.field]: step.field === "reasoning_details" ? [{ type: "reasoning.text", text: piece }] : piece,
    });
}

function callDeltas(calls: readonly Call[], style: Style, number: number): Delta[] {
  const rows = calls.map((step, i): Delta[] => {
    const index = style.index === "counted" ? { index: i } : style.index === "zero" ? { index: 0 } : {};
    const id = style.id === "none" ? {} : { id: idOf(step, number, i) };
    const head = { ...index, ...id, type: "function" };
    if (style.args === "whole") return [{ ...head, function: { name: step.call, arguments: step.args } }];
    if (style.args === "object")
      return [{ ...head, function: { name: step.call, arguments: JSON.parse(step.args) as unknown } }];
    const first = { ...head, function: { name: step.call, arguments: "" } };
    const rest: Delta[] = pieces(step.args).map((piece) => ({ ...index, function: { arguments: piece } }));
    if (step.pause_ms !== undefined) rest.splice(rest.length / 2, 0, { wait_ms: step.pause_ms });
    return [first, ...rest];
  });
  if (!style.interleaved) return rows.flat();
  const longest = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: longest }, (_, n) => rows.flatMap((row): Delta[] => (row[n] ? [row[n]] : []))).flat();
}

const idOf = (step: Call, number: number, i: number): string => step.id ?? `call_${number}_${i}`;

function finishOf(answer: Reply, style: Style): string {
  if (answer.finish) return answer.finish;
  return answer.steps.some(isCall) && !style.finish_stop ? "tool_calls" : "stop";
}

/** The same answer as a whole body. */
export function bodyOf(answer: Reply, style: Style, number: number): unknown {
  const message: Delta = { role: "assistant", content: null };
  for (const step of answer.steps) {
    if ("say" in step) message["content"] = String(message["content"] ?? "") + step.say;
    else if ("think" in step && step.field === "think") message["content"] = `<think>\n${step.think}\n</think>\n\n`;
    else if ("think" in step && step.field === "reasoning_details")
      message["reasoning_details"] = [{ type: "reasoning.text", text: step.think }];
    else if ("think" in step) message[step.field] = step.think;
  }
  const weighed = answer.steps.flatMap((step) => ("say" in step && step.weighed ? pieces(step.say) : []));
  const calls = answer.steps.filter(isCall);
  if (calls.length > 0)
    message["tool_calls"] = calls.map((step, i) => ({
      id: idOf(step, number, i),
      type: "function",
      function: { name: step.call, arguments: step.args },
    }));
  return {
    id: `chatcmpl-${number}`,
    object: "chat.completion",
    created: 1_800_000_000,
    model: "scripted",
    choices: [
      {
        index: 0,
        message,
        finish_reason: finishOf(answer, style),
        ...(weighed.length > 0 && { logprobs: weights(weighed) }),
      },
    ],
    usage: answer.usage ?? USAGE,
  };
}

function weights(tokens: string[]): object {
  const weight = (token: string, logprob: number): object => ({ token, logprob, bytes: [...Buffer.from(token)] });
  return {
    content: tokens.map((token) => ({ ...weight(token, -0.5), top_logprobs: [weight(token, -0.5), weight("?", -2)] })),
  };
}

/** Cut as a tokenizer would: about four characters, without care for words or characters of two units. */
function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,4}/gu) ?? [];
}
