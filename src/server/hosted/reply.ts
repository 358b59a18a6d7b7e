/**
 * A reply whose model may call hosted tools: its calls are run here and the model is asked again, until it answers, all
 * within one response. What it reads of them is what it will read on the next turn, when the client sends the items back.
 */
import { asShimError, ShimError } from "../../core/errors.ts";
import type { Item, Settings, Turn } from "../../core/turn.ts";
import type { HostedCall, HostedExchange, HostedOutcome } from "../../wires/hosted.ts";
import type { Encoder, Exchange } from "../../wires/wire.ts";
import type { Call } from "../call.ts";
import type { Attempt, Reply, Work } from "../pump.ts";
import type { Translation } from "../translation.ts";
import { Tap } from "./tap.ts";
import type { HostedTools } from "./tools.ts";

/** After this long no further call is run. */
const MOST_MS = 10 * 60_000;
/** Characters of results in one answer: more would fill any window. */
const MOST_CHARACTERS = 1_000_000;
/** How often the model is asked again after it was told that no further call is run. */
const MOST_WARNINGS = 2;

export interface HostedReplyOptions {
  exchange: Exchange;
  hosted: HostedExchange;
  tools: HostedTools;
  call: Call;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** Asks the model. */
  begin(exchange: Exchange): Translation;
  modelOf(): string | undefined;
}

export class HostedReply implements Reply {
  attempt: Attempt | Work;
  readonly encoder: Encoder;
  readonly heartbeat_ms: number;
  /** A call was run: nothing of this request may be done a second time. */
  ran = false;
  private stopped = false;
  private readonly options: HostedReplyOptions;
  private readonly tap: Tap;
  private readonly deadline = performance.now() + MOST_MS;
  private turn: Turn;
  private inner: Translation;
  private calls_left: number;
  private characters_left = MOST_CHARACTERS;
  private warnings = 0;

  constructor(options: HostedReplyOptions) {
    const { exchange, hosted, tools, modelOf } = options;
    this.options = options;
    this.encoder = exchange.encoder;
    this.turn = exchange.turn;
    this.tap = new Tap(exchange.encoder, hosted, modelOf);
    this.calls_left = Math.min(hosted.max_calls ?? Infinity, tools.max_calls);
    this.inner = this.ask();
    this.attempt = this.inner.attempt;
    this.heartbeat_ms = this.inner.heartbeat_ms;
  }

  settled(hold_ms: number): Promise<void> {
    return this.inner.settled(hold_ms);
  }

  again(): boolean {
    if (this.attempt === this.inner.attempt) {
      if (this.inner.again()) {
        this.attempt = this.inner.attempt;
        return true;
      }
      this.options.call.usage = this.tap.usage;
      if (!this.tap.held) return false;
      this.options.call.outcome = undefined;
      this.attempt = this.work();
      return true;
    }
    return this.goOn();
  }

  onHeartbeat(): void {
    this.inner.onHeartbeat();
  }

  onEnd(): void {
    this.inner.onEnd();
  }

  private ask(): Translation {
    this.tap.next();
    const { exchange, begin } = this.options;
    return begin({ ...exchange, turn: this.turn, encoder: this.tap });
  }

  /** After the calls of a reply have been run. */
  private goOn(): boolean {
    const { held, client_called } = this.tap;
    if (this.stopped || this.options.signal.aborted) return this.fail(new ShimError("aborted", "the client went away"));
    if (!held || this.encoder.error) return false;
    if (client_called || held.reason === "length" || held.reason === "content_filter") return this.finish(held.reason);
    if (this.warnings > MOST_WARNINGS) {
      const words = "the model went on calling hosted tools beyond their limit, and gave no answer";
      return this.fail(new ShimError("upstream_failed", words));
    }
    try {
      this.inner = this.ask();
      this.inner.committed();
    } catch (thrown) {
      return this.fail(asShimError(thrown));
    }
    this.attempt = this.inner.attempt;
    return true;
  }

  private finish(reason: Parameters<Tap["finish"]>[0]): false {
    this.options.call.outcome = reason;
    this.tap.finish(reason);
    return false;
  }

  private fail(error: ShimError): false {
    this.options.call.outcome = `${error.kind}: ${error.message}`;
    this.options.call.error_kind = error.kind;
    this.encoder.write({ type: "error", error });
    return false;
  }

  /** Runs the calls one after another; the first is announced at once. */
  private work(): Work {
    const { hosted } = this.options;
    const { calls, said } = this.tap;
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.options.signal]);
    const items: Item[] = [...said];
    let at = 0;
    let refused = 0;
    const begin = (): void => {
      const next = calls[at];
      if (next) hosted.teller.begin(next);
    };
    const decoder = { ended: false, progress: undefined };
    begin();
    return {
      decoder,
      stop: () => {
        // It is also called after the end.
        if (!decoder.ended) this.stopped = true;
        abort.abort();
      },
      step: async () => {
        const current = calls[at];
        if (!current) return;
        const limit = this.limit();
        const outcome: HostedOutcome = limit ? { kind: "failed", error: limit } : await this.run(current, signal);
        if (signal.aborted) {
          decoder.ended = true;
          return;
        }
        if (limit) refused++;
        const told = hosted.teller.end(current, outcome);
        this.characters_left -= lengthOf(told);
        items.push(...told);
        at++;
        begin();
        if (at < calls.length) return;
        if (refused > 0) this.warnings++;
        this.turn = { ...this.turn, items: [...this.turn.items, ...items], settings: this.settings(refused > 0) };
        decoder.ended = true;
      },
    };
  }

  private async run(call: HostedCall, signal: AbortSignal): Promise<HostedOutcome> {
    this.calls_left--;
    this.ran = true;
    try {
      const outcome = await this.options.tools.run(call, this.options.hosted, signal);
      if (outcome.kind === "failed")
        this.options.call.note("hosted_call_failed", `${call.tool.kind}: ${outcome.error}`);
      return outcome;
    } catch {
      return { kind: "failed", error: "the client went away" };
    }
  }

  /** Why no further call is run. */
  private limit(): string | undefined {
    const words = "answer with what you have, without further calls of this kind";
    if (this.calls_left <= 0) return `no further call is run in this answer; ${words}`;
    if (this.characters_left <= 0) return `what was found fills the space that there is; ${words}`;
    if (performance.now() > this.deadline) return `the time for calls is over; ${words}`;
    return undefined;
  }

  /** A tool that had to be called was called. */
  private settings(over: boolean): Settings {
    const { tool_choice, ...rest } = this.turn.settings;
    if (over && !this.options.hosted.client_tools) return { ...rest, tool_choice: "none" };
    return tool_choice === "none" || tool_choice === "auto" ? this.turn.settings : rest;
  }
}

function lengthOf(items: readonly Item[]): number {
  let length = 0;
  for (const item of items)
    if (item.type === "tool_result")
      for (const part of item.parts) if (part.type === "text") length += part.text.length;
  return length;
}
