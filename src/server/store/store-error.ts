/** A failure of the store. Its message reaches the client, so it names no file and no password. */
import { ShimError } from "../../core/errors.ts";

const KINDS = {
  /** Locked, unreachable, too slow: it may pass. Whether anything was written is then not known. */
  unavailable: "overloaded",
  /** The id is there already: an upstream gave it, since ids that are made here are unique. */
  conflict: "upstream_protocol",
  /** A full disk, a broken file, no permission: it stays until somebody acts, and then the same request succeeds. */
  broken: "overloaded",
} as const;

type StoreFailure = keyof typeof KINDS;

export class StoreError extends ShimError {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string, cause?: unknown) {
    super(KINDS[failure], message, { cause });
    this.name = "StoreError";
    this.failure = failure;
  }
}

/** Whether the store itself has failed, unlike a conflict, which an upstream's ids cause. */
export function isStoreTrouble(error: unknown): error is StoreError {
  return error instanceof StoreError && error.failure !== "conflict";
}
