/** A forwarded reply while it is kept: its bytes, however they are cut, and how it is told where it was not stored. */
import { ReplyMeter } from "../../src/server/memory/reply-meter.ts";
import { requestBody } from "../../src/server/memory/request-body.ts";
import { describe, expect, test } from "bun:test";
import { KeptReader } from "../../src/server/state/kept-reader.ts";
import { Keeping } from "../../src/server/state/keeping.ts";
import { Leases } from "../../src/server/state/leases.ts";
import { WholeFrames } from "../../src/server/state/frames.ts";
import { StoreError } from "../../src/server/store/store-error.ts";
import type { Store } from "../../src/server/store/store.ts";
import type { Json } from "../support/response-rules.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const RESPONSE = { id: "resp_host", object: "response", status: "completed", store: true, output: [] };
const frame = (type: string, fields: object): string =>
  `event: ${type}\nid: 7\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const STREAM = [
  ": häuser\n\n",
  frame("response.created", { response: { ...RESPONSE, status: "in_progress" } }),
  frame("response.in_progress", { response: { ...RESPONSE, status: "in_progress" } }),
  frame("response.output_text.delta", { delta: 'ein 😀 mit "response":{"store":true}' }),
  ": keepalive\n\n",
  frame("response.completed", { response: RESPONSE }),
  "data: [DONE]\n\n",
].join("");
const ENDS: [name: string, end: string][] = [
  ["LF", "\n"],
  ["CRLF", "\r\n"],
  ["CR", "\r"],
];

interface Behaviour {
  begins?: StoreError | "ok";
  ends?: StoreError | "ok" | "gone";
}

function keeping({ begins = "ok", ends = "ok" }: Behaviour = {}): {
  keeping: Keeping;
  failures: string[];
  did: string[];
} {
  const failures: string[] = [];
  const did: string[] = [];
  const store = {
    begin: async () => {
      did.push("begin");
      if (begins !== "ok") throw begins;
    },
    end: async (_: string, __: string, { status }: { status: string }) => {
      did.push(`end ${status}`);
      if (ends === "ok") return status;
      if (ends === "gone") return undefined;
      throw ends;
    },
    remove: async () => {
      did.push("remove");
      return true;
    },
  } as unknown as Store;
  const kept = { store: true, background: false, previous_response_id: null, conversation_id: null };
  const asked = { kept, original: requestBody("{}"), input: () => [], known: 0, expanded: false, trusting: true };
  const leases = new Leases(store, "replica");
  const failed = (detail: string): void => void failures.push(detail);
  return { keeping: new Keeping(asked, { store, leases, owner: "anybody", failed }), failures, did };
}

/** All that the client gets of these chunks. */
async function told(
  chunks: readonly Uint8Array[],
  { keeping }: { keeping: Keeping },
  { provider = null, stream = true }: { provider?: string | null; stream?: boolean } = {},
): Promise<string[]> {
  const left = [...chunks];
  const read = async (): ReturnType<KeptReader["read"]> => {
    const value = left.shift();
    return value ? { value, done: false } : { value: undefined, done: true };
  };
  const first = await read();
  const reader = new KeptReader({
    reader: { read, cancel: async () => {} },
    first,
    keeping,
    provider,
    stream,
    meter: new ReplyMeter(Infinity, undefined),
    watch: { waiting: () => {}, waited: () => {} },
  });
  const pieces: Uint8Array[] = [];
  for (let { value } = await reader.read(); value; { value } = await reader.read()) pieces.push(value);
  const utf8 = new TextDecoder();
  return pieces.map((piece) => utf8.decode(piece, { stream: true }));
}

const responsesIn = (text: string): Json[] =>
  [...text.matchAll(/^data: (\{.*"response":.*\})$/gm)]
    .map(([, data]) => (JSON.parse(data ?? "") as { response?: Json }).response)
    .filter((response) => response !== undefined && typeof response === "object");

describe("frames", () => {
  test.each(ENDS)("with %s: nothing is lost or held, wherever they are cut, also byte by byte", (_, end) => {
    const bytes = bytesOf(STREAM.replaceAll("\n", end));
    for (let at = 1; at < bytes.length; at++) {
      const frames = new WholeFrames(1e6);
      const parts = [bytes.subarray(0, at), bytes.subarray(at)].map((part) => frames.push(part));
      const out = Buffer.concat(parts.filter((part) => part !== undefined));
      expect(Buffer.concat([out, frames.rest() ?? Buffer.alloc(0)]).equals(bytes)).toBe(true);
    }
    const frames = new WholeFrames(1e6);
    const out: Uint8Array[] = [];
    for (const byte of bytes) {
      const whole = frames.push(Uint8Array.of(byte));
      // Each piece ends with a frame, and holds no half of one.
      if (whole) out.push(whole);
      if (whole) expect(new TextDecoder().decode(whole)).toEndWith(end + end);
    }
    expect(Buffer.concat(out).equals(bytes)).toBe(true);
    expect(frames.rest()).toBeUndefined();
  });

  test("one without an end is given up, and costs linear time", () => {
    const frames = new WholeFrames(1e6);
    expect(() => {
      for (let i = 0; i < 1001; i++) frames.push(bytesOf("x".repeat(1000)));
    }).toThrow("a frame of over 1000000 bytes");
    const took = (pieces: number): number => {
      const one = new WholeFrames(1e9);
      const piece = bytesOf("x".repeat(50));
      const at = performance.now();
      for (let i = 0; i < pieces; i++) one.push(piece);
      one.push(bytesOf("\n\n"));
      return performance.now() - at;
    };
    took(1000);
    const [few, many] = [Math.min(...[1, 2, 3].map(() => took(20_000))), took(200_000)];
    expect(many / few).toBeLessThan(50);
  });
});

describe("a stream", () => {
  test.each(ENDS)("that is stored goes on byte for byte (%s)", async (_, end) => {
    const text = STREAM.replaceAll("\n", end);
    const bytes = bytesOf(text);
    for (let at = 1; at < bytes.length; at += 7) {
      for (const provider of [null, "native"]) {
        const kit = keeping();
        const out = await told([bytes.subarray(0, at), bytes.subarray(at)], kit, { provider });
        expect(out.join("")).toBe(text);
        expect(kit.did).toEqual(provider === null ? ["begin", "end completed"] : ["begin"]);
        expect(kit.failures).toEqual([]);
      }
    }
  });

  test.each(ENDS)(
    "that could not be begun says so in each of its responses, wherever it is cut (%s)",
    async (_, end) => {
      const bytes = bytesOf(STREAM.replaceAll("\n", end));
      for (let at = 1; at < bytes.length; at += 5) {
        const kit = keeping({ begins: new StoreError("conflict", "taken") });
        const out = (await told([bytes.subarray(0, at), bytes.subarray(at)], kit)).join("");
        const responses = responsesIn(out);
        expect(responses.map(({ store }) => store)).toEqual([false, false, false]);
        expect(new Set(responses.map(({ id }) => id)).size).toBe(1);
        expect(out).not.toContain('"resp_host"');
        expect(out.match(/: not stored/g)).toHaveLength(1);
        // All else is as it was.
        for (const same of [": häuser", ": keepalive", "data: [DONE]", '"delta":"ein 😀 mit', "id: 7"])
          expect(out).toContain(same);
        expect(kit.did).toEqual(["begin"]);
        expect(kit.failures).toHaveLength(1);
      }
    },
  );

  test.each([
    ["a store that is down", new StoreError("unavailable", "down"), ["begin", "end completed"]],
    ["a full disk", new StoreError("broken", "full"), ["begin", "end completed"]],
    ["an item's id that is taken", new StoreError("conflict", "taken"), ["begin", "end completed", "remove"]],
    ["a response that was deleted meanwhile", "gone" as const, ["begin", "end completed"]],
  ])("whose end could not be stored says so in its last event: %s", async (_, ends, did) => {
    const bytes = bytesOf(STREAM);
    for (let at = 1; at < bytes.length; at += 5) {
      const kit = keeping({ ends });
      const out = (await told([bytes.subarray(0, at), bytes.subarray(at)], kit)).join("");
      const responses = responsesIn(out);
      expect(responses).toHaveLength(3);
      expect(responses.at(-1)?.["store"]).toBe(false);
      expect(new Set(responses.map(({ id }) => id))).toEqual(new Set(["resp_host"]));
      expect(out.match(/: not stored/g)).toHaveLength(1);
      expect(kit.did).toEqual(did);
    }
  });

  test("that breaks off is kept as it was left, and what was held goes out", async () => {
    const kit = keeping();
    const cut = STREAM.slice(0, STREAM.indexOf("response.completed") + 30);
    expect((await told([bytesOf(cut)], kit)).join("")).toBe(cut);
    expect(kit.did).toEqual(["begin", "end cancelled"]);
  });

  test("its deltas are not held back", async () => {
    const lines = STREAM.split(/(?<=\n\n)/);
    expect(await told(lines.map(bytesOf), keeping())).toEqual(lines);
  });
});

describe("a body", () => {
  const TEXT = `${JSON.stringify(RESPONSE, null, 2)}\n`;
  const bodyOf = async (
    text: string,
    kit: ReturnType<typeof keeping>,
    provider: string | null = null,
  ): Promise<string[]> => told([bytesOf(text.slice(0, 20)), bytesOf(text.slice(20))], kit, { provider, stream: false });

  test("that is stored goes on byte for byte, at once", async () => {
    expect(await bodyOf(TEXT, keeping())).toEqual([TEXT]);
    expect(await bodyOf(TEXT, keeping(), "native")).toEqual([TEXT]);
    expect(await bodyOf("no JSON at all, but some words", keeping())).toEqual(["no JSON at all, but some words"]);
  });

  test("signs of life before it do not wait for it", async () => {
    const out = await told([" ", "\n", TEXT].map(bytesOf), keeping(), { stream: false });
    expect(out).toEqual([" ", "\n", TEXT]);
  });

  test.each([
    ["id taken, kept here", { begins: new StoreError("conflict", "taken") }, null, false],
    ["id taken, kept there", { begins: new StoreError("conflict", "taken") }, "native", false],
    ["down", { begins: new StoreError("unavailable", "down") }, null, true],
  ] as const)("that could not be stored says so: %s", async (_, behaviour, provider, same_id) => {
    const kit = keeping(behaviour);
    const json = JSON.parse((await bodyOf(TEXT, kit, provider)).join("")) as Json;
    expect(json).toEqual({ ...RESPONSE, store: false, id: expect.any(String) });
    expect(json["id"] === "resp_host").toBe(same_id);
    expect(kit.failures).toHaveLength(1);
  });

  test("of more than can be kept goes on, and that is told", async () => {
    const kit = keeping();
    const large = `{"id":"resp_host","status":"completed","output":[],"text":"${"x".repeat(65 * 1024 * 1024)}"}`;
    const out = await told([bytesOf(large), bytesOf(" ")], kit, { stream: false });
    expect(out.join("").length).toBe(large.length + 1);
    expect(kit.failures).toEqual([expect.stringContaining("larger than 64 MB")]);
    expect(kit.did).toEqual([]);
  });
});
