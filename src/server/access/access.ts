/** The clients' keys, and what each of them may do. */
import { isLoopback } from "../../core/addresses.ts";
import { ShimError } from "../../core/errors.ts";
import { KeyRing, mayAsk, presentedKeys, type ClientKey } from "./client-keys.ts";

/** The client that sent a request. */
export interface Caller {
  /** Name of its key; undefined where no keys are required. */
  name: string | undefined;
  /** Owner of what is stored for it; no later key of the same name has this id. Absent where no keys are required. */
  id?: string;
  /** Whether it may use the model of this name. */
  may(model: string): boolean;
  /** Throws a ShimError for a model that it may not use. */
  allow(model: string): void;
  /** Like `allow`, and also throws when the key's rate limit is reached. To be called once a request. */
  ask(model: string): void;
  /** It may see what all clients do: metrics, upstreams. */
  sees_all: boolean;
  /** It may use some models only, and so nothing that reaches beyond them (see reach.ts). */
  bound?: boolean;
}

/** Where no keys are required, everybody on this machine is the user. */
const ANYBODY: Caller = { name: undefined, may: () => true, allow: () => {}, ask: () => {}, sees_all: true };

export class Access {
  /** Once keys are required, they are until the end: a file that is lost must not let everybody in. */
  private required: boolean;
  private readonly ring: KeyRing;
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly now: () => number;

  /** `required`: also when there are no keys, for a server that other machines reach. `now` counts milliseconds. */
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

  /** Throws a ShimError `authentication` where no known key is presented. */
  caller(headers: Headers): Caller {
    if (!this.required) return ANYBODY;
    const presented = presentedKeys(headers);
    if (presented.length === 0)
      throw new ShimError("authentication", `juscode-shim asks for a key here; ${HOW}`, { param: "authorization" });
    const key = this.find(presented);
    if (!key) throw unknownKey();
    const may = (model: string): boolean => mayAsk(key, model);
    const allow = (model: string): void => {
      if (!may(model)) throw refused(key, model);
    };
    const ask = (model: string): void => {
      allow(model);
      this.limit(key);
    };
    const bound = key.models !== undefined && !key.models.includes("*");
    return { name: key.name, id: key.sha256, sees_all: key.use === "metrics", bound, may, allow, ask };
  }

  /** Whether no key is required, or a known one is presented. Never throws. */
  knows(headers: Headers): boolean {
    return !this.required || this.find(presentedKeys(headers)) !== undefined;
  }

  /** For what strangers may see a little of; never throws. */
  seesAll(headers: Headers): boolean {
    return !this.required || this.find(presentedKeys(headers))?.use === "metrics";
  }

  private find(presented: readonly string[]): ClientKey | undefined {
    return presented.map((key) => this.ring.find(key)).find((key) => key !== undefined);
  }

  private limit({ name, sha256, rpm }: ClientKey): void {
    if (rpm === undefined) return;
    const known = this.buckets.get(sha256);
    const bucket = known?.rpm === rpm ? known : new TokenBucket(rpm, this.now());
    this.buckets.set(sha256, bucket);
    const retry_after_ms = bucket.take(this.now());
    if (retry_after_ms === 0) return;
    const message = `rate limit for key \`${name}\` reached (${rpm}/min); retry in ${Math.ceil(retry_after_ms / 1000)} s`;
    throw new ShimError("rate_limited", message, { retry_after_ms });
  }
}

const MINUTE_MS = 60_000;

/** A limit of so many a minute: that many at once, and then one each time a share of the minute has passed. */
export class TokenBucket {
  readonly rpm: number;
  /** In shares of which a request takes `MINUTE_MS`, so that whole milliseconds give whole numbers. */
  private level: number;
  private at_ms: number;

  constructor(rpm: number, now_ms: number) {
    this.rpm = rpm;
    this.level = rpm * MINUTE_MS;
    this.at_ms = now_ms;
  }

  /** Zero when one could be taken; else the milliseconds until one can be. */
  take(now_ms: number): number {
    const passed_ms = Math.max(0, now_ms - this.at_ms);
    this.at_ms = now_ms;
    this.level = Math.min(this.rpm * MINUTE_MS, this.level + passed_ms * this.rpm);
    if (this.level < MINUTE_MS) return Math.ceil((MINUTE_MS - this.level) / this.rpm);
    this.level -= MINUTE_MS;
    return 0;
  }
}

const HOW =
  "send one as `Authorization: Bearer KEY`, `x-api-key` or `api-key`; whoever runs it makes one by: juscode-shim key add NAME";

export function unknownKey(): ShimError {
  return new ShimError("authentication", `juscode-shim does not know this key; ${HOW}`, { param: "authorization" });
}

function refused({ name, use, models }: ClientKey, model: string): ShimError {
  const why =
    use === "metrics"
      ? "is for metrics, and asks no model"
      : `may not ask for \`${model}\`; it may ask for ${models?.join(", ") ?? "none"}`;
  return new ShimError("permission", `the key \`${name}\` ${why}`, { param: "model" });
}

/** Why it is unsafe to listen on `host`; undefined when it is safe. Only keys keep strangers out. */
export function listenProblem(host: string, keys: number): { message: string; fix: string } | undefined {
  if (isLoopback(host) || keys > 0) return undefined;
  return {
    message: `${host} would be reachable from other machines, but no client keys exist`,
    fix: "make one first: juscode-shim key add NAME; or listen on 127.0.0.1 and reach it through an SSH tunnel",
  };
}
