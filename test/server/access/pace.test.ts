/** Who has no valid key: how long an answer waits, and how many lines the log gets. */
import { describe, expect, test } from "bun:test";
import { watchDescriptors } from "../../../src/server/access/descriptors.ts";
import { Pace } from "../../../src/server/access/pace.ts";
import { RefusalLog } from "../../../src/server/access/refusal-log.ts";
import type { RefusedLine } from "../../../src/server/log.ts";
import { until } from "../serving.ts";

const line = (more: Partial<RefusedLine> = {}): RefusedLine => ({
  request_id: "0",
  method: "GET",
  path: "/v1/models",
  status: 401,
  kind: "authentication",
  message: "no",
  ...more,
});

describe("the pace of refusals", () => {
  /** How long each of so many at once waits, in milliseconds; `no` for those that must not. */
  async function waits(pace: Pace, count: number, network: (i: number) => string, most?: number): Promise<unknown[]> {
    const real = globalThis.setTimeout;
    const all: unknown[] = [];
    // Nobody waits here: the time of each is what the timer would have been set to.
    globalThis.setTimeout = ((_: () => void, ms: number) => void all.push(ms)) as never;
    try {
      for (let i = 0; i < count; i++) {
        const before = all.length;
        const taken = pace.take(network(i), 1000, most);
        if (all.length === before) all.push((await taken) ? 0 : "no");
      }
      return all;
    } finally {
      globalThis.setTimeout = real;
    }
  }

  const EACH = { burst: 2, interval_ms: 100, waiting: 3 };
  const ALL = { burst: 4, interval_ms: 10, waiting: 5 };

  test("of one network: some at once, some in turn, and no more", async () => {
    expect(await waits(new Pace({ each: EACH, all: { ...ALL, burst: 100 } }), 8, () => "a")).toEqual([
      0,
      0,
      100,
      200,
      300,
      "no",
      "no",
      "no",
    ]);
  });

  test("of many networks together: the same", async () => {
    const pace = new Pace({ each: EACH, all: ALL });
    expect(await waits(pace, 12, (i) => `n${i}`)).toEqual([0, 0, 0, 0, 10, 20, 30, 40, 50, "no", "no", "no"]);
    expect(await waits(new Pace({ each: EACH, all: ALL }), 8, (i) => `n${i}`, 2)).toEqual([
      0,
      0,
      0,
      0,
      10,
      20,
      "no",
      "no",
    ]);
  });

  test("one network does not slow another down", async () => {
    const pace = new Pace();
    const all = await waits(pace, 150, () => "a");
    expect(all.slice(0, 22)).toEqual([...Array.from({ length: 20 }, () => 0), 100, 200]);
    expect(all.filter((each) => each === "no").length).toBe(2);
    expect(await waits(pace, 3, () => "b")).toEqual([0, 0, 0]);
  });

  test("who has waited may go on, and time forgives", async () => {
    const pace = new Pace({ each: { burst: 1, interval_ms: 20, waiting: 2 }, all: { ...ALL, burst: 100 } });
    const start = performance.now();
    const taken = await Promise.all(Array.from({ length: 4 }, () => pace.take("a", performance.now())));
    expect(taken).toEqual([true, true, true, false]);
    expect(performance.now() - start).toBeGreaterThan(30);
    await Bun.sleep(50);
    expect(await pace.take("a", performance.now())).toBe(true);
  });

  test("a million networks are not remembered", async () => {
    const pace = new Pace();
    await waits(pace, 100_000, (i) => `${i}`);
    expect(pace.size).toBeLessThan(5000);
    for (let i = 0, now = 0; i < 100_000; i++) await pace.take(`${i}`, (now += 100));
    expect(pace.size).toBeLessThan(5000);
  });
});

describe("lines about refusals", () => {
  const count = (lines: readonly RefusedLine[]): number => lines.reduce((sum, { more = 0 }) => sum + 1 + more, 0);

  test("one a second for each address, and none is lost", async () => {
    const lines: (RefusedLine & { at: number })[] = [];
    const log = new RefusalLog(
      (each) => void lines.push({ ...each, at: performance.now() }),
      () => performance.now(),
    );
    const start = performance.now();
    let sent = 0;
    while (performance.now() - start < 2500) {
      for (let i = 0; i < 50; i++) log.add(i % 2 === 0 ? "1.2.3.4" : "5.6.7.8", line());
      sent += 50;
      await Bun.sleep(5);
    }
    await until("all are counted", () => count(lines) === sent);
    for (const address of ["1.2.3.4", "5.6.7.8"]) {
      const times = lines.filter((each) => each.address === address).map(({ at }) => at);
      expect(times.length).toBeGreaterThan(2);
      for (const [i, at] of times.entries()) if (i > 0) expect(at - (times[i - 1] ?? 0)).toBeGreaterThan(950);
    }
  });

  test("of many addresses: some lines a second, and none is lost", async () => {
    const lines: RefusedLine[] = [];
    const log = new RefusalLog(
      (each) => void lines.push(each),
      () => performance.now(),
    );
    for (let i = 0; i < 20_000; i++) log.add(`net-${i}`, line({ kind: i % 4 === 0 ? "permission" : "authentication" }));
    await until("all are counted", () => count(lines) === 20_000);
    expect(lines.length).toBeLessThan(50);
    expect(lines.some(({ address }) => /^\d+ addresses$/.test(address ?? ""))).toBe(true);
    const permissions = lines.filter(({ kind }) => kind === "permission");
    expect(count(permissions)).toBeGreaterThan(0);
  });

  test("are short, whatever a stranger sends", () => {
    const lines: RefusedLine[] = [];
    const log = new RefusalLog(
      (each) => void lines.push(each),
      () => 0,
    );
    log.add("a", line({ path: `/${"p".repeat(16_000)}`, message: "m".repeat(16_000) }));
    expect(JSON.stringify(lines).length).toBeLessThan(1000);
  });
});

describe("file descriptors", () => {
  test("that run out: idle connections are closed again and again, and that is told once a minute", async () => {
    let next: number | undefined = 10;
    let closed = 0;
    const told: string[] = [];
    const end = watchDescriptors({
      most: 100,
      closeIdle: () => (closed++, 7),
      warn: (text) => void told.push(text),
      interval_ms: 5,
      next: () => next,
    });
    await Bun.sleep(60);
    expect([closed, told]).toEqual([0, []]);
    next = 90;
    await until("they are closed", () => closed > 2);
    next = undefined;
    const before = closed;
    await until("they are closed when there are none", () => closed > before + 2);
    expect(told).toEqual([
      "file descriptors are running out (100 are allowed): closed 7 idle connections; raise the limit (ulimit -n, LimitNOFILE of a unit), or limit the connections of each client in a reverse proxy",
    ]);
    next = 89;
    await Bun.sleep(30);
    const then = closed;
    await Bun.sleep(60);
    expect(closed).toBe(then);
    end();
  });

  test("of which the system says no limit: when there is none left", async () => {
    let next: number | undefined = 1_000_000;
    let closed = 0;
    const options = { most: undefined, closeIdle: () => ++closed, warn: () => {}, interval_ms: 5 };
    const end = watchDescriptors({ ...options, next: () => next });
    await Bun.sleep(40);
    expect(closed).toBe(0);
    next = undefined;
    await until("they are closed", () => closed > 0);
    end();
    const then = closed;
    await Bun.sleep(40);
    expect(closed).toBe(then);
  });

  test("are looked for by opening one", async () => {
    let closed = 0;
    const end = watchDescriptors({ most: 4096, closeIdle: () => ++closed, warn: () => {}, interval_ms: 5 });
    await Bun.sleep(60);
    end();
    expect(closed).toBe(0);
    const low = watchDescriptors({ most: 9, closeIdle: () => ++closed, warn: () => {}, interval_ms: 5 });
    await until("there are few", () => closed > 0);
    low();
  });
});
