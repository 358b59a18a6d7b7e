/** What the encoders of all wires do alike. */
import { replyBudget } from "../core/arguments.ts";
import type { Citation } from "../core/citations.ts";
import type { ShimError } from "../core/errors.ts";
import { finishedArguments, finishedInput } from "../core/finished-call.ts";
import type { ItemHead, LogProb, ReplyEnd, ReplyEvent } from "../core/reply.ts";
import type { ReasoningField, ReasoningOrigin } from "../core/turn.ts";
import type { DeclaredTool } from "./tools.ts";
import type { Encoder, Progress, WireScope } from "./wire.ts";

/** The text of a stream of server-sent events, until it is taken. */
export class StreamText {
  protected readonly stream: boolean;
  protected out = "";

  /** Without `stream` nothing is written: a response in one piece is made of what is kept beside the text. */
  constructor(stream: boolean) {
    this.stream = stream;
  }

  take(): string {
    const out = this.out;
    this.out = "";
    return out;
  }

  /** A line that readers of event streams pass over. */
  comment(text: string): void {
    if (this.stream) this.out += `: ${text}\n\n`;
  }

  /** The mark behind the last event. */
  end(): void {
    if (this.stream) this.out += "data: [DONE]\n\n";
  }
}

export abstract class ReplyEncoder implements Encoder {
  error: ShimError | undefined;
  protected abstract readonly events: StreamText;
  protected readonly scope: WireScope;
  /** For what is checked of all calls. */
  protected readonly budget = replyBudget();

  constructor(scope: WireScope) {
    this.scope = scope;
  }

  abstract open(): void;
  abstract heartbeat(progress?: Progress): void;
  abstract body(): unknown;
  protected abstract begin(head: ItemHead): void;
  protected abstract delta(delta: string, logprobs?: readonly LogProb[]): void;
  protected abstract finish(
    complete: boolean,
    details: ReasoningOrigin["details"],
    citations: readonly Citation[] | undefined,
  ): void;
  protected abstract end(end: ReplyEnd): void;
  protected abstract fail(error: ShimError): void;

  take(): string {
    return this.events.take();
  }

  /** The text of a finished call, checked and repaired. A tool that the client never declared is noted. */
  protected finishedText({ kind, name, declared, parameters, grammar }: DeclaredTool<string>, written: string): string {
    const { note } = this.scope;
    if (!declared) note("undeclared_tool", name);
    if (kind === "custom") return finishedInput(name, written, grammar, note);
    return finishedArguments(name, written, parameters, this.budget, note);
  }

  /** Where a thought comes from: another model would not know it for its own. */
  protected originOf(field: ReasoningField, details: ReasoningOrigin["details"]): ReasoningOrigin {
    const model = this.scope.answering?.model;
    return { field, ...(details && { details }), ...(model !== undefined && { model }) };
  }

  write(event: ReplyEvent): void {
    switch (event.type) {
      case "item_delta":
        return this.delta(event.delta, event.logprobs);
      case "start":
        return this.open();
      case "item_start":
        return this.begin(event.item);
      case "item_end":
        return this.finish(event.complete, event.details, event.citations);
      case "end":
        return this.end(event);
      case "error":
        return this.fail(event.error);
    }
  }
}

/** How far the prompt has been read, as the words of a comment. */
export function progressWords(progress: Progress | undefined): string {
  return progress ? `prompt ${progress.processed}/${progress.total}` : "keepalive";
}
