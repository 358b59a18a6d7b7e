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

  const BAD: [string, string][] = [
    ["--lisen 3", "there is no option `--lisen`; did you mean --listen?"],
    ["--zzzzzz", "there is no option `--zzzzzz` See juscode-shim --help"],
    ["start", "there is no command `start`"],
    ["serve now", "`now` is one word too many"],
    ["--listen here", "--listen here is no address"],
    ["--listen 127.0.0.1:99999", "is no address"],
    ["--listen 0.0.0.0:80", "would let other machines in"],
    ["--upstream nowhere", "--upstream nowhere is no URL"],
    ["--upstream ftp://h", "must begin with http:// or https://"],
    ["--upstream http://h/v1/chat/completions", "leave out /chat/completions: http://h/v1"],
    ["--upstream http://h/v1/responses/", "leave out /responses: http://h/v1"],
    ["--upstream-key-env K", "--upstream-key-env needs --upstream"],
    ["-u http://h --upstream-key-env K", "the environment variable K is not set"],
    ["--hold-ms soon", "--hold-ms soon must be a whole number"],
    ["--heal maybe", "--heal maybe must be auto or off"],
  ];
  for (const [line, words] of BAD) {
    test(`juscode-shim ${line}: refused`, () => {
      expect(() => read(line)).toThrow(UsageError);
      expect(() => read(line)).toThrow(words);
    });
  }
});
