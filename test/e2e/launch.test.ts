/** `launch`: an agent with the shim, without set-up. */
import { expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { ChatUpstream, hang, reply, say } from "../support/chat-upstream.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { until } from "../support/patience.ts";
import { Shim } from "../support/shim.ts";
import { ended, UserHome } from "../support/user-home.ts";

const describe = describeWith("shim", "codex");
const EXEC = ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"];

/** A program that tells how it was started, in the place of an agent. */
const TELLING = `#!/bin/sh
echo "args: $*"
env | sort
exit 7
`;

/** It lives on until it is told otherwise. */
const WAITING = `#!/bin/sh
trap 'echo got TERM; exit 3' TERM
trap 'echo got INT; exit 4' INT
echo "at $OPENCODE_CONFIG_CONTENT"
while :; do sleep 0.05; done
`;

function homeWith(name: string, script: string): UserHome {
  const home = new UserHome({ programs: {} });
  home.write(`bin/${name}`, script);
  chmodSync(home.path(`bin/${name}`), 0o755);
  return home;
}

describe("launch codex", () => {
  test("runs it on the built-in demo, and touches no file of the user's", async () => {
    using home = new UserHome();
    home.write(".codex/config.toml", 'model = "gpt-5.5" # mine\nmodel_provider = "openai"\n');
    const { code, output } = await ended(home.shim("launch", "codex", "--no-discover", "--", ...EXEC, "show me"));
    expect(output).toContain("It works.");
    expect(output).toContain("model: jusCode-auto");
    // It knows the model by the catalog.
    expect(output).not.toContain("Model metadata");
    expect(code).toBe(0);
    expect(home.read(".codex/config.toml")).toBe('model = "gpt-5.5" # mine\nmodel_provider = "openai"\n');
    expect(Object.keys(home.files()).filter((name) => /juscode/.test(name) && !name.endsWith("costs.sqlite"))).toEqual(
      [],
    );
  });

  test("wins over a provider of the same name, and asks for no key", async () => {
    using home = new UserHome();
    home.write(
      ".codex/config.toml",
      'model_provider = "juscode"\n[model_providers.juscode]\nname = "x"\nbase_url = "http://127.0.0.1:9/v1"\nenv_key = "JUSCODE_API_KEY"\n',
    );
    const { code, output } = await ended(home.shim("launch", "codex", "--no-discover", "--", ...EXEC, "show me"));
    expect(output).toContain("It works.");
    expect(code).toBe(0);
  });

  test.each(["--base-url", "--listen"])("uses the shim that runs, by %s", async (flag) => {
    await using upstream = new ChatUpstream([reply(say("By the running one."))], { models: ["scripted"] });
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using home = new UserHome();
    const at = ({ url, port }: Shim): string => (flag === "--listen" ? `127.0.0.1:${port}` : url);
    const ran = await ended(
      home.shim("launch", "codex", flag, at(shim), "--model", "scripted", "--", ...EXEC, "hello"),
    );
    expect(ran.output).toContain("By the running one.");
    expect(await shim.output()).toContain("/v1/responses codex scripted");
    upstream.check();
    const found = await ended(home.shim("launch", "codex", "--base-url", "http://127.0.0.1:9", "--", ...EXEC, "hello"));
    expect(found).toMatchObject({
      code: 2,
      output: expect.stringContaining("Nothing is listening at http://127.0.0.1:9/v1"),
    });
  });

  test("takes the key from where `key add` says to put it, where the shim asks for one", async () => {
    using home = new UserHome();
    const key = (await ended(home.start(pathOf("shim"), ["key", "add", "laptop"]))).output.split("\n")[0] ?? "";
    const state = { XDG_STATE_HOME: home.path(".local/state") };
    await using upstream = new ChatUpstream([reply(say("Let in.")), reply(say("By setup."))], { models: ["scripted"] });
    await using shim = await Shim.start({ args: ["--upstream", upstream.url], env: state });
    const at = ["--base-url", shim.url, "--model", "scripted"];
    const launch = (env: Record<string, string>): ReturnType<typeof ended> =>
      ended(home.shimWith(env, "launch", "codex", ...at, "--", ...EXEC, "hello"));
    expect(await launch({})).toMatchObject({ code: 2, output: expect.stringContaining("as JUSCODE_API_KEY") });
    const wrong = await launch({ JUSCODE_API_KEY: "jsk_other" });
    expect(wrong).toMatchObject({ code: 2, output: expect.stringContaining("refuses this key") });
    const env = { JUSCODE_API_KEY: key };
    expect((await launch(env)).output).toContain("Let in.");
    // Without it at hand `setup` writes where it will be.
    await home.setup("codex", "--yes", ...at);
    expect(home.read(".codex/juscode.config.toml")).toContain('env_key = "JUSCODE_API_KEY"');
    const ran = await ended(home.start("codex", ["--profile", "juscode", ...EXEC, "hello"], env));
    expect(ran.output).toContain("By setup.");
    upstream.check();
  });

  test("hands its exit code on, and whatever it is told", async () => {
    using home = new UserHome();
    const wrong = await ended(home.shim("launch", "codex", "--no-discover", "--", "exec", "--no-such-flag"));
    expect(wrong.code).toBe(2);
    expect(wrong.output).toContain("unexpected argument '--no-such-flag'");
  });

  test("a signal ends both, though the model is in the middle of a word", async () => {
    await using upstream = new ChatUpstream([reply(say("Let me "), hang())], { models: ["scripted"] });
    using home = new UserHome();
    const child = home.shim(
      "launch",
      "codex",
      "--upstream",
      upstream.url,
      "--model",
      "scripted",
      "--",
      ...EXEC,
      "hello",
    );
    await until("the upstream is asked", () => upstream.requests.length > 0);
    child.kill("SIGTERM");
    await child.exited;
    expect(child.signalCode ?? child.exitCode).not.toBe(0);
    // Its shim is gone with it, and with that the upstream's work.
    await until("it is left", () => upstream.request(0).aborted_ms !== undefined);
  });
});

describe("launch", () => {
  test("gives Claude Code everything by its environment and its command line", async () => {
    using home = homeWith("claude", TELLING);
    const { code, output } = await ended(home.shim("launch", "claude", "--no-discover", "--", "-p", "hello"));
    expect(code).toBe(7);
    const base = /ANTHROPIC_BASE_URL=(http:\/\/127\.0\.0\.1:\d+)\n/.exec(output)?.[1] ?? "";
    expect(output).toContain("ANTHROPIC_MODEL=jusCode-auto\n");
    expect(output).toContain("CLAUDE_CODE_MAX_CONTEXT_TOKENS=32768\n");
    expect(output).toContain("NO_PROXY=localhost,127.0.0.1,::1\n");
    expect(output).toMatch(/args: --settings \{"env":\{.*\}\} --permission-mode acceptEdits -p hello\n/);
    expect(output.split("\n")[0]).not.toContain("AUTH_TOKEN");
    expect(output).toContain(`"ANTHROPIC_BASE_URL":"${base}"`);
    // It has ended with the agent.
    expect(await fetch(base).catch(() => "nobody")).toBe("nobody");
  });

  test("leaves a permission mode that the user gives", async () => {
    using home = homeWith("claude", TELLING);
    const { output } = await ended(home.shim("launch", "claude", "--no-discover", "--", "--permission-mode", "plan"));
    expect(output.split("\n")[0]).toEndWith("--permission-mode plan");
    expect(output).not.toContain("acceptEdits");
  });

  test.each([["SIGTERM", 3] as const, ["SIGINT", 4] as const])("hands %s on to opencode", async (signal, code) => {
    using home = homeWith("opencode", WAITING);
    const child = home.shim("launch", "opencode", "--no-discover");
    const reader = child.stdout.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    const config = JSON.parse(first.replace("at ", "")) as {
      model: string;
      provider: { juscode: { options: { baseURL: string } } };
    };
    expect(config.model).toBe("juscode/jusCode-auto");
    expect((await fetch(`${config.provider.juscode.options.baseURL}/models`)).ok).toBe(true);
    child.kill(signal);
    expect(await child.exited).toBe(code);
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(`got ${signal.slice(3)}\n`);
  });

  test("ends by the signal that ended the agent", async () => {
    using home = homeWith("opencode", "#!/bin/sh\nkill -KILL $$\n");
    const child = home.shim("launch", "opencode", "--no-discover");
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
  });

  test("says what is missing", async () => {
    using home = new UserHome({ programs: {} });
    expect(await ended(home.shim("launch", "codex"))).toMatchObject({
      code: 2,
      output: expect.stringContaining("codex is not on PATH"),
    });
    expect((await ended(home.shim("launch", "codx"))).output).toContain("did you mean codex?");
    expect((await ended(home.shim("launch"))).output).toContain("needs the name of an agent");
  });
});
