/** The real Codex, the compiled shim and a real llama-server; only the model's weights are made up. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, OpenStream, post } from "../support/ask.ts";
import { Codex, itemsOf, told, type CodexRun } from "../support/codex.ts";
import { Llama } from "../support/llama.ts";
import { readEvents, tell, validateResponseBody, validateResponseStream } from "../support/response-events.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

const CLOSING = "The tool has answered, so nothing is left to do.";
const GREETING = "Hello! This is a tiny model speaking from llama-server.";
const TOOLS = [
  {
    type: "function",
    name: "exec_command",
    parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
  },
];

let llama: Llama;
let shim: Shim;

async function runCodex(prompt: string): Promise<{ run: CodexRun; codex: Codex }> {
  const codex = new Codex({ url: shim.url, model: "tiny" });
  const run = await codex.run(prompt);
  if (run.exit_code !== 0) throw new Error(told(run));
  return { run, codex };
}

describeWith(
  "shim",
  "codex",
  "llama-server",
  "tiny model",
)("a real llama-server", () => {
  beforeAll(async () => {
    llama = await Llama.start();
    shim = await Shim.start({ args: ["--upstream", llama.url] });
  });

  afterAll(async () => {
    await shim?.[Symbol.asyncDispose]();
    await llama?.[Symbol.asyncDispose]();
  });

  describe("Codex on llama-server", () => {
    test("answers in text", async () => {
      const { run, codex } = await runCodex("[[text]]");
      using _ = codex;
      expect(run.last_message).toBe(GREETING);
    });

    test.each([
      ["[[tool]]", 1],
      ["[[two]]", 2],
      ["[[texttool]]", 1],
      ["[[thinktool]]", 1],
    ])("runs its calls and ends: %s", async (prompt, calls) => {
      const { run, codex } = await runCodex(prompt);
      using _ = codex;
      expect(itemsOf(run, "command_execution").map((item) => item["aggregated_output"])).toEqual(
        Array.from({ length: calls }, () => "hello\n"),
      );
      expect(run.last_message).toBe(CLOSING);
    });

    test("apply_patch, which llama-server's own Responses endpoint drops, makes a file", async () => {
      const { run, codex } = await runCodex("[[patch]]");
      using _ = codex;
      expect(codex.file("hello.txt")).toBe("hello\n");
      expect(run.last_message).toBe(CLOSING);
    });

    test("shows what the model thinks", async () => {
      const { run, codex } = await runCodex("[[think]]");
      using _ = codex;
      expect(itemsOf(run, "reasoning")[0]?.["text"]).toContain("think about what was asked");
      expect(run.last_message).toBe(GREETING);
    });
  });

  describe("any client on llama-server", () => {
    test.each([
      "[[text]]",
      "[[think]]",
      "[[tool]]",
      "[[two]]",
      "[[thinktool]]",
      "[[texttool]]",
      "[[utf8]]",
      "[[empty]]",
    ])("stream and body are right and agree: %s", async (input) => {
      const streamed = await ask(shim.url, { input, tools: TOOLS, stream: true });
      const plain = await ask(shim.url, { input, tools: TOOLS });
      expect(tell(validateResponseStream(streamed.text))).toBe("");
      expect(tell(validateResponseBody(plain.response))).toBe("");
      const shape = (output: unknown): unknown =>
        JSON.parse(JSON.stringify(output).replaceAll(/"(id|call_id)":"[^"]*"/g, '"$1":""'));
      expect(shape(streamed.response["output"])).toEqual(shape(plain.response["output"]));
      const { input_tokens, output_tokens } = streamed.response["usage"] as Record<string, number>;
      expect(input_tokens).toBeGreaterThan(10);
      expect(output_tokens).toBeGreaterThan(0);
    });

    test("a cut by the length limit is incomplete", async () => {
      const answer = await ask(shim.url, { input: "[[long]]", stream: true, max_output_tokens: 20 });
      expect(tell(validateResponseStream(answer.text))).toBe("");
      expect(answer.response).toMatchObject({
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
      });
      expect(answer.response["usage"]).toMatchObject({ output_tokens: 20 });
    });

    test("an answer in the shape of a schema", async () => {
      const schema = {
        type: "object",
        properties: { word: { type: "string" } },
        required: ["word"],
        additionalProperties: false,
      };
      const answer = await ask(shim.url, {
        input: "a word",
        text: { format: { type: "json_schema", name: "word", schema, strict: true } },
      });
      expect(answer.response["output"]).toMatchObject([
        { content: [{ text: expect.stringMatching(/^\s*\{\s*"word"\s*:\s*"[^"]*"\s*\}\s*$/) }] },
      ]);
    });

    test("a client that leaves frees the model at once", async () => {
      const before = llama.log.length;
      const stop = new AbortController();
      const stream = new OpenStream(
        await post(shim.url, { model: "tiny", input: "[[long]]", stream: true }, {}, stop.signal),
      );
      await stream.until("tock");
      stop.abort();
      await llama.logged("cancel task", before);
    });

    test("a server that dies within an answer makes it a failed one", async () => {
      await using doomed = await Llama.start();
      await using through = await Shim.start({ args: ["--upstream", doomed.url] });
      const stream = new OpenStream(await post(through.url, { model: "tiny", input: "[[long]]", stream: true }));
      await stream.until("tock");
      await doomed.kill();
      const text = await stream.rest();
      expect(tell(validateResponseStream(text))).toBe("");
      expect(readEvents(text).at(-1)).toMatchObject({
        type: "response.failed",
        response: { status: "failed", error: { code: "server_error" } },
      });
      const after = await ask(through.url, { model: "tiny", input: "hi" });
      expect(after.status).toBe(502);
      expect(JSON.stringify(after.response)).toContain(doomed.url.replace("/v1", ""));
    });
  });
});
