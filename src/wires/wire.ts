/** A wire: a client half (lift, encode) and an upstream half (lower, decode), both pure and synchronous. */
import type { Dialect, JsonObject } from "../core/dialect.ts";
import type { ShimError } from "../core/errors.ts";
import type { IdSource } from "../core/ids.ts";
import type { TakeNote } from "../core/notes.ts";
import type { WireName } from "../core/provider.ts";
import type { Emit, ReplyEvent, Usage } from "../core/reply.ts";
import type { Ignored, Turn } from "../core/turn.ts";
import type { HostedExchange, HostedOffer } from "./hosted.ts";

/** What the outside world gives to the pure half of a wire. */
export interface WireScope {
  ids: IdSource;
  /** Seconds since 1970. */
  now(): number;
  /** Who answers; absent where nobody is asked. */
  answering?: Readonly<CurrentAttempt>;
  /** The hosted tools that can be run; absent for none. */
  hosted?: HostedOffer;
  /** Takes down what was changed on the way; one request's notes go into its log line. */
  note: TakeNote;
  /** What of this request reaches beyond it; absent where nothing does. The history is in the body already. */
  kept?: Kept;
}

/** The candidate that is asked now: whoever asks keeps it, encoders read it when they need it. */
export interface CurrentAttempt {
  /** The model by the name its upstream knows. */
  model: string | undefined;
  /** The effort that it is asked for (see `Lowered`); undefined until the request is lowered. */
  effort: string | null | undefined;
}

/** What is kept of a response, and what it goes on from, as the response itself tells it. */
export interface Kept {
  store: boolean;
  /** It runs on by itself, whether the client stays or not. */
  background: boolean;
  previous_response_id: string | null;
  conversation_id: string | null;
}

export type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

/** A response as it is kept, finished or as far as it has come. */
export interface StoredResponse {
  id: string;
  status: ResponseStatus;
  /** JSON text of the `response` object, with what the next turn needs and this client did not ask for. */
  response: string;
  /** JSON texts of its items. */
  output: readonly string[];
}

/** What is known of the client beyond its body. */
export interface ClientFacts {
  /** Codex is at the other end: it counts other signs of life than the SDKs do, and takes other statuses as final. */
  codex: boolean;
  /** Claude Code is: it asks again, and again without what it could do without, on errors that others take as final. */
  claude_code?: boolean;
}

/** Turns reply events into what the client reads; `take` empties the buffer that `write` fills. */
export interface Encoder {
  /** What goes out as soon as a streamed response is committed to, before the upstream has said anything. */
  open(): void;
  write(event: ReplyEvent): void;
  /** A sign of life that the client's idle timer counts and its decoder accepts; only between `open` and the end. */
  heartbeat(progress?: Progress): void;
  /** The stream's text since the last call. */
  take(): string;
  /** The whole response for a client that did not ask for a stream; only after the terminal event. */
  body(): unknown;
  /** The error that ended the reply, if one did. */
  readonly error: ShimError | undefined;
  /** How the response is kept. Absent in wires that keep none. */
  kept?(): StoredResponse;
  /** Writes the last event of a response that is kept, which waits for this. Not `stored`: it could not be, and says so. */
  seal?(stored: boolean): void;
}

/** A lifted request: the neutral turn, and the encoder that remembers what only this client knows. */
export interface Exchange {
  turn: Turn;
  stream: boolean;
  encoder: Encoder;
  /** The conversation's own name, where the client gives one. */
  thread?: string;
  /** The maker's mark (see core/ids) of the newest item in the history that was made here. */
  made_by?: string;
  /** As what the client declared the tool of this flat name; absent where all are functions. */
  kindOf?(name: string): string;
  /** A history that is too long may lose its oldest items. */
  shortens?: boolean;
  /** Tools that are run here; absent where the client declares none of them. */
  hosted?: HostedExchange;
}

export type HttpError = { status: number; headers: Record<string, string>; body: unknown };

/** What is changed in the text of a request that is forwarded. */
export interface ForwardEdits {
  model: string;
  drop: readonly string[];
  extra_body: JsonObject;
  /** A response is asked to have no more tokens than this; 0 or absent for no limit. */
  most_output_tokens?: number;
  /** Cut out what a client changes from session to session, for upstreams that bill nobody by it: it spoils their caches. */
  steady?: boolean;
}

export type Forwarded = { body: string; ignored: Ignored[] };

/** Looks at a reply that is forwarded byte for byte. */
export interface ReplyObserver {
  feed(bytes: Uint8Array): void;
  /** Something that was fed says that the reply has failed. */
  readonly failed?: boolean;
  /** After the last byte; what was seen of the reply's end. */
  end(): Observed;
}

export interface Observed {
  /** `completed`, `incomplete`, `failed` and the like; undefined when there was no proper end. */
  outcome: string | undefined;
  /** What ended the reply, where the upstream said that it failed. */
  error?: ShimError | undefined;
  usage: Usage | null;
  effort: string | null;
}

/** How a client's wire is forwarded to upstreams that speak it too. */
export interface ForwardWire {
  /** The upstream wire that is the same. */
  wire: WireName;
  /** Upstreams of these wires have the path, too. */
  also?: readonly WireName[];
  /** Path below the provider's base URL. */
  path: string;
  /** Whether this request must be translated; `compose` is the upstream half's, `offer` is what can be run here. */
  needsTranslation(json: unknown, dialect: Dialect, compose?: Compose, offer?: HostedOffer): boolean;
  edit(text: string, edits: ForwardEdits): Forwarded;
  observer(stream: boolean): ReplyObserver;
  /** Words of an error's body by which its clients know a full context, and shorten it; absent where they need none. */
  full_context?: readonly string[];
}

/** The body that a translation would send. Throws what `lower` throws. */
export type Compose = (turn: Turn, dialect: Dialect) => Composed;

type Composed = { fields: Readonly<Record<string, unknown>>; ignored: readonly Ignored[] };

export interface ClientWire {
  name: string;
  /** For upstreams that speak this wire too. */
  forward?: ForwardWire;
  /** Throws a ShimError that names the offending field. */
  lift(body: unknown, client: ClientFacts, scope: WireScope): Exchange;
  /** An error told before the response began. */
  httpError(error: ShimError, client: ClientFacts): HttpError;
  /** A sign of life in a stream of which nothing is known yet: it carries no number and belongs to no reply. */
  heartbeat(client: ClientFacts): string;
}

export interface Lowered {
  /** JSON text of the body. */
  body: string;
  /** Where in it the prompt ends: what stands before is what an upstream's prompt cache can know. */
  prompt_end: number;
  /** What this upstream cannot take, beyond what the client's own wire has listed. */
  ignored: Ignored[];
  /** The effort that is really asked for, in the client's words; null when none is. */
  effort: string | null;
  /** Sent besides the provider's own. */
  headers: Record<string, string>;
}

/** Reads one upstream's reply, fed by SSE frames or by a whole JSON body, which an upstream may send for a stream. */
export interface Decoder {
  /** One `data:` payload. */
  feed(data: string): void;
  /** The bytes have ended, properly or not. */
  end(): void;
  /** The connection broke, or the reply could not be read. */
  fail(error: ShimError): void;
  /** True after the terminal event: nothing further needs to be read. */
  readonly ended: boolean;
  /** How far the prompt has been read, where the upstream tells. */
  readonly progress: Progress | undefined;
}

/** In tokens of the prompt. */
export type Progress = { processed: number; total: number };

export interface UpstreamWire {
  name: WireName;
  /** Path below the provider's base URL. */
  path: string;
  /** `thread` names the conversation, where the client does. */
  lower(turn: Turn, dialect: Dialect, scope: WireScope, thread?: string): Lowered;
  /** The body before it is written as text; absent where no forwarded request is compared with it. */
  compose?: Compose;
  decoder(turn: Turn, emit: Emit, scope: WireScope, dialect?: Dialect): Decoder;
}
