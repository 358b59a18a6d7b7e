/** Leases of running responses: a replica that renews them lives, and what dead ones ran is ended by the others. */
import type { Lease, RunningResponse, Store } from "../store/store.ts";
import { failedResponse } from "./ended.ts";
import { LEASE_MS, RENEW_MS } from "./limits.ts";

/** The nonce tells apart two responses to which an upstream gave one id. */
type Leased = RunningResponse & { nonce: string };

/** What this replica runs. */
export class Leases {
  private readonly running = new Map<string, { response: Leased; onGone(): void }>();
  private readonly store: Store;
  private readonly replica: string;
  private timer: ReturnType<typeof setInterval> | undefined;
  private renewing = false;

  constructor(store: Store, replica: string) {
    this.store = store;
    this.replica = replica;
  }

  get lease(): Lease {
    return { replica: this.replica, for_ms: LEASE_MS };
  }

  /** Nonces of what runs here, whatever the database's clock makes of its leases. */
  alive(): ReadonlySet<string> {
    return new Set(this.running.keys());
  }

  /** `onGone` is called when the store says that it no longer runs: it was cancelled or deleted. */
  add(response: Leased, onGone: () => void): void {
    this.running.set(response.nonce, { response, onGone });
    this.timer ??= setInterval(() => void this.renew(), RENEW_MS);
  }

  remove(nonce: string): void {
    this.running.delete(nonce);
    if (this.running.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async renew(): Promise<void> {
    if (this.renewing) return;
    this.renewing = true;
    try {
      const running = [...this.running.values()].map(({ response }) => response);
      for (const { nonce = "" } of await this.store.renew(this.replica, running, LEASE_MS)) {
        const onGone = this.running.get(nonce)?.onGone;
        this.remove(nonce);
        onGone?.();
      }
    } catch {
      // The store is down: the lease may expire, and whoever ends a response then gets an error.
    } finally {
      this.renewing = false;
    }
  }
}

const INEXACT_MS = 1500; // The database's reply takes time on its way, so that two clocks may seem so far apart.
const SLEWED = 0.001; // A clock that is being slewed runs wrong by no more than this share.
/** The clocks are compared at least this often: a jump must not hide in what a slewed clock may lose. */
const COMPARE_MS = 60_000;
const LONGEST_MS = 2 * LEASE_MS; // No lease ends later.

/**
 * Ends what dead replicas ran. Leases are times by the database's clock, which somebody may set: so it is compared with
 * this process's own, and after a jump every replica has the time of a lease to renew what it runs.
 */
export class Reaper {
  private readonly store: Store;
  private readonly leases: Leases;
  private readonly now: () => number;
  private readonly timer: ReturnType<typeof setInterval>;
  /** The last comparison. */
  private seen: { database_ms: number; own_ms: number } | undefined;
  private until_ms = Number.NEGATIVE_INFINITY; // Until then no replica is taken for dead.

  /** `now` counts milliseconds, and is never set. */
  constructor(store: Store, leases: Leases, now: () => number = () => performance.now()) {
    this.store = store;
    this.leases = leases;
    this.now = now;
    const compare = (): void => void this.compare().catch(() => {});
    compare();
    this.timer = setInterval(compare, COMPARE_MS);
    this.timer.unref();
  }

  async reap(): Promise<void> {
    await this.compare();
    if (this.now() < this.until_ms) return;
    const failed = (before: string): string => failedResponse(before, "the server that ran it is gone");
    await this.store.reap(failed, { alive: this.leases.alive(), longest_ms: LONGEST_MS });
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async compare(): Promise<void> {
    const before_ms = this.now();
    const database_ms = await this.store.clock();
    const own_ms = this.now();
    const { seen } = this;
    this.seen = { database_ms, own_ms };
    if (!seen) return;
    const passed_ms = own_ms - seen.own_ms;
    const apart_ms = Math.abs(database_ms - seen.database_ms - passed_ms);
    if (apart_ms > INEXACT_MS + (own_ms - before_ms) + passed_ms * SLEWED) this.until_ms = own_ms + LEASE_MS;
  }
}
