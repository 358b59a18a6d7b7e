/** Makes of a lifted request what one candidate is sent. Pure, but for the notes of what was left out. */
import { promptCharacters } from "../../core/estimate.ts";
import type { ShimError } from "../../core/errors.ts";
import type { TakeNote } from "../../core/notes.ts";
import type { Ignored, Turn } from "../../core/turn.ts";
import type { Exchange, WireScope, UpstreamWire } from "../../wires/wire.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";
import type { UpstreamRequest } from "./attempts.ts";
import { changedTurn } from "./light-turn.ts";
import { payloadOf } from "./payload.ts";
import type { RequestScope } from "./scope.ts";
import { longestRest, PROMPT_MARGIN, Shortening } from "./shortening.ts";
import { translatorOf } from "./ways.ts";

/** With the text of its request, which nothing needs once it has been sent. */
interface Ready {
  readonly prepared: Prepared;
  readonly text: string;
}

/** What one candidate is sent. */
export interface Prepared {
  readonly request: UpstreamRequest;
  /** Characters of the prompt, without images. */
  readonly prompt_characters: number;
  /** The turn that is sent: its history may be shorter than the client's. */
  readonly turn: Turn;
}

export class Preparation {
  readonly candidate: ModelCandidate;
  private readonly upstream: UpstreamWire;
  private readonly exchange: Exchange;
  private readonly around: WireScope;
  /** Characters a token. */
  private readonly ratio: number;
  private readonly limit: FittingLimit | undefined;
  private readonly shortening = new Shortening();

  /** For the current candidate. */
  constructor({ candidates, incoming, gateway }: RequestScope, exchange: Exchange, around: WireScope) {
    const candidate = candidates.current;
    const upstream = translatorOf(candidate, incoming.wire.forward?.wire);
    if (!upstream) throw new Error(`${candidate.provider.id} has no wire to translate to`);
    this.candidate = candidate;
    this.upstream = upstream;
    this.exchange = exchange;
    this.around = around;
    const { calibration } = gateway.prompts;
    const key = `${candidate.provider.id}/${candidate.model}`;
    this.ratio = calibration.ratio(key);
    const tokens = calibration.estimate(key, incoming.body.characters);
    const most = exchange.shortens ? longestRest(candidate.info.context_window) : Infinity;
    this.limit = fittingLimit(exchange.turn.settings.max_output_tokens, Math.min(tokens, most), candidate);
  }

  /** The whole request, or as much of its history as fits by what is known of the window. */
  prepare(): Ready {
    const { candidate, limit, exchange } = this;
    const lifted = exchange.turn;
    const settings = { ...lifted.settings, ...(limit && { max_output_tokens: limit.max_output_tokens }) };
    const whole = this.lower(changedTurn(lifted, { model: candidate.model, settings }), this.around.note);
    return exchange.shortens ? this.fitting(whole) : whole;
  }

  /** After an error that says that the prompt is too long; undefined where nothing more can be left out. */
  shorter({ turn, prompt_characters }: Prepared, error: ShimError): Prepared | undefined {
    return this.without(turn, this.shortening.shorter(turn, prompt_characters, error))?.prepared;
  }

  private fitting(ready: Ready): Ready {
    const { turn, prompt_characters } = ready.prepared;
    const { context_window } = this.candidate.info;
    const shorter = this.without(turn, this.shortening.fitting(turn, prompt_characters, context_window, this.ratio));
    return shorter ? this.fitting(shorter) : ready;
  }

  private without(before: Turn, turn: Turn | undefined): Ready | undefined {
    if (!turn) return undefined;
    this.around.note("history_shortened", `${before.items.length - turn.items.length} items`);
    // What lowering the history notes was noted when it was lowered first.
    return this.lower(turn, () => {});
  }

  private lower(turn: Turn, note: TakeNote): Ready {
    const { candidate, upstream, around, exchange, limit, shortening } = this;
    const { body, headers, prompt_end, ignored, effort } = upstream.lower(
      turn,
      candidate.dialect,
      { ...around, note },
      exchange.thread,
    );
    const request: UpstreamRequest = {
      candidate,
      upstream,
      path: upstream.path,
      headers,
      forwarded: false,
      payload: payloadOf(body),
      prompt_end,
      ignored: [...turn.ignored, ...(limit ? [limit.ignored] : []), ...shortening.ignored, ...ignored],
      effort,
    };
    return { prepared: { turn, request, prompt_characters: promptCharacters(body, prompt_end) }, text: body };
  }
}

/** With less than this no output makes sense: then the upstream says that the prompt is too long. */
const LEAST_OUTPUT = 1024;

interface FittingLimit {
  max_output_tokens: number;
  ignored: Ignored;
}

/**
 * No more tokens are requested than the window leaves: agents request what their own models give, and upstreams refuse a
 * sum that is too large, though the reply would have been short. Undefined where the limit fits.
 */
function fittingLimit(
  limit: number | undefined,
  prompt_tokens: number,
  candidate: ModelCandidate,
): FittingLimit | undefined {
  if (limit === undefined) return undefined;
  const { context_window = Infinity } = candidate.info;
  const rest = context_window - Math.ceil(prompt_tokens * PROMPT_MARGIN);
  const most = Math.min(candidate.dialect.max_output_tokens || Infinity, Math.max(rest, LEAST_OUTPUT));
  if (limit <= most) return undefined;
  const why = `the model's window and limits leave ${most} tokens for the answer`;
  return { max_output_tokens: most, ignored: { field: "max_output_tokens", what: String(limit), why } };
}
