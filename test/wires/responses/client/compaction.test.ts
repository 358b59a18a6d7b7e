import { describe, expect, test } from "bun:test";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import { compactClient, responsesClient } from "../../../../src/wires/responses/client/client.ts";
import { CODEX, reply, testSurroundings } from "../../../support/around.ts";

const END: ReplyEvent = { type: "end", reason: "stop", usage: null };
const input = [{ role: "user", content: "fix it" }, { type: "compaction_trigger" }];
const tools = [{ type: "function", name: "f" }];

function answer(events: ReplyEvent[]): {
  output: Record<string, unknown>[];
  status: string;
  error: { message: string } | null;
} {
  const { encoder } = responsesClient.lift({ model: "m", input, tools }, CODEX, testSurroundings());
  for (const event of [{ type: "start" } as const, ...events]) encoder.write(event);
  return encoder.body() as never;
}

describe("compaction", () => {
  test("a trigger asks the model for a summary, with the tools that it had and none to call", () => {
    const { turn } = responsesClient.lift({ model: "m", input, tools }, CODEX, testSurroundings());
    expect(turn.items.map((item) => item.type)).toEqual(["message", "message"]);
    expect(turn.tools.map((tool) => tool.name)).toEqual(["f"]);
    expect(turn.settings).toEqual({ tool_choice: "none" });
  });

  test("the answer is one compaction item, and it comes back as a message", () => {
    const { output, status } = answer([...reply.reasoning("hm"), ...reply.text("done: ", "all"), END]);
    expect(status).toBe("completed");
    expect(output).toEqual([
      {
        id: expect.stringMatching(/^cmp_/) as string,
        type: "compaction",
        encrypted_content: "juscode1c:done: all",
      },
    ]);
    const next = responsesClient.lift(
      { model: "m", input: [...output, { role: "user", content: "go on" }] },
      CODEX,
      testSurroundings(),
    );
    expect(JSON.stringify(next.turn.items[0])).toContain("done: all");
    expect(next.turn.ignored).toEqual([]);
  });

  test("another server's compaction item is listed", () => {
    const next = responsesClient.lift(
      {
        model: "m",
        input: [{ type: "compaction", encrypted_content: "gAAA" }, ...input.slice(0, 1)],
      },
      CODEX,
      testSurroundings(),
    );
    expect(next.turn.ignored.map((entry) => entry.what)).toEqual(["compaction"]);
  });

  test("no summary, or half of one, is a failure", () => {
    expect(answer([...reply.call("c", "f", "{}"), END]).error?.message).toContain("no summary");
    expect(answer([...reply.text("half"), { ...END, reason: "length" } as ReplyEvent]).error?.message).toContain(
      "cut off",
    );
  });

  test("the endpoint answers in its own shape", () => {
    const { encoder } = compactClient.lift({ model: "m", input: "x" }, CODEX, testSurroundings());
    for (const event of [{ type: "start" } as const, ...reply.text("sum"), END]) encoder.write(event);
    expect(encoder.body()).toMatchObject({
      object: "response.compaction",
      output: [{ type: "compaction", encrypted_content: "juscode1c:sum" }],
    });
  });
});
