/** Who may ask what: the clients' keys, and what each of them is for. */
import { isLoopback } from "../../core/addresses.ts";
import { ShimError } from "../../core/errors.ts";
import { KeyRing, mayAsk, presentedKeys, type ClientKey } from "./client-keys.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Who sent a request. */
export interface Caller {
  /** Name of its key; undefined where no keys are asked for. */
  name: string | undefined;
  /** Whose things are whose: no later key of the same name has it. Absent where no keys are asked for. */
  id?: string;
  /** Whether this name is one that it may ask for. */
  may(model: string): boolean;
  /** Throws a ShimError for a model that it may not ask. */
  allow(model: string): void;
  /** The same, and when it asks too often. One call a request. */
  ask(model: string): void;
  /** It may see what all clients do: metrics, upstreams. */
  sees_all: boolean;
  /** It may ask for some models alone, and so for nothing that reaches beyond them (see reach.ts). */
  bound?: boolean;
}

/** Where no keys are asked for, everybody on this machine is the user. */
export const ANYBODY: Caller = { name: undefined, may: () => true, allow: () => {}, ask: () => {}, sees_all: true };

export class Access {
  /** Once keys are asked for, they are until the end: a file that is lost must not open the door. */
  private required: boolean;
  private readonly ring: KeyRing;
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly now: () => number;

  /** `required`: also when there are none, for a server that other machines reach. `now` counts milliseconds. */
  constructor(keys: readonly ClientKey[], required: boolean, now: () => number) {
    this.ring = new KeyRing(keys);
    this.required = required || keys.length > 0;
    this.now = now;
  }

  get asksForKeys(): boolean {
    return this.required;
  }

  /** New keys count for new requests. None left: nobody gets in. */
  replace(keys: readonly ClientKey[]): void {
    this.ring.replace(keys);
    this.required ||= keys.length > 0;
    const there = new Set(keys.map(({ sha256 }) => sha256));
    for (const hash of this.buckets.keys()) if (!there.has(hash)) this.buckets.delete(hash);
  }

  /** Throws a ShimError `authentication` for who has no key that is known. */
  caller(headers: Headers): Caller {
    if (!this.required) return ANYBODY;
    const presented = presentedKeys(headers);
    if (presented.length === 0)
      throw new ShimError("authentication", `juscode-shim asks for a key here; ${HOW}`, { param: "authorization" });
    const key = this.find(presented);
    if (key) return this.callerOf(key);
    throw unknownKey();
  }

  /** Whether no key is asked for, or a known one is there. Never throws. */
  knows(headers: Headers): boolean {
    return !this.required || this.find(presentedKeys(headers)) !== undefined;
  }

  /** For what strangers may see a little of; never throws. */
  seesAll(headers: Headers): boolean {
    if (!this.required) return true;
    return this.find(presentedKeys(headers))?.use === "metrics";
  }

  private find(presented: readonly string[]): ClientKey | undefined {
    return presented.map((key) => this.ring.find(key)).find((key) => key !== undefined);
  }

  private callerOf(key: ClientKey): Caller {
    const allow = (model: string): void => {
      if (!mayAsk(key, model)) throw refused(key, model);
    };
    return {
      name: key.name,
      id: key.sha256,
      sees_all: key.use === "metrics",
      bound: key.models !== undefined && !key.models.includes("*"),
      may: (model) => mayAsk(key, model),
      allow,
      ask: (model) => {
        allow(model);
        this.limit(key);
      },
    };
  }

  private limit(key: ClientKey): void {
    if (key.rpm === undefined) return;
    const known = this.buckets.get(key.sha256);
    const bucket = known?.rpm === key.rpm ? known : new TokenBucket(key.rpm, this.now());
    this.buckets.set(key.sha256, bucket);
    const retry_after_ms = bucket.take(this.now());
    if (retry_after_ms === 0) return;
    throw new ShimError(
      "rate_limited",
      `the key \`${key.name}\` may send ${key.rpm} ${key.rpm === 1 ? "request" : "requests"} a minute, and has (juscode-shim key add --rpm)`,
      { retry_after_ms },
    );
  }
}

export function unknownKey(): ShimError {
  return new ShimError("authentication", `juscode-shim does not know this key; ${HOW}`, { param: "authorization" });
}

const HOW =
  "send one as `Authorization: Bearer KEY`, `x-api-key` or `api-key`; whoever runs it makes one by: juscode-shim key add NAME";

function refused({ name, use, models }: ClientKey, model: string): ShimError {
  const why =
    use === "metrics"
      ? "is for metrics, and asks no model"
      : `may not ask for \`${model}\`; it may ask for ${models?.join(", ") ?? "none"}`;
  return new ShimError("permission", `the key \`${name}\` ${why}`, { param: "model" });
}

/** What is wrong with listening there; undefined when nothing is. Strangers are kept out by keys alone. */
export function listenProblem(host: string, keys: number): { message: string; fix: string } | undefined {
  if (isLoopback(host) || keys > 0) return undefined;
  return {
    message: `${host} would let other machines in, and there are no keys to keep strangers out`,
    fix: "make one first: juscode-shim key add NAME; or listen on 127.0.0.1 and reach it through an SSH tunnel",
  };
}
