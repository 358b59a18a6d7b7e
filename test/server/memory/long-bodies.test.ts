/** Long requests are kept as bytes alone, and read again when somebody asks what is in them. */
import { describe, expect, test } from "bun:test";
import type { Item, Turn } from "../../../src/core/turn.ts";
import { workingBytes } from "../../../src/server/body.ts";
import { changedTurn, lightTurn } from "../../../src/server/relay/light-turn.ts";
import { payloadOf } from "../../../src/server/relay/payload.ts";
import { LONG_CHARACTERS, requestBody } from "../../../src/server/memory/request-body.ts";

const ODD = '\ufeff{"a":"é — 日本 \ud83d\ude00 \\ud800 \\u0000"}';
const long = (text: string): string =>
  JSON.stringify({ model: "m", text: text.repeat(LONG_CHARACTERS / text.length + 1) });

describe("a request's body", () => {
  test("says the same, long or short", () => {
    for (const piece of ["x", "é — 日本 \ud83d\ude00 \\ud800", "\ufeff"]) {
      const text = long(piece);
      const body = requestBody(text);
      expect([body.long, body.characters, body.text === text]).toEqual([true, text.length, true]);
      expect(body.json).toEqual(JSON.parse(text));
      expect(body.kept_bytes).toBe(Buffer.byteLength(text));
    }
    const short = requestBody(ODD.slice(1));
    expect([short.long, short.text, short.json]).toEqual([false, ODD.slice(1), JSON.parse(ODD.slice(1))]);
  });

  test("keeps what it was given for its JSON only as long as somebody has it", async () => {
    const text = long("x");
    const body = requestBody(text, JSON.parse(text));
    await Bun.sleep(0);
    Bun.gc(true);
    await Bun.sleep(0);
    expect(body.json).toEqual(JSON.parse(text));
  });

  test("is sent as it is", async () => {
    for (const text of ["{}", long("x"), long("日本\ud83d\ude00")]) {
      const payload = payloadOf(text);
      expect(await payload.text()).toBe(text);
      expect(await new Response(payload.body).text()).toBe(text);
    }
  });

  test("takes more to be worked on where its characters are wide", () => {
    expect(workingBytes("x".repeat(1000))).toBe(3000);
    expect(workingBytes(`${"x".repeat(1000)}日`)).toBe(7 * 1001);
  });
});

describe("a light turn", () => {
  const items: Item[] = [{ type: "message", role: "user", parts: [{ type: "text", text: "hi" }] }];
  const turn: Turn = { model: "m", items, tools: [], settings: {}, ignored: [] };

  test("has its items, and lifts them again when they are gone", async () => {
    let lifted = 0;
    const lift = (): Item[] => {
      lifted++;
      return structuredClone(items);
    };
    const light = ((): Turn => lightTurn({ ...turn, items: structuredClone(items) }, lift))();
    expect(light.items).toEqual(items);
    expect(lifted).toBe(0);
    for (let i = 0; i < 5 && lifted === 0; i++) {
      await Bun.sleep(1);
      Bun.gc(true);
      expect(light.items).toEqual(items);
    }
    expect(lifted).toBe(1);
  });

  test("stays one when something of it is changed", () => {
    let lifted = 0;
    const light = lightTurn(turn, () => {
      lifted++;
      return items;
    });
    const changed = changedTurn(light, { model: "n", settings: { max_output_tokens: 1 } });
    expect(Object.getOwnPropertyDescriptor(changed, "items")?.get).toBeDefined();
    expect({ ...changed }).toEqual({ ...turn, model: "n", settings: { max_output_tokens: 1 } });
    expect(light.model).toBe("m");
    expect(lifted).toBe(0);
  });
});
