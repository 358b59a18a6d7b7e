/** Responses that run by themselves: the client gets an id at once, and comes back for the rest. */
import { asShimError, ShimError } from "../../core/errors.ts";
import type { Incoming } from "../relay/incoming.ts";
import type { Store } from "../store/store.ts";
import { ownerOf } from "./owner.ts";
import { Run } from "./run.ts";

/** Asks a model; what `answer` of the gateway does. */
export type Ask = (incoming: Incoming) => Promise<Response>;

const COME_BACK_MS = 5000;

const keyOf = (owner: string, id: string): string => `${owner} ${id}`;

export class Background {
  /** By owner and id. */
  private readonly runs = new Map<string, Run>();
  private readonly store: Store;
  private readonly most: number;
  private starting = 0;
  private ending = false;

  constructor(store: Store, most: number) {
    this.store = store;
    this.most = most;
  }

  /** That of this replica, while it runs. */
  find(owner: string, id: string): Run | undefined {
    return this.runs.get(keyOf(owner, id));
  }

  /** The answer that the client gets at once. Hosts that keep responses themselves run it themselves. */
  async start(incoming: Incoming, stream: boolean, ask: Ask): Promise<Response> {
    this.enter();
    const run = new Run(this.store, stream);
    try {
      const reply = await ask({ ...incoming, signal: run.signal, run });
      if (!run.encoder) {
        const leave = (): void => run.stop();
        if (incoming.signal.aborted) leave();
        else incoming.signal.addEventListener("abort", leave, { once: true });
        return reply;
      }
      const { id } = run.encoder.kept?.() ?? { id: "" };
      const key = keyOf(ownerOf(incoming), id);
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

  /** Waits for those that run; what has not ended then has failed. */
  async drain(ms: number): Promise<void> {
    this.ending = true;
    const all = [...this.runs.values()];
    if (all.length === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([Promise.all(all.map(({ done }) => done)), late]);
    clearTimeout(timer);
    await Promise.all(
      [...this.runs.values()].map((run) => run.fail("the server was stopped before the answer was complete")),
    );
  }

  private enter(): void {
    if (this.ending)
      throw new ShimError("overloaded", "this server is being stopped", { retry_after_ms: COME_BACK_MS });
    if (this.runs.size + this.starting >= this.most)
      throw new ShimError("overloaded", `${this.most} responses are running in the background already`, {
        retry_after_ms: COME_BACK_MS,
      });
    this.starting++;
  }
}
