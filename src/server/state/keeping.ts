/** What of one request is kept, and what it goes on from. */
import { createHash, randomBytes } from "node:crypto";
import { asShimError, ShimError } from "../../core/errors.ts";
import { expandRequest, memberText, responseOf, withIds } from "../../wires/index.ts";
import type { Encoder, Kept, StoredResponse } from "../../wires/wire.ts";
import type { RequestBody } from "../memory/request-body.ts";
import type { ResponseRecord, Status, Store, StoredEvent } from "../store/store.ts";
import { StoreError } from "../store/store-error.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";
import { cancelledResponse } from "./ended.ts";
import type { Leases } from "./leases.ts";
import { BEGIN_MS, END_MS, within } from "./limits.ts";

/** `failed` takes down what could not be stored. */
type KeepingOptions = { store: Store; leases: Leases; owner: string; failed(detail: string): void };

export interface KeptRequest {
  kept: Kept;
  original: RequestBody; // The body as the client sent it.
  /** JSON texts of the request's own items. */
  input(): readonly string[];
  provider?: string; // The provider that keeps the thread itself.
  previous_nonce?: string; // The nonce of the response that it goes on from.
  known: number; // How many items of the history stand before the request's own.
  expanded: boolean; // The history is put before the request's own items, so that it is kept here.
  unknown?: ShimError; // It refers to what is not known here.
  /** An upstream that keeps responses may know ids that are not known here: there is only one user. */
  trusting: boolean;
  /** Its background run, which stops when another replica has taken it for dead. */
  run?: { stop(): void } | undefined;
}

export class Keeping {
  readonly asked: KeptRequest;
  readonly kept: Kept;
  readonly owner: string;
  isStored = false; // Whether the store knows it by its id.
  private readonly options: KeepingOptions;
  /** Tells this response from every other in the store, whatever ids upstreams give. */
  private readonly nonce = randomBytes(12).toString("hex");
  private begun: { id: string; written: Promise<boolean> } | undefined;
  private ended = false;
  private taken = false; // Its id names another response already, so that nothing of this one may be written.

  constructor(asked: KeptRequest, options: KeepingOptions) {
    this.asked = asked;
    this.kept = asked.kept;
    this.owner = options.owner;
    this.options = options;
  }

  /** Its id names another response, so that the client must not get it. */
  get collided(): boolean {
    return this.taken && !this.isStored;
  }

  /** Whether this candidate keeps the thread itself. Throws where the request can go on only elsewhere. */
  isNative({ dialect, provider }: ModelCandidate): boolean {
    const { provider: keeper, expanded, unknown, trusting } = this.asked;
    if (keeper !== undefined && keeper !== provider.id) throw keptElsewhere(keeper, provider.id);
    const { wires, passthrough } = provider.record;
    const keeps = dialect.keeps_responses && wires.includes("responses") && passthrough !== "never";
    const native = keeper !== undefined || (keeps && !expanded && (!unknown || trusting));
    if (!native && unknown) throw unknown;
    return native;
  }

  /** The text that is forwarded to this candidate. */
  textFor(chosen: ModelCandidate, text: string): string {
    if (this.isNative(chosen)) return this.asked.original.text;
    // What is kept here is not kept there too, where nobody would ever delete it.
    return chosen.dialect.keeps_responses ? expandRequest(text, { store: false }) : text;
  }

  /** Writes the id before the client gets it. Whether it is written. Throws only for background responses. */
  async begin(answer: StoredResponse, provider: string | null = null): Promise<boolean> {
    if (!this.kept.store) return false;
    this.taken = false;
    const { store, leases } = this.options;
    const record = this.record(answer, provider);
    const work = store.begin(record, provider === null ? leases.lease : undefined);
    const failed = (error: unknown): false => {
      this.taken ||= isConflict(error);
      const why = this.taken ? taken(answer.id, error) : error;
      if (this.kept.background) throw why;
      this.failed(why);
      return false;
    };
    const written = within(BEGIN_MS, work).then(() => true, failed);
    this.begun = { id: answer.id, written };
    const began = (this.isStored = await written);
    // A write that was late may be done all the same.
    if (provider === null && !this.taken)
      leases.add({ id: answer.id, owner: this.owner, nonce: this.nonce }, () => this.asked.run?.stop());
    return began;
  }

  /** Stops renewing its lease. */
  release(): void {
    this.options.leases.remove(this.nonce);
  }

  /** Whether it is stored now. Never throws. `foreign`: its ids are an upstream's. */
  async end(answer: StoredResponse, foreign = false): Promise<boolean> {
    if (!this.kept.store || this.ended) return false;
    this.ended = true;
    try {
      // A response that could not be begun is not waited for as long again.
      const began = !this.begun || (await this.begun.written);
      if (this.taken) return false;
      if (foreign) refuseForeignIds(answer);
      return (await within(began ? END_MS : BEGIN_MS, this.write(answer))) !== undefined;
    } catch (error) {
      await this.refused(answer, error);
      return false;
    } finally {
      this.release();
    }
  }

  /** A response that conflicts with another one at its end must not stay in the store as one that runs. */
  private async refused({ id }: StoredResponse, error: unknown): Promise<void> {
    if (!isConflict(error)) return this.failed(error);
    this.taken = true;
    this.failed(taken(id, error));
    if (this.begun) await within(BEGIN_MS, this.options.store.remove(this.owner, id, this.nonce)).catch(() => {});
  }

  failed(error: unknown): void {
    this.options.failed(asShimError(error).message);
  }

  /** The client went away: what had come so far is kept. */
  async leave(answer: StoredResponse | undefined): Promise<void> {
    if (!answer || !this.begun || this.ended || this.kept.background) return;
    await this.end({ ...answer, status: "cancelled", response: cancelledResponse(answer.response) });
  }

  /** The client never got it: another candidate may begin anew. */
  async drop(): Promise<void> {
    const { begun } = this;
    this.begun = undefined;
    if (!begun || this.ended) return;
    this.release();
    try {
      await begun.written;
      await this.options.store.remove(this.owner, begun.id, this.nonce);
    } catch {
      // Its lease is not renewed, so that it ends by itself.
    }
  }

  /** The status that counts; undefined when it was deleted meanwhile. */
  async write(answer: StoredResponse, events: StoredEvent[] = []): Promise<Status | undefined> {
    const { store, owner } = this.options;
    const { id, status, response } = answer;
    if (status === "queued" || status === "in_progress") throw new Error(`${id} has not ended`);
    const gained = this.kept.conversation_id === null ? {} : this.itemsFor(answer);
    if (this.begun) {
      const ending = { status, response, ...gained, ...(events.length > 0 && { events }) };
      const now = await store.end(owner, id, ending, this.nonce);
      if (now !== undefined || (await this.begun.written)) return now;
    }
    await store.begin(this.record(answer, null), undefined, gained);
    return status;
  }

  /** The items that the conversation gains. Upstreams may give items no ids. */
  private itemsFor({ id, output }: StoredResponse): { conversation_items: string[]; conversation_output: string[] } {
    const conversation_items = withIds(this.asked.input(), id);
    return { conversation_items, conversation_output: withIds(output, id, conversation_items.length) };
  }

  private record({ id, status, response }: StoredResponse, provider: string | null): ResponseRecord {
    const { store: _, ...kept } = this.kept;
    const { previous_nonce } = this.asked;
    return {
      ...kept,
      id,
      owner: this.owner,
      status,
      created_at: Math.floor(Date.now() / 1000),
      input: provider === null ? `[${withIds(this.asked.input(), id).join(",")}]` : "[]",
      response: provider === null ? response : requestMark(this.asked.original.text),
      provider,
      nonce: this.nonce,
      ...(previous_nonce !== undefined && { previous_nonce }),
    };
  }
}

function keptElsewhere(keeper: string, provider: string): ShimError {
  const words = `the previous response is kept by \`${keeper}\`, and \`${provider}\`, which serves this model, does not know it; ask for a model of \`${keeper}\`, or send the whole history`;
  return new ShimError("unsupported", words, { param: "previous_response_id" });
}

const isConflict = (error: unknown): boolean => error instanceof StoreError && error.failure === "conflict";

function taken(id: string, cause: unknown): ShimError {
  const words = `the upstream gave the id ${id}, or that of an item, a second time, and it names something else already`;
  return new StoreError("conflict", words, cause);
}

/** All that is kept here of a response that its provider keeps: it identifies the request. */
const requestMark = (text: string): string =>
  JSON.stringify({ request: createHash("sha256").update(text).digest("hex") });

/** An item whose id is formed like those of another response would be found in place of that one's. */
function refuseForeignIds({ id, output }: StoredResponse): void {
  for (const item of output) {
    const item_id = memberText(item, "id");
    const named = item_id === undefined ? undefined : responseOf(item_id.slice(1, -1));
    if (named !== undefined && named !== id) throw new StoreError("conflict", `an item's id names ${named}`);
  }
}

type KeptReply = { end(): Promise<void>; left(): void };

/** Keeps a translated reply at its end, or when the client leaves. In the background its run does that. */
export function keptReply(keeping: Keeping | undefined, encoder: Encoder): KeptReply | undefined {
  if (!keeping?.kept.store || keeping.kept.background || !encoder.kept) return undefined;
  return {
    end: async () => {
      const answer = encoder.kept?.();
      if (answer) encoder.seal?.(await keeping.end(answer));
    },
    left: () => void keeping.leave(encoder.kept?.()),
  };
}
