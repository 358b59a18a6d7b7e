/** What the store could not do. Its words reach the client, so they name no file and no password. */
import { ShimError } from "../../core/errors.ts";

const KINDS = {
  /** Locked, unreachable, too slow: it may pass. Whether it was written is then not known. */
  unavailable: "overloaded",
  /** There is such an id already: one that an upstream gives, since those that are made here are given once. */
  conflict: "upstream_protocol",
  /** A full disk, a broken file, no permission: it stays until somebody acts, and then the same request succeeds. */
  broken: "overloaded",
} as const;

export type StoreFailure = keyof typeof KINDS;

export class StoreError extends ShimError {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string, cause?: unknown) {
    super(KINDS[failure], message, { cause });
    this.name = "StoreError";
    this.failure = failure;
  }
}

/** Whether the store itself has failed: not what an upstream's ids have made of it. */
export function isStoreTrouble(error: unknown): boolean {
  return error instanceof StoreError && error.failure !== "conflict";
}
