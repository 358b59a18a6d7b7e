import { PRESETS } from "../../src/config/presets/index.ts";
import { describe, expect, test } from "bun:test";
import { readCommand } from "../../src/cli/options.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

const read = (line: string, env: Record<string, string> = {}): unknown => {
  const command = readCommand(line === "" ? [] : line.split(" "), env);
  return command.name === "serve" ? command.flags : command.name;
};

describe("the command line", () => {
  const GOOD: [string, unknown, Record<string, string>?][] = [
    [
      "",
      {
        config: undefined,
        listen: undefined,
        upstream: undefined,
        discover: undefined,
        hold_ms: undefined,
        heartbeat_ms: undefined,
        idle_ms: undefined,
        max_requests: undefined,
        heal: undefined,
        quiet: false,
      },
    ],
    ["serve -l 8000 -q", { listen: { host: "127.0.0.1", port: 8000 }, quiet: true }],
    ["--listen localhost:0", { listen: { host: "localhost", port: 0 } }],
    ["--listen [::1]:9000", { listen: { host: "::1", port: 9000 } }],
    ["--upstream http://h:1", { upstream: { base_url: "http://h:1/v1", api_key: undefined } }],
    ["--upstream https://h/api/v3/", { upstream: { base_url: "https://h/api/v3", api_key: undefined } }],
    [
      "-u http://h --upstream-key-env K",
      { upstream: { base_url: "http://h/v1", api_key: "secret" } },
      { K: " secret\n" },
    ],
    ["--no-discover --heal off --hold-ms 5", { discover: false, heal: "off", hold_ms: 5 }],
    ["-c f.toml --max-requests 9", { config: "f.toml", max_requests: 9 }],
    [
      "--preset deepseek",
      { upstream: { base_url: "https://api.deepseek.com", api_key: "k", preset: "deepseek" } },
      { DEEPSEEK_API_KEY: "k" },
    ],
    ["-p ollama", { upstream: { base_url: "http://127.0.0.1:11434/v1", api_key: undefined, preset: "ollama" } }],
    [
      "-u https://api.openai.com/v1 --wire chat",
      { upstream: { preset: "openai", wire: "chat", api_key: "o" } },
      { OPENAI_API_KEY: "o" },
    ],
    ["check", "check"],
    ["init --stdout", "init"],
    ["--help", "help"],
    ["help", "help"],
    ["-V", "version"],
  ];
  for (const [line, expected, env] of GOOD) {
    test(`juscode-shim ${line}`, () => {
      if (typeof expected === "string") expect(read(line, env)).toBe(expected);
      else expect(read(line, env)).toMatchObject(expected as object);
    });
  }

  /** Word for word what the user reads. */
  const BAD: [string, string][] = [
    ["--lisen 3", "there is no option `--lisen`; did you mean --listen? See juscode-shim --help"],
    ["--zzzzzz", "there is no option `--zzzzzz`; see juscode-shim --help"],
    ["-x", "there is no option `-x`; see juscode-shim --help"],
    ["--listen", "--listen needs a value"],
    ["--listen --quiet", "--listen needs a value"],
    ["--quiet=1", "--quiet takes no value"],
    ["--upstream=", "--upstream is empty; is it a shell variable that is not set?"],
    [
      "start",
      "there is no command `start`; there are: serve, check, init, explain, costs, key, last, replay, doctor, service, setup, launch, completions, help, version",
    ],
    ["serve now", "`now` is one word too many; options begin with --"],
    ["--listen here", "--listen here is no address; write HOST:PORT or PORT, for example 127.0.0.1:5872"],
    [
      "--listen 127.0.0.1:99999",
      "--listen 127.0.0.1:99999 is no address; write HOST:PORT or PORT, for example 127.0.0.1:5872",
    ],
    ["--log-level loud", "--log-level loud must be one of info, warn, error, quiet"],
    ["--log-format xml", "--log-format xml must be one of text, json"],
    ["--record-texts", "--record-texts needs --record DIR"],
    ["key", "`key` needs to be told what: key add NAME, key list, or key remove NAME"],
    ["key list --rpm 1", "--models, --rpm and --metrics belong to `key add`"],
    ["key add a --rpm 0", "--rpm 0 must be a whole number of requests a minute from 1 to 1000000"],
    ["key add a --rpm 1.5", "--rpm 1.5 must be a whole number of requests a minute from 1 to 1000000"],
    ["costs --days 0", "--days 0 must be a whole number from 1 to 99999"],
    ["costs --by wire", "--by wire must be one of day, model, provider, route"],
    ["service instal", "service needs one of install, uninstall, print, not `instal`; did you mean install?"],
    ["doctor --lon", "there is no option `--lon`; did you mean --long? See juscode-shim doctor --help"],
    ["doctor --models a", "--models is no option of `doctor`; did you mean --model? See juscode-shim doctor --help"],
    ["last none", "`last none`: write how many turns, from 1 to 9999"],
    ["replay", "`replay` needs the file of a transcript (see --record)"],
    ["--upstream nowhere", "--upstream nowhere is no URL; write for example http://127.0.0.1:11434/v1"],
    ["--upstream localhost:11434", "--upstream localhost:11434 must begin with http:// or https://"],
    ["--upstream ftp://h", "--upstream ftp://h must begin with http:// or https://"],
    [
      "--upstream http://h/v1/chat/completions",
      "--upstream http://h/v1/chat/completions has a path too much; leave out /chat/completions: http://h/v1",
    ],
    [
      "--upstream http://h/v1/responses/",
      "--upstream http://h/v1/responses/ has a path too much; leave out /responses: http://h/v1",
    ],
    [
      "--preset olama",
      `there is no preset \`olama\`; did you mean ollama? There are: ${PRESETS.map(({ id }) => id).join(", ")}`,
    ],
    [
      "--preset azure",
      "--preset azure has no address of its own; give the host's by --upstream, which is like https://{resource}.openai.azure.com/openai/v1",
    ],
    ["--preset tgi", "--preset tgi has no address of its own; give the host's by --upstream"],
    ["-u http://h --wire soap", "--wire soap must be one of responses, chat, messages"],
    ["--wire chat", "--wire needs --upstream or --preset"],
    ["check --quiet", "--quiet is no option of `check`; see juscode-shim check --help"],
    ["--json", "--json is no option of `serve`; see juscode-shim --help"],
    [
      "chek",
      "there is no command `chek`; did you mean check? There are: serve, check, init, explain, costs, key, last, replay, doctor, service, setup, launch, completions, help, version",
    ],
    ["--max-requests 0", "--max-requests 0 must be a whole number from 1 to 20000"],
    ["--upstream-key-env K", "--upstream-key-env needs --upstream or --preset"],
    ["-u http://h --upstream-key-env K", "--upstream-key-env: the environment variable K is not set; run: export K=…"],
    ["--hold-ms soon", "--hold-ms soon must be a whole number of milliseconds from 1 to 2147483647"],
    ["--heartbeat-ms 0", "--heartbeat-ms 0 must be a whole number of milliseconds from 1 to 2147483647"],
    ["--idle-ms 1.5", "--idle-ms 1.5 must be a whole number of milliseconds from 1 to 2147483647"],
    ["--hold-ms 9999999999", "--hold-ms 9999999999 must be a whole number of milliseconds from 1 to 2147483647"],
    ["--heal maybe", "--heal maybe must be one of auto, off"],
  ];
  test.each(BAD)("juscode-shim %s: refused", (line, words) => {
    let refusal: unknown;
    try {
      read(line);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(UsageError);
    expect((refusal as UsageError).message).toBe(words);
  });
});
