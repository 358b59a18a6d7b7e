/** Writes the chunks of a Chat Completions stream. */
import type { LogProb, Usage } from "../../../core/reply.ts";
import { StreamText } from "../../encoder.ts";

export class ChunkWriter extends StreamText {
  /** Everything before and after the delta, written once for all chunks. */
  private readonly head: string;
  private readonly tail: string;
  private readonly usage_asked: boolean;

  constructor(id: string, created: number, model: string, stream: boolean, usage_asked: boolean) {
    super(stream);
    this.usage_asked = usage_asked;
    const head = JSON.stringify({ id, object: "chat.completion.chunk", created, model }).slice(0, -1);
    this.head = `data: ${head},"choices":[`;
    this.tail = usage_asked ? `],"usage":null}\n\n` : "]}\n\n";
  }

  /** `delta` is JSON. */
  delta(delta: string, finish_reason?: string, weighed?: readonly LogProb[]): void {
    if (!this.stream) return;
    const finish = finish_reason === undefined ? "null" : `"${finish_reason}"`;
    const logprobs = weighed === undefined ? "null" : JSON.stringify({ content: weighed, refusal: null });
    this.out += `${this.head}{"index":0,"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}}${this.tail}`;
  }

  /** After the last choice, where the client asked for it and the upstream told it. */
  usage(usage: Usage | null): void {
    if (!this.stream || !this.usage_asked || !usage) return;
    this.out += `${this.head}],"usage":${JSON.stringify(usageBody(usage))}}\n\n`;
  }

  /** No chunk: the object that clients of this wire look for, in a stream that ends with it. */
  error(error: object): void {
    if (this.stream) this.out += `data: ${JSON.stringify({ error })}\n\n`;
  }
}

export function usageBody(usage: Usage): Record<string, unknown> {
  return {
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    total_tokens: usage.input_tokens + usage.output_tokens,
    prompt_tokens_details: { cached_tokens: usage.cached_tokens, cache_write_tokens: usage.cache_write_tokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
  };
}

export type EncodedCall = { id: string; extra_content?: unknown } & (
  | { type: "function"; function: { name: string; arguments: string } }
  | { type: "custom"; custom: { name: string; input: string } }
);

/** The two deltas of a call: what it is, and then its whole text. What hangs on it comes with the first. */
export function callDeltas(call: EncodedCall, index: number): [object, object] {
  const { id, type, extra_content } = call;
  const extra = extra_content === undefined ? {} : { extra_content };
  if (call.type === "custom") {
    const { name, input } = call.custom;
    return [
      { index, id, type, custom: { name, input: "" }, ...extra },
      { index, custom: { input } },
    ];
  }
  const { name, arguments: text } = call.function;
  return [
    { index, id, type, function: { name, arguments: "" }, ...extra },
    { index, function: { arguments: text } },
  ];
}
