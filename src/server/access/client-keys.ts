/**
 * Keys of clients. Only their hashes are kept: a plain SHA-256 is enough, since a key is 256 random bits and cannot be
 * guessed. A slow hash would cost time on each request and add nothing.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export interface ClientKey {
  /** For people: in the log, in metrics, on the command line. */
  name: string;
  /** SHA-256 of the key, in hexadecimal digits. */
  sha256: string;
  /** A key for `metrics` reads /metrics and all of /health, and no model. */
  use: "models" | "metrics";
  /** Names of models that it may use; absent for all. */
  models?: readonly string[] | undefined;
  /** Requests a minute; absent for no limit. */
  rpm?: number | undefined;
  /** ISO 8601. */
  created_at: string;
}

/** Tells scanners of repositories, and people, what they have found. */
const PREFIX = "jsk_";

export function newKey(): string {
  return PREFIX + randomBytes(32).toString("base64url");
}

export function sha256(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

/** The keys that count now. */
export class KeyRing {
  private entries: readonly { key: ClientKey; hash: Buffer }[] = [];

  constructor(keys: readonly ClientKey[] = []) {
    this.replace(keys);
  }

  replace(keys: readonly ClientKey[]): void {
    this.entries = keys.map((key) => ({ key, hash: Buffer.from(key.sha256, "hex") }));
  }

  /** Takes as long for a wrong key as for a right one, and for the first as for the last. */
  find(presented: string): ClientKey | undefined {
    const hash = sha256(presented);
    let found: ClientKey | undefined;
    for (const entry of this.entries) if (timingSafeEqual(entry.hash, hash)) found = entry.key;
    return found;
  }
}

/** From all headers where agents put keys: some send an account's token in one and ours in another. */
export function presentedKeys(headers: Headers): string[] {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(headers.get("authorization") ?? "")?.[1];
  const others = [headers.get("x-api-key"), headers.get("api-key")].map((each) => each?.trim());
  return [bearer, ...others].filter((key): key is string => key !== undefined && key !== "");
}

/** Names match without regard to case; a `*` at the end stands for any rest. */
export function mayAsk({ use, models }: ClientKey, model: string): boolean {
  if (use !== "models") return false;
  if (!models) return true;
  const asked = model.toLowerCase();
  return models.some((each) => {
    const allowed = each.toLowerCase();
    return allowed.endsWith("*") ? asked.startsWith(allowed.slice(0, -1)) : asked === allowed;
  });
}
