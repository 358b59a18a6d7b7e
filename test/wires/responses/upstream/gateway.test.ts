/** Requests that the gateway translates for hosts that speak only Responses: here another shim, or a scripted host. */
import { expect, test } from "bun:test";
import type { ConfiguredRoute } from "../../../../src/config/file/config-file.ts";
import type { ProviderInput } from "../../../../src/config/resolve.ts";
import { ask, AS_CODEX } from "../../../support/ask.ts";
import { call, ChatUpstream, reply, say, think, wait, type Script } from "../../../support/chat-upstream.ts";
import { Codex } from "../../../support/codex.ts";
import { describeWith } from "../../../support/needs.ts";
import { expectPrefixes, FILES, messages, succeeded, toolTexts } from "../../../support/setting.ts";
import { tell, validateResponseStream } from "../../../support/response-events.ts";
import { foundAt, serving, type ServingOptions } from "../../../server/serving.ts";

const TRANSLATED: Partial<ProviderInput> = { wires: ["responses"], passthrough: "never" };

/** A shim over this Chat host, as one that speaks Responses. It has another name than the shim before it. */
async function responsesHost(chat: ChatUpstream) {
  const shim = await serving(chat.url);
  const host = hostOf(async (request) =>
    fetch(shim.origin + new URL(request.url).pathname, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: await request.text(),
    }),
  );
  return {
    url: host.url,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await shim[Symbol.asyncDispose]();
    },
  };
}

/** A shim before a shim before a scripted Chat host; only Responses is spoken between the two. */
async function twoShims(script: Script, more: Partial<ProviderInput> = TRANSLATED) {
  const chat = new ChatUpstream(script);
  const far = await responsesHost(chat);
  const near = await serving(async () => [foundAt(far.url, ["scripted"], "far", more)]);
  return {
    chat,
    near,
    async [Symbol.asyncDispose]() {
      await near[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
      await chat[Symbol.asyncDispose]();
    },
  };
}

const PATCH = "*** Begin Patch\n*** Update File: hello.txt\n@@\n-hello world\n+good morning\n*** End Patch\n";

describeWith("codex")("the real Codex", () => {
  test("edits a file", async () => {
    await using on = await twoShims([
      reply(
        think("Look at it first."),
        say("Let me look."),
        call("exec_command", { cmd: "cat hello.txt" }),
        call("exec_command", { cmd: "wc -c hello.txt" }),
      ),
      reply(think("Now I know."), call("apply_patch", { input: PATCH })),
      reply(say("Done.")),
    ]);
    using codex = new Codex({ url: on.near.url, model: "scripted", files: FILES });
    succeeded(await codex.run("change the greeting"), "Done.");
    on.chat.check();
    expect(codex.file("hello.txt")).toBe("good morning\n");
    expect(toolTexts(messages(on.chat, 2)).join()).toContain("12 hello.txt");
    expectPrefixes(on.chat);
    const spoken = messages(on.chat, 2).filter(({ role }) => role === "assistant");
    expect(spoken.map(({ reasoning_content }) => reasoning_content)).toEqual(["Look at it first.", "Now I know."]);
    expect(on.near.lines.join("\n")).not.toContain("prefix_broken");
  });
});

test("a route falls back to such a host even when the answer has begun", async () => {
  await using broken = new ChatUpstream([{ ...reply(wait(150)), broken: "error-frame" }]);
  await using chat = new ChatUpstream([reply(say("Here."))]);
  await using far = await responsesHost(chat);
  const own: ConfiguredRoute = {
    name: "jusCode-auto",
    candidates: ["broken", "far"].map((name) => ({ name, provider: name, model: "scripted" })),
    prefer: "ordered",
    local_only: false,
  };
  const options: ServingOptions = { routes: [own], hold_ms: 20 };
  const found = [
    foundAt(broken.url, ["scripted"], "broken"),
    foundAt(far.url, ["scripted"], "far", { wires: ["responses"] }),
  ];
  await using near = await serving(async () => found, options);
  const answer = await ask(near.url, { model: "jusCode-auto", input: "hi", stream: true }, AS_CODEX);
  expect(tell(validateResponseStream(answer.text))).toBe("");
  expect(answer.text).toContain("Here.");
  expect(near.lines[0]).toContain("fell_back");
});

test("a summary of the thread is asked of a host that makes none itself", async () => {
  await using on = await twoShims([reply(say("All is well."))], { wires: ["responses"] });
  const input = [{ role: "user", content: "fix it" }, { type: "compaction_trigger" }];
  const { response } = await ask(on.near.url, { input });
  expect(response["output"]).toMatchObject([{ type: "compaction" }]);
  expect(JSON.stringify(response)).toContain("All is well.");
});

test("what only tunes and is refused is left out, one by one", async () => {
  const refusals: [string, string][] = [
    ["reasoning.summary", "Your organization must be verified to generate reasoning summaries."],
    ["reasoning.effort", "Unsupported parameter: 'reasoning.effort' is not supported with this model."],
    ["include", "Encrypted content is not supported with this model."],
    ["temperature", "Unsupported parameter: 'temperature' is not supported with this model."],
  ];
  const bodies: Record<string, unknown>[] = [];
  await using host = hostOf(async (request) => {
    bodies.push((await request.json()) as Record<string, unknown>);
    const [param, message] = refusals[bodies.length - 1] ?? [];
    if (param !== undefined)
      return Response.json({ error: { message, type: "invalid_request_error", param, code: null } }, { status: 400 });
    const item = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Yes." }] };
    return Response.json({ object: "response", status: "completed", output: [item] });
  });
  await using near = await serving(async () => [foundAt(host.url, ["scripted"], "host", TRANSLATED)]);
  const answer = await ask(near.url, { input: "hi", temperature: 1, reasoning: { effort: "high" } });
  expect(answer.response["output"]).toMatchObject([{ content: [{ text: "Yes." }] }]);
  expect(bodies[0]).toMatchObject({ reasoning: { effort: "high", summary: "auto" }, temperature: 1 });
  expect(Object.keys(bodies[4] ?? {})).toEqual(["model", "input", "store", "stream"]);
  for (const [field] of refusals) expect(answer.headers.get("x-juscode-ignored")).toContain(field);
});

function hostOf(answer: (request: Request) => Promise<Response>) {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer, development: false });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
