/**
 * A reply whose model may call hosted tools: they run here, and the model is asked again until it answers, all in one
 * response. It reads of them what it will read on the next turn, when the client sends the items back.
 */
import { append } from "../../core/append.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import type { ReplyEnd } from "../../core/reply.ts";
import type { Item, Settings, Turn } from "../../core/turn.ts";
import type { HostedCall, HostedOutcome, HostedTool } from "../../wires/hosted.ts";
import type { Encoder } from "../../wires/wire.ts";
import type { HostedReplyOptions, SettledReply } from "../relay/hosted.ts";
import type { Attempt, Work } from "../relay/pump.ts";
import type { Translation } from "../relay/translation.ts";
import { Tap } from "./tap.ts";
import type { HostedRun } from "./tools.ts";

const MOST_MS = 10 * 60_000; // After this time no further call is run.
const MOST_CHARACTERS = 1_000_000; // Characters of results in one response: more would fill any window.
const MOST_AT_ONCE = 4;
const MOST_WARNINGS = 2; // How often the model is asked again after it was told that no further call is run.

export class HostedReply implements SettledReply {
  attempt: Attempt | Work;
  readonly encoder: Encoder;
  readonly heartbeat_ms: number;
  ran = false;
  private stopped = false;
  private readonly options: HostedReplyOptions;
  private readonly run: HostedRun;
  private readonly tap: Tap;
  private readonly deadline = performance.now() + MOST_MS;
  private turn: Turn;
  private inner: Translation | undefined; // The newest request to the model; absent before the first.
  private calls_left: number;
  private characters_left = MOST_CHARACTERS;
  private warnings = 0;
  private awaits_approval = false; // Calls wait for their user's approval, so that the response ends.

  constructor(options: HostedReplyOptions, run: HostedRun, max_calls: number) {
    const { exchange, hosted, modelOf, heartbeat_ms } = options;
    this.options = options;
    this.run = run;
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
    const { inner, tap } = this;
    const { call } = this.options;
    if (!inner || this.attempt !== inner.attempt) return this.goOn();
    if (inner.again()) {
      this.attempt = inner.attempt;
      return true;
    }
    call.usage = tap.usage;
    if (!tap.held) return false;
    call.outcome = undefined;
    this.attempt = this.work(tap.calls, tap.said);
    return true;
  }

  onHeartbeat(): void {
    this.options.call.count("heartbeats");
  }

  onEnd(): void {
    this.run.close();
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
    const cut = held?.reason === "length" || held?.reason === "content_filter";
    if (held && (client_called || this.awaits_approval || cut)) return this.finish(held);
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
    let current: { call: HostedCall; run(): Promise<HostedOutcome> } | undefined;
    const searches = this.searchAhead(calls, signal);
    const next = (): void => {
      current = undefined;
      for (let call = rest.shift(); call; call = rest.shift()) {
        const { tool, approved } = call;
        if (tool.kind === "mcp" && tool.approval && approved === undefined) {
          this.awaits_approval = true;
          teller.askApproval(call);
          continue;
        }
        const begun = searches.get(call);
        const announced = { ...call, arguments: teller.begin(call) };
        const error = begun ? undefined : this.limit();
        refused ||= error !== undefined;
        const run = async (): Promise<HostedOutcome> =>
          error === undefined ? (begun ?? this.runCall(announced, signal)) : { kind: "failed", error, over: true };
        current = { call: announced, run };
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
        const { call, run } = current;
        const outcome = await run();
        if (signal.aborted) {
          decoder.ended = true;
          return;
        }
        const results = teller.end(call, outcome);
        this.characters_left -= lengthOf(results);
        append(items, results);
        next();
        if (!current) close();
      },
    };
  }

  /** Searches change nothing, so that those of one reply run together; the client hears of each in its turn. */
  private searchAhead(calls: readonly HostedCall[], signal: AbortSignal): Map<HostedCall, Promise<HostedOutcome>> {
    const begun = new Map<HostedCall, Promise<HostedOutcome>>();
    for (const call of calls)
      if (call.tool.kind === "web_search" && begun.size < MOST_AT_ONCE && this.limit() === undefined)
        begun.set(call, this.runCall(call, signal));
    return begun;
  }

  private async runCall(call: HostedCall, signal: AbortSignal): Promise<HostedOutcome> {
    this.calls_left--;
    this.ran = true;
    const { tool } = call;
    if (call.approved !== undefined) this.options.call.called(tool.kind);
    try {
      const outcome = await this.run.call(call, signal);
      if (outcome.kind === "failed") this.options.call.note("hosted_call_failed", nameOf(tool));
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
    return performance.now() > this.deadline ? `the time for calls is over; ${words}` : undefined;
  }

  /** A tool choice that demanded a call is fulfilled. */
  private settings(over: boolean): Settings {
    const { tool_choice, ...rest } = this.turn.settings;
    if (over && !this.options.hosted.client_tools) return { ...rest, tool_choice: "none" };
    return tool_choice === "none" || tool_choice === "auto" ? this.turn.settings : rest;
  }
}

/** For the log: it holds nothing of what was asked or answered. */
const nameOf = (tool: HostedTool): string => (tool.kind === "mcp" ? `${tool.wish.server}.${tool.name}` : tool.kind);

function lengthOf(items: readonly Item[]): number {
  const parts = items.flatMap((item) => (item.type === "tool_result" ? item.parts : []));
  return parts.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
}
