/**
 * A reply whose model may call hosted tools: its calls are run here and the model is asked again, until it answers, all
 * within one response. What it reads of them is what it will read on the next turn, when the client sends the items back.
 */
import { append } from "../../core/append.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import type { ReplyEnd } from "../../core/reply.ts";
import type { Item, Settings, Turn } from "../../core/turn.ts";
import type { HostedCall, HostedExchange, HostedOutcome, HostedTool } from "../../wires/hosted.ts";
import type { Encoder, Exchange } from "../../wires/wire.ts";
import type { Call } from "../relay/call.ts";
import type { Attempt, Reply, Work } from "../relay/pump.ts";
import type { Translation } from "../relay/translation.ts";
import { Tap } from "./tap.ts";
import type { HostedRun } from "./tools.ts";

/** After this long no further call is run. */
const MOST_MS = 10 * 60_000;
/** Characters of results in one answer: more would fill any window. */
const MOST_CHARACTERS = 1_000_000;
const MOST_AT_ONCE = 4;
/** How often the model is asked again after it was told that no further call is run. */
const MOST_WARNINGS = 2;

export interface HostedReplyOptions {
  exchange: Exchange;
  hosted: HostedExchange;
  run: HostedRun;
  /** Calls in one answer at most. */
  max_calls: number;
  call: Call;
  heartbeat_ms: number;
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
  /** The request that the model is answering, or has answered last; absent before the first. */
  private inner: Translation | undefined;
  private calls_left: number;
  private characters_left = MOST_CHARACTERS;
  private warnings = 0;
  /** Calls wait for their user's word, so that the answer ends. */
  private asked = false;

  constructor(options: HostedReplyOptions) {
    const { exchange, hosted, modelOf, heartbeat_ms, max_calls } = options;
    this.options = options;
    this.encoder = exchange.encoder;
    this.heartbeat_ms = heartbeat_ms;
    this.turn = exchange.turn;
    this.tap = new Tap(exchange.encoder, hosted, modelOf);
    this.calls_left = Math.min(hosted.max_calls ?? Infinity, max_calls);
    const approved = hosted.approved();
    if (approved.length > 0) {
      this.encoder.open();
      hosted.teller.listed();
      this.attempt = this.work(approved, []);
    } else {
      this.inner = this.ask();
      this.attempt = this.inner.attempt;
    }
  }

  async settled(hold_ms: number): Promise<void> {
    await this.inner?.settled(hold_ms);
  }

  again(): boolean {
    const { inner } = this;
    if (!inner || this.attempt !== inner.attempt) return this.goOn();
    if (inner.again()) {
      this.attempt = inner.attempt;
      return true;
    }
    this.options.call.usage = this.tap.usage;
    if (!this.tap.held) return false;
    this.options.call.outcome = undefined;
    this.attempt = this.work(this.tap.calls, this.tap.said);
    return true;
  }

  onHeartbeat(): void {
    this.options.call.count("heartbeats");
  }

  onEnd(): void {
    this.options.run.close();
    if (this.inner) this.inner.onEnd();
    else this.options.call.end();
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
    if (this.encoder.error) return false;
    const over = client_called || this.asked || held?.reason === "length" || held?.reason === "content_filter";
    if (held && over) return this.finish(held);
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

  private finish(end: ReplyEnd): false {
    this.options.call.outcome = end.reason;
    this.tap.finish(end);
    return false;
  }

  private fail(error: ShimError): false {
    this.options.call.failed(error);
    this.encoder.write({ type: "error", error });
    return false;
  }

  /** Runs calls one after another; each is announced before it runs, the first at once. */
  private work(calls: readonly HostedCall[], said: readonly Item[]): Work {
    const { teller } = this.options.hosted;
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.options.signal]);
    const decoder = { ended: false, progress: undefined };
    const items: Item[] = [...said];
    const rest = [...calls];
    let refused = false;
    let current: { call: HostedCall; limit: string | undefined; outcome?: Promise<HostedOutcome> } | undefined;
    const searches = this.ahead(calls, signal);
    const next = (): void => {
      current = undefined;
      for (let call = rest.shift(); call; call = rest.shift()) {
        if (this.waits(call)) {
          this.asked = true;
          teller.askApproval(call);
          continue;
        }
        const outcome = searches.get(call);
        const told = { ...call, arguments: teller.begin(call) };
        current = outcome ? { call: told, limit: undefined, outcome } : { call: told, limit: this.limit() };
        return;
      }
    };
    const close = (): void => {
      if (refused) this.warnings++;
      this.turn = { ...this.turn, items: [...this.turn.items, ...items], settings: this.settings(refused) };
      decoder.ended = true;
    };
    next();
    return {
      decoder,
      stop: () => {
        // It is also called after the end.
        if (!decoder.ended) this.stopped = true;
        abort.abort();
      },
      step: async () => {
        if (!current) return close();
        const { call, limit, outcome: begun } = current;
        refused ||= limit !== undefined;
        const outcome =
          limit === undefined
            ? await (begun ?? this.run(call, signal))
            : { kind: "failed" as const, error: limit, over: true as const };
        if (signal.aborted) {
          decoder.ended = true;
          return;
        }
        const told = teller.end(call, outcome);
        this.characters_left -= lengthOf(told);
        append(items, told);
        next();
        if (!current) close();
      },
    };
  }

  /** Searches change nothing, so that those of one reply run together; each is told in its turn. */
  private ahead(calls: readonly HostedCall[], signal: AbortSignal): Map<HostedCall, Promise<HostedOutcome>> {
    const begun = new Map<HostedCall, Promise<HostedOutcome>>();
    for (const call of calls)
      if (call.tool.kind === "web_search" && begun.size < MOST_AT_ONCE && this.limit() === undefined)
        begun.set(call, this.run(call, signal));
    return begun;
  }

  private waits({ tool, approved }: HostedCall): boolean {
    return tool.kind === "mcp" && tool.approval && approved === undefined;
  }

  private async run(call: HostedCall, signal: AbortSignal): Promise<HostedOutcome> {
    this.calls_left--;
    this.ran = true;
    const { run, call: asking } = this.options;
    const { tool } = call;
    if (call.approved !== undefined) asking.called(tool.kind);
    try {
      const outcome = await run.call(call, signal);
      if (outcome.kind === "failed") asking.note("hosted_call_failed", noteOf(tool));
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

/** Nothing of what was asked or answered. */
function noteOf(tool: HostedTool): string {
  return tool.kind === "mcp" ? `${tool.wish.server}.${tool.name}` : tool.kind;
}

function lengthOf(items: readonly Item[]): number {
  let length = 0;
  for (const item of items)
    if (item.type === "tool_result")
      for (const part of item.parts) if (part.type === "text") length += part.text.length;
  return length;
}
