/** What this replica runs and has promised to end: as long as it renews, the others know that it lives. */
import type { Lease, RunningResponse, Store } from "../store/store.ts";
import { LEASE_MS, RENEW_MS } from "./limits.ts";

/** Its nonce is what it is known by: an upstream may give one id to two of them. */
export type Leased = RunningResponse & { nonce: string };

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

  /** What runs here, by its nonces: no clock can tell that it is dead. */
  alive(): ReadonlySet<string> {
    return new Set(this.running.keys());
  }

  /** `onGone` is told when it runs no longer by the store's word: it was cancelled or deleted. */
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
      // The store is down: the lease may pass, and whoever ends a response then is told so.
    } finally {
      this.renewing = false;
    }
  }
}
