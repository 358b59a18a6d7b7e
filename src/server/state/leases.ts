/** What this replica runs and has promised to end: as long as it renews, the others know that it lives. */
import type { Lease, Store } from "../store/store.ts";
import { LEASE_MS, RENEW_MS } from "./limits.ts";

export class Leases {
  private readonly running = new Map<string, () => void>();
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

  /** `onGone` is told when it runs no longer by the store's word: it was cancelled or deleted. */
  add(id: string, onGone: () => void): void {
    this.running.set(id, onGone);
    this.timer ??= setInterval(() => void this.renew(), RENEW_MS);
  }

  remove(id: string): void {
    this.running.delete(id);
    if (this.running.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async renew(): Promise<void> {
    if (this.renewing) return;
    this.renewing = true;
    try {
      for (const id of await this.store.renew(this.replica, [...this.running.keys()], LEASE_MS)) {
        const onGone = this.running.get(id);
        this.remove(id);
        onGone?.();
      }
    } catch {
      // The store is down: the lease may pass, and whoever ends a response then is told so.
    } finally {
      this.renewing = false;
    }
  }
}
