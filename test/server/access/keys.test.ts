/** Keys of clients: kept as hashes, found by them, limited by them. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FlagValues } from "../../../src/cli/flags.ts";
import { readKeyOptions } from "../../../src/cli/key/options.ts";
import { runKey } from "../../../src/cli/key/key.ts";
import { ShimError } from "../../../src/core/errors.ts";
import { Access, listenProblem, TokenBucket } from "../../../src/server/access/access.ts";
import {
  KeyRing,
  mayAsk,
  newKey,
  presentedKeys,
  sha256,
  type ClientKey,
} from "../../../src/server/access/client-keys.ts";
import { changeKeys, readKeys, watchKeys } from "../../../src/server/access/key-file.ts";
import { until } from "../serving.ts";

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "juscode-keys-"));
  file = join(dir, "state", "keys.json");
});
afterEach(() => rmSync(dir, { recursive: true }));

const keyOf = (secret: string, more: Partial<ClientKey> = {}): ClientKey => ({
  name: secret,
  sha256: sha256(secret).toString("hex"),
  use: "models",
  created_at: "2026-01-01T00:00:00.000Z",
  ...more,
});
const bearer = (key: string): Headers => new Headers({ authorization: `Bearer ${key}` });
const add = (name: string, more: FlagValues = {}): string =>
  runKey(readKeyOptions(["add", name], more), file, new Date(0)).split("\n")[0] ?? "";

describe("a key", () => {
  test("is 256 random bits, and no two are alike", () => {
    const keys = Array.from({ length: 100 }, newKey);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(Buffer.from(key.slice(4), "base64url").byteLength).toBe(32);
  });

  test.each([
    [{ authorization: "Bearer k" }, "k"],
    [{ authorization: "Bearer a-token-of-another", "x-api-key": "k" }, "a-token-of-another,k"],
    [{ authorization: "bearer  k " }, "k"],
    [{ authorization: "Basic k" }, undefined],
    [{ authorization: "Bearer " }, undefined],
    [{ authorization: "Bearer a b" }, undefined],
    [{ "x-api-key": "k" }, "k"],
    [{ "api-key": " k " }, "k"],
    [{ "x-api-key": "" }, undefined],
    [{}, undefined],
  ])("in %p is %p", (headers, key) =>
    expect(presentedKeys(new Headers(headers as Record<string, string>)).join()).toBe(key ?? ""),
  );

  test("is found by all of it and by nothing else", () => {
    const keys = Array.from({ length: 5 }, newKey);
    const ring = new KeyRing(keys.map((key) => keyOf(key)));
    for (const key of keys) {
      const both = new Headers({ authorization: "Bearer another", "x-api-key": key });
      expect(new Access([keyOf(key)], false, () => 0).caller(both).name).toBe(key);
      expect(ring.find(key)?.name).toBe(key);
      for (const wrong of [key.slice(0, -1), `${key}x`, key.toUpperCase(), sha256(key).toString("hex"), ""])
        expect(ring.find(wrong)).toBeUndefined();
    }
  });

  test("asks for the models of its list, in any case", () => {
    const key = keyOf("k", { models: ["Quick", "box/*"] });
    for (const model of ["quick", "QUICK", "box/a", "BOX/b/c"])
      expect([model, mayAsk(key, model)]).toEqual([model, true]);
    for (const model of ["quic", "quickly", "box", "a/box/b", ""])
      expect([model, mayAsk(key, model)]).toEqual([model, false]);
    expect(mayAsk(keyOf("m", { use: "metrics" }), "quick")).toBe(false);
  });
});

describe("the limit", () => {
  test("lets so many through at once, and then one by one", () => {
    const bucket = new TokenBucket(3, 0);
    expect([0, 0, 0].map((at) => bucket.take(at))).toEqual([0, 0, 0]);
    expect(bucket.take(0)).toBe(20_000);
    expect(bucket.take(19_000)).toBe(1000);
    expect(bucket.take(20_000)).toBe(0);
    expect(bucket.take(20_000)).toBe(20_000);
    expect([1, 2, 3, 4].map(() => bucket.take(10_000_000) > 0)).toEqual([false, false, false, true]);
  });

  test("no clock that goes back makes it richer or poorer", () => {
    const bucket = new TokenBucket(1, 1000);
    expect(bucket.take(1000)).toBe(0);
    expect(bucket.take(0)).toBe(60_000);
  });
});

describe("access", () => {
  const kindOf = (run: () => unknown): string => {
    try {
      run();
      return "none";
    } catch (error) {
      return (error as ShimError).kind;
    }
  };

  test("without keys everybody is the user; with one nobody without it is", () => {
    expect(new Access([], false, () => 0).caller(new Headers()).may("any")).toBe(true);
    for (const access of [new Access([keyOf("k")], false, () => 0), new Access([], true, () => 0)]) {
      expect(kindOf(() => access.caller(new Headers()))).toBe("authentication");
      expect(kindOf(() => access.caller(bearer("wrong")))).toBe("authentication");
      expect(access.seesAll(bearer("k"))).toBe(false);
    }
  });

  test("a door that was shut stays shut when the last key goes", () => {
    const access = new Access([keyOf("k")], false, () => 0);
    access.replace([]);
    expect(kindOf(() => access.caller(new Headers()))).toBe("authentication");
    expect(kindOf(() => access.caller(bearer("k")))).toBe("authentication");
  });

  test("bounds each key by its models and its rate, and says how to go on", () => {
    let now = 0;
    const access = new Access([keyOf("k", { models: ["a"], rpm: 1 }), keyOf("free")], false, () => now);
    const caller = access.caller(bearer("k"));
    expect(kindOf(() => caller.ask("b"))).toBe("permission");
    caller.ask("a");
    expect(kindOf(() => access.caller(bearer("k")).ask("a"))).toBe("rate_limited");
    access.caller(bearer("free")).ask("a");
    now = 60_000;
    access.caller(bearer("k")).ask("a");
    try {
      access.caller(bearer("k")).ask("a");
      throw new Error("it was let through");
    } catch (error) {
      expect((error as ShimError).retry_after_ms).toBe(60_000);
      expect((error as ShimError).message).not.toContain(sha256("k").toString("hex"));
    }
  });

  test.each([
    ["127.0.0.1", 0, true],
    ["::1", 0, true],
    ["localhost", 0, true],
    ["0.0.0.0", 0, false],
    ["::", 0, false],
    ["10.0.0.1", 0, false],
    ["0.0.0.0", 1, true],
  ])("listening on %p with %p keys: %p", (host, keys, fine) =>
    expect(listenProblem(host, keys) === undefined).toBe(fine),
  );
});

describe("the file of keys", () => {
  test("is for this user alone, and holds no key", () => {
    const keys = [add("laptop"), add("ci", { models: "quick, box/*", rpm: 30 }), add("prometheus", { metrics: true })];
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, "state")).mode & 0o777).toBe(0o700);
    const text = readFileSync(file, "utf8");
    const shown = runKey({ action: "list", json: false }, file, new Date(0));
    const json = runKey({ action: "list", json: true }, file, new Date(0));
    for (const key of keys) for (const where of [text, shown, json]) expect(where).not.toContain(key.slice(4, 20));
    expect(shown).toContain("ci          quick, box/*  30 a minute  1970-01-01");
    expect(JSON.parse(json)).toHaveLength(3);
    expect(json).not.toContain("sha256");
    expect(readKeys(file)?.map(({ name, use }) => [name, use])).toEqual([
      ["laptop", "models"],
      ["ci", "models"],
      ["prometheus", "metrics"],
    ]);
    expect(new KeyRing(readKeys(file)).find(keys[1] ?? "")?.rpm).toBe(30);
  });

  test("keeps its mode when it was made wider, and its keys when one is taken back", () => {
    const [kept] = [add("a"), add("b")];
    chmodSync(file, 0o644);
    expect(() => add("a")).toThrow("there is a key `a` already");
    expect(runKey({ action: "remove", name: "b" }, file, new Date(0))).toContain("counts no more");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(new KeyRing(readKeys(file)).find(kept ?? "")?.name).toBe("a");
    expect(() => runKey({ action: "remove", name: "b" }, file, new Date(0))).toThrow("there are: a");
    expect(runKey({ action: "remove", name: "a" }, file, new Date(0))).toContain("It was the last one");
  });

  test("two changes at once: neither is lost, one is told to wait", () => {
    add("a");
    writeFileSync(`${file}.lock`, "");
    expect(() => add("b")).toThrow("try again");
    expect(existsSync(`${file}.lock`)).toBe(true);
    rmSync(`${file}.lock`);
    changeKeys(file, (keys) => {
      expect(() => add("b")).toThrow("try again");
      return keys;
    });
    add("b");
    expect(readKeys(file)).toHaveLength(2);
  });

  test.each([
    "{",
    "{}",
    '{"version":2,"keys":[]}',
    '{"version":1,"keys":[{"name":"a"}]}',
    '{"version":1,"keys":[{"name":"a b","sha256":"00","use":"models","created_at":""}]}',
  ])("that is wrong (%p) lets nobody in, and is told", (text) => {
    add("a");
    writeFileSync(file, text);
    expect(() => readKeys(file)).toThrow(file);
  });

  test("is followed: new keys count, lost ones do not, a broken file changes nothing", async () => {
    const first = add("a");
    const access = new Access(readKeys(file) ?? [], false, () => 0);
    const told: string[] = [];
    const watch = watchKeys(file, access, (text) => void told.push(text), 5);
    const knows = (key: string): boolean => {
      try {
        return access.caller(bearer(key)).name !== undefined;
      } catch {
        return false;
      }
    };
    const second = add("b");
    await until("the new key counts", () => knows(second));
    writeFileSync(file, "broken");
    await until("that is told", () => told.some((text) => text.includes("as they were before")));
    expect(knows(first)).toBe(true);
    rmSync(file);
    await until("nobody is let in", () => told.some((text) => text.includes("gone")));
    expect(knows(first) || knows("")).toBe(false);
    watch.close();
  });
});

describe("the command", () => {
  test.each([
    [[], {}, "key add NAME"],
    [["ad"], {}, "there is no `key ad`; did you mean key add?"],
    [["add"], {}, "needs a name"],
    [["add", "a b"], {}, "needs a name"],
    [["add", "a", "b"], {}, "one word too many"],
    [["list", "a"], {}, "one word too many"],
    [["remove", "a"], { rpm: 1 }, "belong to `key add`"],
    [["add", "a"], { models: "a,,b" }, "empty name"],
    [["add", "a"], { metrics: true, rpm: 1 }, "asks no model"],
  ])("refuses %p %p", (words, more, told) => expect(() => readKeyOptions(words, more)).toThrow(told));
});
