/** Responses that run in the background: the client gets an id at once, and comes back for the rest. */
import { asShimError, ShimError } from "../../core/errors.ts";
import type { Store } from "../store/store.ts";
import { within } from "./limits.ts";
import { ownerOf } from "./owner.ts";
import { Run } from "./run.ts";

type BackgroundRequest = { signal: AbortSignal; caller?: { id?: string }; run?: Run };

const COME_BACK_MS = 5000;

const keyOf = (owner: string, id: string): string => `${owner} ${id}`;

export class Background {
  private readonly runs = new Map<string, Run>(); // By owner and id.
  private readonly store: Store;
  private readonly most: number;
  private starting = 0;
  private ending = false;

  constructor(store: Store, most: number) {
    this.store = store;
    this.most = most;
  }

  /** The run of this response, while this replica runs it. */
  find(owner: string, id: string): Run | undefined {
    return this.runs.get(keyOf(owner, id));
  }

  /** The response that the client gets at once. Upstreams that keep responses themselves run it themselves. */
  async start<Request extends BackgroundRequest>(
    request: Request,
    stream: boolean,
    send: (request: Request) => Promise<Response>,
  ): Promise<Response> {
    this.enter();
    const run = new Run(this.store, stream);
    try {
      const reply = await send({ ...request, signal: run.signal, run });
      if (!run.encoder) {
        const leave = (): void => run.stop();
        if (request.signal.aborted) leave();
        else request.signal.addEventListener("abort", leave, { once: true });
        return reply;
      }
      const key = keyOf(ownerOf(request), run.encoder.kept?.().id ?? "");
      this.runs.set(key, run);
      void run.done.finally(() => {
        this.runs.delete(key);
        run.keeping?.release();
      });
      return await run.follow(reply);
    } catch (thrown) {
      run.stop();
      throw asShimError(thrown);
    } finally {
      this.starting--;
    }
  }

  /** Waits for what runs; what has not ended by then has failed. */
  async drain(ms: number): Promise<void> {
    this.ending = true;
    const all = [...this.runs.values()];
    if (all.length === 0) return;
    await within(ms, Promise.all(all.map(({ done }) => done))).catch(() => {});
    const left = [...this.runs.values()];
    await Promise.all(left.map((run) => run.fail("the server was stopped before the response was complete")));
  }

  private enter(): void {
    const full = this.runs.size + this.starting >= this.most;
    const words = full && `${this.most} responses are running in the background already`;
    const why = this.ending ? "this server is shutting down" : words;
    if (why !== false) throw new ShimError("overloaded", why, { retry_after_ms: COME_BACK_MS });
    this.starting++;
  }
}
