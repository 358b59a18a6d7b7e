/** What of one request is kept, and what it goes on from. */
import { createHash, randomBytes } from "node:crypto";
import { asShimError, ShimError } from "../../core/errors.ts";
import { textWithoutToolSecrets } from "../../core/tool-secrets.ts";
import { expandRequest, memberText, outputTexts, responseOf, withIds, withMembers } from "../../wires/index.ts";
import type { Encoder, Kept, KeptAnswer } from "../../wires/wire.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import type { KeptReply } from "../relay/pump.ts";
import type { RequestBody } from "../memory/request-body.ts";
import type { ResponseRecord, Status, Store } from "../store/store.ts";
import { StoreError } from "../store/store-error.ts";
import type { Leases } from "./leases.ts";
import { BEGIN_MS, END_MS, within } from "./limits.ts";

interface Kit {
  store: Store;
  leases: Leases;
  owner: string;
  /** Told of what could not be stored. */
  failed(detail: string): void;
}

export interface Asked {
  kept: Kept;
  /** The body as the client sent it. */
  original: RequestBody;
  /** JSON texts of the request's own items. */
  input(): readonly string[];
  /** The provider that keeps the thread itself. */
  provider?: string;
  /** The nonce of the response that it goes on from. */
  previous_nonce?: string;
  /** How many items of the history stand before the request's own. */
  known: number;
  /** The history is put before the request's own items, so that it is kept here. */
  expanded: boolean;
  /** It refers to what is not known here. */
  unknown?: ShimError;
  /** Ids that are not known here may be known to a host that keeps responses: there is one user alone. */
  trusting: boolean;
  /** It runs in the background: stopped when another replica has taken it for dead. */
  run?: { stop(): void } | undefined;
}

export class Keeping {
  readonly asked: Asked;
  private readonly kit: Kit;
  /** By it the store knows this response from every other, whatever ids upstreams give. */
  private readonly nonce = randomBytes(12).toString("hex");
  private begun: { id: string; written: Promise<boolean> } | undefined;
  private ended = false;
  /** Its id names another response already, so that nothing of this one may be written. */
  private taken = false;
  private known = false;

  constructor(asked: Asked, kit: Kit) {
    this.asked = asked;
    this.kit = kit;
  }

  get kept(): Kept {
    return this.asked.kept;
  }

  get owner(): string {
    return this.kit.owner;
  }

  /** Whether the store knows it by its id. */
  get isStored(): boolean {
    return this.known;
  }

  /** Whether it must not be told by its id, which names another response. */
  get collided(): boolean {
    return this.taken && !this.known;
  }

  /** Whether this candidate keeps the thread itself. Throws where the request can go on nowhere but elsewhere. */
  isNative({ dialect, provider }: Chosen): boolean {
    const { provider: keeper, expanded, unknown, trusting } = this.asked;
    if (keeper !== undefined && keeper !== provider.id)
      throw new ShimError(
        "unsupported",
        `the previous response is kept by \`${keeper}\`, and \`${provider.id}\`, which serves this model, does not know it; ask for a model of \`${keeper}\`, or send the whole history`,
        { param: "previous_response_id" },
      );
    const keeps =
      dialect.keeps_responses && provider.record.wires.includes("responses") && provider.record.passthrough !== "never";
    const native = keeper !== undefined || (keeps && !expanded && (!unknown || trusting));
    if (!native && unknown) throw unknown;
    return native;
  }

  /** What is handed on to this candidate. */
  textFor(chosen: Chosen, text: string): string {
    if (this.isNative(chosen)) return this.asked.original.text;
    // What is kept here is not kept there as well, where nobody would ever delete it.
    return chosen.dialect.keeps_responses ? expandRequest(text, { store: false }) : text;
  }

  /**
   * The id is written before it is told. Whether it is. Throws only where nothing can be done without it: in the
   * background.
   */
  async begin(answer: KeptAnswer, provider: string | null = null): Promise<boolean> {
    if (!this.kept.store) return false;
    this.taken = false;
    const { store, leases } = this.kit;
    const record = this.record(answer, provider);
    const work = store.begin(record, provider === null ? leases.lease : undefined);
    const written = within(BEGIN_MS, work).then(
      () => true,
      (error: unknown) => {
        this.taken ||= isConflict(error);
        if (this.kept.background) throw this.taken ? taken(answer.id, error) : error;
        this.failed(this.taken ? taken(answer.id, error) : error);
        return false;
      },
    );
    this.begun = { id: answer.id, written };
    const began = (this.known = await written);
    // One that was not answered in time may be written all the same.
    if (provider === null && !this.taken)
      leases.add({ id: answer.id, owner: this.owner, nonce: this.nonce }, () => this.asked.run?.stop());
    return began;
  }

  /** Its lease is renewed no longer. */
  release(): void {
    this.kit.leases.remove(this.nonce);
  }

  /** Whether it is stored now. Never fails. `foreign`: its ids are an upstream's. */
  async end(answer: KeptAnswer, { foreign = false }: { foreign?: boolean } = {}): Promise<boolean> {
    if (!this.kept.store || this.ended) return false;
    this.ended = true;
    try {
      // One that could not be begun is not waited for again as long.
      const began = !this.begun || (await this.begun.written);
      if (this.taken) return false;
      if (foreign) refuseForeignNames(answer);
      return (await within(began ? END_MS : BEGIN_MS, this.write(answer))) !== undefined;
    } catch (error) {
      await this.refused(answer, error);
      return false;
    } finally {
      this.release();
    }
  }

  /** What was begun, and cannot end since something of it names something else, does not stay as one that runs. */
  private async refused({ id }: KeptAnswer, error: unknown): Promise<void> {
    if (!isConflict(error)) return this.failed(error);
    this.taken = true;
    this.failed(taken(id, error));
    if (this.begun) await within(BEGIN_MS, this.kit.store.remove(this.owner, id, this.nonce)).catch(() => {});
  }

  failed(error: unknown): void {
    this.kit.failed(asShimError(error).message);
  }

  /** The client went away: what had come so far is kept. */
  async leave(answer: KeptAnswer | undefined): Promise<void> {
    if (!answer || !this.begun || this.ended || this.kept.background) return;
    await this.end({
      ...answer,
      status: "cancelled",
      response: withMembers(answer.response, { status: '"cancelled"' }),
    });
  }

  /** It was never told: another candidate may begin anew. */
  async drop(): Promise<void> {
    const { begun } = this;
    this.begun = undefined;
    if (!begun || this.ended) return;
    this.release();
    try {
      await begun.written;
      await this.kit.store.remove(this.owner, begun.id, this.nonce);
    } catch {
      // Its lease is not renewed, so that it ends by itself.
    }
  }

  /** The status that counts; undefined when it was deleted meanwhile. */
  async write(
    answer: KeptAnswer,
    events: { sequence_number: number; data: string }[] = [],
  ): Promise<Status | undefined> {
    const { store, owner } = this.kit;
    const { id, status, response } = answer;
    if (status === "queued" || status === "in_progress") throw new Error(`${id} has not ended`);
    const gained = this.kept.conversation_id === null ? {} : this.gainedBy(answer);
    if (this.begun) {
      const ending = { status, response, ...gained, ...(events.length > 0 && { events }) };
      const now = await store.end(owner, id, ending, this.nonce);
      if (now !== undefined || (await this.begun.written)) return now;
    }
    await store.begin(this.record(answer, null), undefined, gained);
    return status;
  }

  /** What the conversation gains. Upstreams may give items no ids. */
  private gainedBy({ id, output }: KeptAnswer): { conversation_items: string[]; conversation_output: string[] } {
    const conversation_items = this.inputOf(id);
    return { conversation_items, conversation_output: withIds(output, id, conversation_items.length) };
  }

  private inputOf(id: string): string[] {
    return withIds(this.asked.input(), id);
  }

  private record({ id, status, response }: KeptAnswer, provider: string | null): ResponseRecord {
    const { previous_response_id, conversation_id, background } = this.kept;
    const { previous_nonce } = this.asked;
    return {
      id,
      owner: this.owner,
      status,
      created_at: Math.floor(Date.now() / 1000),
      previous_response_id,
      conversation_id,
      background,
      input: provider === null ? `[${this.inputOf(id).join(",")}]` : "[]",
      response: provider === null ? response : requestMark(this.asked.original.text),
      provider,
      nonce: this.nonce,
      ...(previous_nonce !== undefined && { previous_nonce }),
    };
  }
}

const isConflict = (error: unknown): boolean => error instanceof StoreError && error.failure === "conflict";

/** In the words of the log and of a warning. */
function taken(id: string, cause: unknown): ShimError {
  const words = `the upstream gave the id ${id}, or that of an item, a second time, and it names something else already`;
  return new StoreError("conflict", words, cause);
}

/** Of a response that its provider keeps, this alone is kept here: by it an answer to the same request is known. */
function requestMark(text: string): string {
  return JSON.stringify({ request: createHash("sha256").update(text).digest("hex") });
}

/** An item whose id is made as those of another response are would be found in place of that one's. */
function refuseForeignNames({ id, output }: KeptAnswer): void {
  for (const item of output) {
    const item_id = memberText(item, "id");
    const named = item_id === undefined ? undefined : responseOf(item_id.slice(1, -1));
    if (named !== undefined && named !== id) throw new StoreError("conflict", `an item's id names ${named}`);
  }
}

/** The answer of a host that was handed the request on, as it is kept here. */
export function forwardedAnswer(response: string, kept: Kept): KeptAnswer | undefined {
  const { id, status } = JSON.parse(response) as { id?: unknown; status?: KeptAnswer["status"] };
  if (typeof id !== "string" || id === "") return undefined;
  // Not every host takes out of its echo what was given for the servers of tools.
  const tools = memberText(response, "tools");
  const told = withMembers(response, {
    ...(tools !== undefined && { tools: textWithoutToolSecrets(tools) }),
    store: "true",
    previous_response_id: JSON.stringify(kept.previous_response_id),
    ...(kept.conversation_id !== null && { conversation: JSON.stringify({ id: kept.conversation_id }) }),
  });
  return { id, status: status ?? "completed", response: told, output: outputTexts(told) };
}

/** What the pump tells of an answer that is kept. In the background its run sees to that. */
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
