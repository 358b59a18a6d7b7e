/**
 * Checks a whole answer of the Chat Completions wire, streamed or not, against OpenAI's shapes. Stricter than any
 * client, so that every client is content. What the chunks add up to comes back, to be held against the body.
 */
import { isCount, isObject, isText, type Json } from "./response-rules.ts";

export interface ChatAnswer {
  problems: string[];
  /** What a client has put together at the end. */
  message: Json;
  finish: string | undefined;
  usage: Json | undefined;
  error: Json | undefined;
}

export interface Asked {
  /** `stream_options.include_usage`. */
  usage?: boolean;
}

const GROWING = ["content", "refusal", "reasoning_content"];
const FINISHES = ["stop", "length", "tool_calls", "content_filter", "function_call"];

export function readChatStream(sse: string, { usage = false }: Asked = {}): ChatAnswer {
  const reader = new Reader(usage);
  const frames = sse.split("\n\n");
  if (frames.pop() !== "") reader.tell("the last frame has no blank line after it");
  for (const frame of frames) reader.frame(frame);
  reader.end();
  return reader.answer;
}

class Reader {
  readonly answer: ChatAnswer = { problems: [], message: {}, finish: undefined, usage: undefined, error: undefined };
  private readonly usage_asked: boolean;
  private n = 0;
  private head: string | undefined;
  private done = false;
  private usage_told = false;
  private readonly calls: Json[] = [];
  /** A call whose text has not come. */
  private open: Json | undefined;

  constructor(usage_asked: boolean) {
    this.usage_asked = usage_asked;
  }

  tell(what: string): void {
    this.answer.problems.push(`chunk ${this.n}: ${what}`);
  }

  frame(frame: string): void {
    if (frame.startsWith(":")) {
      if (frame.includes("\n")) this.tell("a comment has more than one line");
      return;
    }
    if (this.done) return this.tell("comes after [DONE]");
    if (this.answer.error) return this.tell("comes after the error");
    if (!frame.startsWith("data: ") || frame.includes("\n")) return this.tell(`is no frame: ${frame}`);
    const data = frame.slice(6);
    if (data === "[DONE]") {
      this.done = true;
      return;
    }
    const chunk: unknown = JSON.parse(data);
    if (JSON.stringify(chunk) !== data) this.tell("is not written as JSON.stringify does");
    if (data !== data.toWellFormed() || /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(data)) this.tell("holds half a character");
    if (!isObject(chunk)) return this.tell("is no object");
    if (chunk["error"] === undefined) this.chunk(chunk);
    else this.error(chunk);
    this.n++;
  }

  end(): void {
    const { finish, error } = this.answer;
    if (this.done === (error !== undefined)) this.tell("[DONE] ends what went well, and nothing else");
    if ((finish === undefined) !== (error !== undefined)) this.tell("there is one end: a finish_reason or an error");
    if (this.calls.length > 0) this.answer.message["tool_calls"] = this.calls;
    if (finish !== undefined) {
      const called = "tool_calls" in this.answer.message || "function_call" in this.answer.message;
      if (called !== /_calls?$/.test(finish) && /stop|_calls?$/.test(finish))
        this.tell(`${finish}, and called: ${called}`);
      if (this.open) this.tell("a call never got its text");
    }
  }

  private error(chunk: Json): void {
    const { error } = chunk;
    if (!isObject(error) || !isText(error["message"]) || !isText(error["type"]) || !isText(error["code"]))
      this.tell("the error lacks message, type or code");
    else if (!("param" in error)) this.tell("the error has no param");
    if (this.n === 0) this.tell("an error comes before the opening");
    this.answer.error = isObject(error) ? error : {};
  }

  private chunk(chunk: Json): void {
    const { id, object, created, model, choices, usage, ...others } = chunk;
    if (object !== "chat.completion.chunk" || !isText(id) || !id.startsWith("chatcmpl-") || !isCount(created))
      this.tell("its head is wrong");
    const head = JSON.stringify({ id, created, model });
    this.head ??= head;
    if (head !== this.head) this.tell("its head is another one");
    if (Object.keys(others).length > 0) this.tell(`has ${Object.keys(others).join()}`);
    if (!Array.isArray(choices)) return this.tell("has no choices");
    if (choices.length === 0) return this.usage(usage);
    if ("usage" in chunk !== this.usage_asked || (usage !== undefined && usage !== null))
      this.tell("usage is null where it is asked for, else absent");
    if (this.answer.finish !== undefined || this.usage_told) this.tell("comes after the finish_reason");
    const choice = choices[0] as Json;
    const keys = Object.keys(choice).join();
    if (choices.length > 1 || choice["index"] !== 0 || keys !== "index,delta,logprobs,finish_reason")
      this.tell("the choice has another form");
    this.delta(choice["delta"] as Json, choice["finish_reason"]);
  }

  private usage(usage: unknown): void {
    if (!this.usage_asked || this.usage_told || this.answer.finish === undefined) this.tell("usage is out of place");
    this.usage_told = true;
    this.answer.problems.push(...usageProblems(usage));
    this.answer.usage = usage as Json;
  }

  private delta(delta: Json, finish: unknown): void {
    const keys = Object.keys(delta);
    if (this.n === 0) {
      if (JSON.stringify(delta) !== '{"role":"assistant","content":""}') this.tell("is no opening");
      Object.assign(this.answer.message, { role: "assistant", content: null, refusal: null });
    } else if (finish !== null) {
      if (!isText(finish) || !FINISHES.includes(finish)) this.tell(`finish_reason ${String(finish)}`);
      if (keys.length > 0) this.tell("says something with its end");
      this.answer.finish = String(finish);
    } else if (keys.length === 1) this.said(keys[0] as string, delta[keys[0] as string]);
    else this.tell(`says ${keys.length} things`);
  }

  private said(key: string, value: unknown): void {
    const { message } = this.answer;
    if (this.open && key !== "tool_calls") this.tell("comes between a call and its text");
    if (GROWING.includes(key)) {
      if (!isText(value) || value === "") this.tell(`${key} says nothing`);
      message[key] = `${isText(message[key]) ? message[key] : ""}${String(value)}`;
    } else if (key === "reasoning_details" && Array.isArray(value)) {
      message[key] = [...((message[key] as Json[] | undefined) ?? []), ...(value as Json[])];
    } else if (key === "annotations" && Array.isArray(value)) {
      message[key] = [...((message[key] as Json[] | undefined) ?? []), ...(value as Json[])];
    } else if (key === "function_call") message[key] = value;
    else if (key === "tool_calls" && Array.isArray(value) && value.length === 1) this.call(value[0] as Json);
    else this.tell(`says ${key}`);
  }

  private call({ index, ...call }: Json): void {
    const kind = "custom" in call ? "custom" : "function";
    const text = kind === "custom" ? "input" : "arguments";
    const inner = call[kind] as Json;
    if (!this.open) {
      if (index !== this.calls.length) this.tell(`the call has the index ${String(index)}`);
      if (call["type"] !== kind || !isText(call["id"]) || call["id"] === "") this.tell("the call lacks type or id");
      if (this.calls.some(({ id }) => id === call["id"])) this.tell("the call's id was there before");
      if (!isText(inner["name"]) || inner["name"] === "" || inner[text] !== "") this.tell("the call's head is wrong");
      this.open = call;
      return;
    }
    if (index !== this.calls.length || Object.keys(call).join() !== kind || Object.keys(inner).join() !== text)
      this.tell("goes on with another call");
    this.calls.push({ ...this.open, [kind]: { ...(this.open[kind] as Json), [text]: inner[text] } });
    this.open = undefined;
  }
}

function usageProblems(usage: unknown): string[] {
  if (!isObject(usage)) return ["usage is missing"];
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = usage;
  const details = [usage["prompt_tokens_details"], usage["completion_tokens_details"]];
  const counts = [input, output, total, ...details.flatMap((each) => (isObject(each) ? Object.values(each) : ["?"]))];
  if (!counts.every(isCount)) return [`usage is ${JSON.stringify(usage)}`];
  return Number(input) + Number(output) === total ? [] : ["usage does not add up"];
}

/** An answer in one piece. */
export function readChatBody(body: unknown): ChatAnswer {
  const problems: string[] = [];
  const whole = isObject(body) ? body : {};
  const { id, object, created, model, choices, usage } = whole;
  if (object !== "chat.completion" || !isText(id) || !isCount(created) || !isText(model)) problems.push("its head");
  const choice = (Array.isArray(choices) ? choices[0] : undefined) as Json | undefined;
  const message = (choice?.["message"] ?? {}) as Json;
  const finish = choice?.["finish_reason"];
  if (choice?.["index"] !== 0 || choice["logprobs"] === undefined || !FINISHES.includes(String(finish)))
    problems.push(`the choice is ${JSON.stringify(choice)}`);
  if (message["role"] !== "assistant" || !("content" in message) || !("refusal" in message))
    problems.push("the message lacks role, content or refusal");
  const says = [message["content"], message["refusal"], message["tool_calls"], message["function_call"]];
  if (says.every((each) => each === null || each === undefined)) problems.push("the message says nothing");
  if (usage !== undefined) problems.push(...usageProblems(usage));
  return { problems, message, finish: String(finish), usage: usage as Json | undefined, error: undefined };
}
