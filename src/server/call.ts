/** What is remembered of one request while it runs: for its headers, its line in the log, and the counters. */
import { TURN_STATE_HEADER } from "../agents/codex.ts";
import type { ShimError } from "../core/errors.ts";
import type { NoteKind } from "../core/notes.ts";
import type { Usage } from "../core/reply.ts";
import type { Ignored } from "../core/turn.ts";
import type { ClientFacts } from "../wires/wire.ts";
import type { Chosen } from "./catalog.ts";
import type { Log } from "./log.ts";
import { SHIM_HEADER } from "./upstream.ts";

export type Counters = Partial<Record<NoteKind | "ignored" | "forwarded" | "retries", number>>;

export interface CallOptions {
  path: string;
  client: ClientFacts;
  log: Log;
  /** Id of this running shim. */
  instance: string;
  counters: Counters;
  /** Called once, when the answer has ended or failed. */
  onEnd(): void;
}

export class Call {
  /** The model as the client names it. */
  model = "?";
  usage: Usage | null = null;
  outcome: string | undefined;
  etag: string | undefined;
  /** What a user of this model should set right. */
  warning: string | undefined;
  asked_effort: string | undefined;
  /** What the upstream is really asked for. */
  effort: string | null | undefined;
  private readonly options: CallOptions;
  private readonly started = performance.now();
  private readonly notes: string[] = [];
  private provider = "?";
  /** The model that answers, by its host's name: another one than asked for when that was an alias. */
  private served = "?";
  private ignored: readonly Ignored[] = [];
  private counted = 0;
  private first_ms: number | undefined;
  private logged = false;

  constructor(options: CallOptions) {
    this.options = options;
  }

  choose({ provider, model }: Chosen): void {
    this.provider = provider.id;
    this.served = model;
  }

  note(what: NoteKind, detail: string): void {
    this.notes.push(`${what} (${detail})`);
    this.count(what);
  }

  count(what: keyof Counters, times = 1): void {
    const { counters } = this.options;
    if (times > 0) counters[what] = (counters[what] ?? 0) + times;
  }

  /** All that could not be carried over, as it is known now. */
  setIgnored(ignored: readonly Ignored[]): void {
    this.ignored = ignored;
    this.count("ignored", ignored.length - this.counted);
    this.counted = Math.max(this.counted, ignored.length);
  }

  /** Something of the answer is there. */
  first(): void {
    this.first_ms ??= performance.now() - this.started;
  }

  headers(): Record<string, string> {
    const ignored = this.ignored.map((entry) => `${entry.field}: ${entry.what}`).join("; ");
    return {
      [SHIM_HEADER]: this.options.instance,
      ...(this.etag !== undefined && { "x-models-etag": this.etag }),
      "x-juscode-provider": this.provider,
      "x-juscode-model": printable(this.served),
      ...(this.options.client.codex && { [TURN_STATE_HEADER]: this.provider }),
      ...(typeof this.effort === "string" && { "x-juscode-effort": printable(this.effort) }),
      ...(this.warning !== undefined && { "x-juscode-warning": printable(this.warning) }),
      ...(ignored !== "" && { "x-juscode-ignored": printable(ignored) }),
    };
  }

  end(error?: ShimError): void {
    if (this.logged) return;
    this.logged = true;
    this.options.onEnd();
    const { path, client, log } = this.options;
    log.request({
      path,
      client: client.codex ? "codex" : "client",
      model: this.model,
      provider: this.provider,
      served: this.served,
      effort: this.effort,
      asked_effort: this.asked_effort,
      outcome: error ? `${error.kind}: ${error.message}` : (this.outcome ?? "aborted by the client"),
      duration_ms: performance.now() - this.started,
      first_ms: this.first_ms,
      usage: this.usage,
      ignored: this.ignored,
      notes: this.notes,
    });
  }
}

/** For a header. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 1000);
}
