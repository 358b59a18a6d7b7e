/** OpenAI's own SDK over its WebSocket client, against the compiled shim. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { ResponsesWS } from "openai/resources/responses/ws";
import { call, refuse, reply, say } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { MODEL, sent, setUp } from "./through-shim.ts";

const connect = (url: string): OpenAI => new OpenAI({ apiKey: "unused", baseURL: url, maxRetries: 0 });
const LOOK: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "look",
  strict: false,
  parameters: { type: "object", properties: {} },
};

/** One response: its text's pieces, and how it ended. */
async function answered(ws: ResponsesWS): Promise<{ text: string; response: OpenAI.Responses.Response }> {
  let text = "";
  for await (const event of ws) {
    if (event.type === "error") throw event.error;
    if (event.type !== "message") continue;
    const { message } = event;
    if (message.type === "response.output_text.delta") text += message.delta;
    if (message.type === "response.completed") return { text, response: message.response };
  }
  throw new Error("the connection ended");
}

describeWith("shim")("the openai SDK over WebSocket", () => {
  test("a loop with a tool, each turn by what is new alone", async () => {
    await using on = await setUp([reply(call("look", {}, "call_1")), reply(say("A"), say(" cat."))], connect);
    const ws = new ResponsesWS(on.client);
    ws.send({ type: "response.create", model: MODEL, store: false, stream_id: "main", input: "Look.", tools: [LOOK] });
    const first = await answered(ws);
    expect(first.response.output).toMatchObject([{ type: "function_call", name: "look", call_id: "call_1" }]);
    ws.send({
      type: "response.create",
      model: MODEL,
      store: false,
      previous_response_id: first.response.id,
      input: [{ type: "function_call_output", call_id: "call_1", output: "a cat" }],
      tools: [LOOK],
    });
    const second = await answered(ws);
    expect(second.text).toBe("A cat.");
    expect(second.response.previous_response_id).toBe(first.response.id);
    ws.close();
    on.upstream.check();
    expect(sent(on.upstream, 1).map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  });

  test("warms up, and is told of errors as it tells them itself", async () => {
    await using on = await setUp([refuse(400, "Not this."), reply(say("Hi."))], connect);
    const ws = new ResponsesWS(on.client);
    ws.send({ type: "response.create", model: MODEL, store: false, generate: false, instructions: "Be brief." });
    expect((await answered(ws)).response.output).toEqual([]);
    ws.send({ type: "response.create", model: MODEL, store: false, input: "no" });
    const error: unknown = await answered(ws).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ error: { type: "error", status: 400 } });
    expect(String(error)).toContain("Not this.");
    ws.send({ type: "response.create", model: MODEL, store: false, input: "yes" });
    expect((await answered(ws)).text).toBe("Hi.");
    ws.close();
  });
});
