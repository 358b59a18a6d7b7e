/** The real Codex searches the web through the shim, in every mode that it has, and goes on with what was found. */
import { expect, test } from "bun:test";
import { call, reply, say, think } from "../support/chat-upstream.ts";
import { Codex, itemsOf, told } from "../support/codex.ts";
import { hostedSetting } from "../support/hosted-setting.ts";
import { describeWith } from "../support/needs.ts";
import { SearchServer } from "../support/search-service.ts";
import { expectPrefixes, FILES, messages, succeeded, toolTexts } from "../support/setting.ts";

const PAGES = [{ url: "https://a.example/one", title: "One", text: "The first page." }];
const ANSWER = "So it is: [One](https://a.example/one).";

describeWith("shim", "codex")("Codex", () => {
  test.each([
    ["live", false],
    ["live", true],
    ["indexed", false],
    ["cached", false],
  ] as const)("searches (%s, by WebSocket: %p)", async (web_search, websockets) => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(
      [reply(think("Look."), call("web_search", { query: "how is it" })), reply(say(ANSWER))],
      service.config(),
    );
    using codex = new Codex({ url: on.url, web_search, websockets });
    const run = await codex.run("how is it?");
    succeeded(run, ANSWER);
    on.upstream.check();
    expect(itemsOf(run, "web_search")).toMatchObject([{ query: "how is it" }]);
    expect(told(run)).toContain("item.started");
  });

  test("reads what was found again on the next turn, and calls its own tools beside it", async () => {
    await using service = new SearchServer("searxng", PAGES);
    await using on = await hostedSetting(
      [
        reply(
          think("Both."),
          call("exec_command", { cmd: "cat hello.txt" }),
          call("web_search", { query: "how is it" }),
        ),
        reply(call("web_search", { query: "and then" })),
        reply(say(ANSWER)),
        reply(say("As I said.")),
      ],
      service.config(),
    );
    using codex = new Codex({ url: on.url, web_search: "live", files: FILES });
    succeeded(await codex.run("how is it?"), ANSWER);
    succeeded(await codex.resume("sure?"), "As I said.");
    on.upstream.check();
    expectPrefixes(on.upstream);
    const texts = toolTexts(messages(on.upstream, 3));
    expect(texts).toHaveLength(3);
    expect(texts[0]).toContain("hello world");
    expect(texts[1]).toContain('Found for "how is it"');
    expect(texts[2]).toContain("The first page.");
  });
});
