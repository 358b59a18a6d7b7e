/** A newcomer has no model yet: the built-in demo shows the whole loop. */
import { expect, test } from "bun:test";
import { Codex, itemsOf, told } from "../support/codex.ts";
import { ask } from "../support/ask.ts";
import { tell, validateResponseStream } from "../support/response-events.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim", "codex");

describe("the built-in demo", () => {
  test.each([true, false])("Codex runs a command and answers; with a catalog: %p", async (catalog) => {
    await using shim = await Shim.start({ args: ["--no-discover"] });
    using codex = new Codex({ url: shim.url, model: "demo", catalog });
    const run = await codex.run("show me that it works");
    if (run.exit_code !== 0) throw new Error(told(run));
    const [command, ...more] = itemsOf(run, "command_execution");
    expect(more).toEqual([]);
    expect(command).toMatchObject({ exit_code: 0, status: "completed" });
    const output = String(command?.["aggregated_output"]).trim();
    expect(output).not.toBe("");
    // It answers with what the command really printed.
    expect(run.last_message).toContain(output);
  });

  test("is listed, and explains itself to a client without tools", async () => {
    await using shim = await Shim.start({ args: ["--no-discover"] });
    const models = (await (await fetch(`${shim.url}/models`)).json()) as { data: { id: string }[] };
    expect(models.data.map(({ id }) => id)).toEqual(["jusCode-auto", "demo"]);
    const answer = await ask(shim.url, { model: "demo", input: "hello", stream: true });
    expect(tell(validateResponseStream(answer.text))).toBe("");
    expect(JSON.stringify(answer.response["output"])).toContain("demo");
    expect(await shim.output()).toContain("demo");
  });
});
