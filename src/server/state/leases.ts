/** The responses that this replica runs: as long as it renews their leases, the others know that it lives. */
import type { Lease, RunningResponse, Store } from "../store/store.ts";
import { LEASE_MS, RENEW_MS } from "./limits.ts";

/** The nonce tells apart two responses to which an upstream gave one id. */
type Leased = RunningResponse & { nonce: string };

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
