/** What a user sees of the compiled executable in its first seconds. */
import { expect, test } from "bun:test";
import { UsageError } from "../../src/cli/usage-error.ts";
import { readCommand } from "../../src/cli/options.ts";
import { listen, type Listening } from "../../src/server/listen.ts";
import { RawHost } from "../server/raw-host.ts";
import { until } from "../server/serving.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");

const upstreamOf = (url: string): string | undefined => {
  const command = readCommand(["--upstream", url], {});
  return command.name === "serve" ? command.flags.upstream?.base_url : undefined;
};

test("a key has no place in an address, which is printed", () => {
  expect(() => upstreamOf("http://user:hunter2@host.example/v1")).toThrow(UsageError);
  expect(() => upstreamOf("http://user:hunter2@host.example/v1")).toThrow("--upstream-key-env NAME");
  expect(() => upstreamOf("http://user:hunter2@host.example/v1")).not.toThrow("hunter2");
});

test("a query stays with the address", () => {
  expect(upstreamOf("https://host.example/v1/?version=2")).toBe("https://host.example/v1?version=2");
});

describe("at its start the shim tells", () => {
  const CASES: [string, string, string][] = [
    ["nobody listens", "", "cannot be reached: connection refused: nothing is listening on that port (ECONNREFUSED)"],
    ["the key is wrong", "HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", "answers 401 to GET /models"],
    [
      "the address is a web page's",
      "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 0\r\n\r\n",
      "web page",
    ],
  ];
  test.each(CASES)("that %s", async (_, answer, words) => {
    using host = new RawHost((connection) => connection.write(answer));
    const url = answer === "" ? "http://127.0.0.1:9/v1" : host.url;
    await using shim = await Shim.start({ args: ["--upstream", url] });
    await until("it is said", async () => (await shim.output()).includes("any other agent"));
    const output = await shim.output();
    const row = output.split("\n").find((line) => line.startsWith("  upstream ")) ?? "";
    expect(row).toContain(words);
    expect(row.split(url)).toHaveLength(2);
    // How an agent comes here, as it can be typed.
    expect(output).toContain(`juscode-shim launch codex --listen 127.0.0.1:`);
    expect(output).toContain(`base URL ${shim.url}, any key`);
  });

  test("its address at once, though an upstream hangs", async () => {
    using host = new RawHost(() => {});
    const child = Bun.spawn([pathOf("shim"), "--listen", "127.0.0.1:0", "--upstream", host.url], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    try {
      const reader = child.stdout.getReader();
      const first = new TextDecoder().decode((await reader.read()).value);
      expect(first).toMatch(/^juscode-shim \S+ listens on http:\/\/127\.0\.0\.1:\d+\n$/);
      // The table has not come yet, so the upstream has not been waited for.
      expect(first).not.toContain("any other agent");
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  });
});

test("who has a port is found out on IPv6 too", async () => {
  const shim = (): Response => new Response("", { headers: { "x-juscode-shim": "other" } });
  let first: Listening | undefined;
  try {
    first = await listen(shim, "::1", 0);
  } catch {
    return console.warn("skipped: IPv6 (this machine has no ::1)");
  }
  const { port } = first;
  await expect(listen(shim, "::1", port)).rejects.toThrow("another juscode-shim is running there");
  await first.stop(true);
});

test("an address that is not this machine's", async () => {
  await expect(listen(() => new Response(), "203.0.113.1", 1)).rejects.toThrow("cannot listen on 203.0.113.1:1");
});

describe("a body beyond every limit", () => {
  test("is refused in words, and not kept", async () => {
    await using shim = await Shim.start({ args: ["--no-discover", "--quiet"] });
    const answer = await fetch(`${shim.url}/responses`, { method: "POST", body: new Uint8Array(140 * 1024 * 1024) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: "payload_too_large" } });
  });
});
