import { describe, expect, test } from "bun:test";
import { DEFAULT_PORT, readCommand, UsageError } from "../../src/cli/options.ts";

const read = (line: string, env: Record<string, string> = {}): unknown => {
  const command = readCommand(line === "" ? [] : line.split(" "), env);
  return command.name === "serve" ? command.options : command.name;
};

describe("the command line", () => {
  const GOOD: [string, unknown, Record<string, string>?][] = [
    [
      "",
      {
        host: "127.0.0.1",
        port: DEFAULT_PORT,
        upstream: undefined,
        discover: true,
        hold_ms: 2000,
        heartbeat_ms: 10_000,
        idle_ms: 1_800_000,
        heal: "auto",
        quiet: false,
      },
    ],
    ["serve -l 8000 -q", { port: 8000, quiet: true }],
    ["--listen localhost:0", { host: "localhost", port: 0 }],
    ["--listen [::1]:9000", { host: "::1", port: 9000 }],
    ["--upstream http://h:1", { upstream: { base_url: "http://h:1/v1", api_key: undefined } }],
    ["--upstream https://h/api/v3/", { upstream: { base_url: "https://h/api/v3", api_key: undefined } }],
    [
      "-u http://h --upstream-key-env K",
      { upstream: { base_url: "http://h/v1", api_key: "secret" } },
      { K: " secret\n" },
    ],
    ["--no-discover --heal off --hold-ms 5", { discover: false, heal: "off", hold_ms: 5 }],
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
    ["start", "there is no command `start`; there are: serve, help, version"],
    ["serve now", "`now` is one word too many; options begin with --"],
    ["--listen here", "--listen here is no address; write HOST:PORT or PORT, for example 127.0.0.1:5872"],
    [
      "--listen 127.0.0.1:99999",
      "--listen 127.0.0.1:99999 is no address; write HOST:PORT or PORT, for example 127.0.0.1:5872",
    ],
    [
      "--listen 0.0.0.0:80",
      "--listen 0.0.0.0 would let other machines in, and this version has no keys to keep strangers out; listen on 127.0.0.1 and reach it through an SSH tunnel",
    ],
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
    ["--upstream-key-env K", "--upstream-key-env needs --upstream"],
    ["-u http://h --upstream-key-env K", "--upstream-key-env: the environment variable K is not set; run: export K=…"],
    ["--hold-ms soon", "--hold-ms soon must be a whole number of milliseconds from 1 to 2147483647"],
    ["--heartbeat-ms 0", "--heartbeat-ms 0 must be a whole number of milliseconds from 1 to 2147483647"],
    ["--idle-ms 1.5", "--idle-ms 1.5 must be a whole number of milliseconds from 1 to 2147483647"],
    ["--hold-ms 9999999999", "--hold-ms 9999999999 must be a whole number of milliseconds from 1 to 2147483647"],
    ["--heal maybe", "--heal maybe must be auto or off"],
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
