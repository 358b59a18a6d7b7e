/**
 * The client's connection is cut, reset or split on the way: the request is whole or was never one, the host's work ends
 * with the client, and nothing goes on running.
 */
import { describe, expect, test } from "bun:test";
import { Dice } from "../../../scripts/simulate/dice.ts";
import { CLIENTS } from "../../support/ways/clients.ts";
import { cutAt, FaultProxy, splitAt } from "../../support/ways/fault-proxy.ts";
import { Line, postHead } from "../../support/ways/line.ts";
import { spokenBy } from "../../support/ways/spoken.ts";
import { until } from "../serving.ts";
import { askAt, setting, WAYS } from "./ways.ts";

const SAID = spokenBy(13, "client");
const ROUNDS = 8;

describe.each(WAYS)("%s", (_, way) => {
  const running = async (origin: string): Promise<number> =>
    ((await (await fetch(`${origin}/health`)).json()) as { running: number }).running;

  test("the request is split anywhere: it is understood", async () => {
    await using set = await setting(way, SAID);
    using between = new FaultProxy(Number(new URL(set.on.url).port));
    const dice = new Dice(1);
    between.fault = {
      up: splitAt(
        Array.from({ length: 40 }, () => Math.floor(dice.next() * 900)).toSorted((a, b) => a - b),
        0,
      ),
    };
    const { understood } = await askAt(between.port, way.client);
    expect([understood.text, understood.calls.length]).toEqual([SAID.text, SAID.calls.length]);
  });

  test.each(["end", "reset"] as const)("the request is cut by %s: the host hears nothing", async (how) => {
    await using set = await setting(way, SAID);
    using between = new FaultProxy(Number(new URL(set.on.url).port));
    const body = JSON.stringify(CLIENTS[way.client].request({ model: "m", stream: true, say: "Go on." }));
    const head = postHead(CLIENTS[way.client].path, Buffer.byteLength(body));
    const dice = new Dice(2);
    for (let round = 0; round < ROUNDS; round++) {
      between.fault = { up: cutAt(1 + Math.floor(dice.next() * (head.length + body.length - 2)), how) };
      const line = await Line.to(between.port);
      const answer = await line.ask(head, body);
      expect(answer.status === 0 || answer.status >= 400).toBe(true);
      line.reset();
    }
    await until("nothing runs", async () => (await running(set.on.origin)) === 0);
    expect(set.host.requests).toBe(0);
  });

  test.each(["end", "reset"] as const)("the answer is cut by %s: the host's work ends too", async (how) => {
    await using set = await setting(way, SAID);
    using between = new FaultProxy(Number(new URL(set.on.url).port));
    // The host says a part and then nothing, so that only the client's leaving can end it.
    set.proxy.fault = { down: cutAt(Math.floor(set.bytes.length * 0.6), "stall") };
    const dice = new Dice(3);
    for (let round = 0; round < 3; round++) {
      between.fault = { down: cutAt(1 + Math.floor(dice.next() * 800), how) };
      const { answer } = await askAt(between.port, way.client);
      expect(answer.whole).toBe(false);
      await until("nothing runs, and no connection to the host is left", async () => {
        return (await running(set.on.origin)) === 0 && set.proxy.open === 0;
      });
    }
    expect(set.host.requests).toBe(3);
  });
});
