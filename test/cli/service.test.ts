/** The service: its units by the manager's own tools, its files on a machine of their own, and how it is told of the shim. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { service, type ServiceMachine } from "../../src/cli/service/service.ts";
import type { ServiceOptions } from "../../src/cli/options.ts";
import { quoted } from "../../src/cli/service/unit-files.ts";
import { supervisor } from "../../src/server/notify.ts";
import { golden } from "../support/golden.ts";
import { aWhile, until } from "../support/patience.ts";

const scratch = (): string => mkdtempSync(join(tmpdir(), "juscode-service-"));

function machine(more: Partial<ServiceMachine> = {}): ServiceMachine {
  return {
    platform: "linux",
    is_root: true,
    home: "/home/somebody",
    executable: "/usr/local/bin/juscode-shim",
    env: {},
    root: scratch(),
    ...more,
  };
}

const asked = (more: Partial<ServiceOptions> = {}): ServiceOptions => ({
  action: "print",
  scope: undefined,
  config: undefined,
  ...more,
});

test("the printed files", () => {
  golden("service/system.service", service(asked(), machine()));
  golden("service/user.service", service(asked({ scope: "user" }), machine()));
  const mac = machine({ platform: "darwin", is_root: false, home: "/Users/some & body" });
  golden("service/agent.plist", service(asked({ config: "/Users/some & body/shim.toml" }), mac));
});

test("a path is one word, whatever is in it", () => {
  expect(quoted("/opt/a b/50%/$x/juscode-shim")).toBe('"/opt/a b/50%%/$$x/juscode-shim"');
  expect(quoted("/usr/local/bin/juscode-shim")).toBe("/usr/local/bin/juscode-shim");
  expect(quoted("/a\nExecStartPre=/bin/x\t\u0085\u2028")).toBe(
    '"/a\\x0aExecStartPre=/bin/x\\x09\\xc2\\x85\\xe2\\x80\\xa8"',
  );
});

test.each([
  "/srv/a\nExecStartPre=/bin/sh -c 'touch /tmp/x'",
  "/srv/a\r\n[Service]\r\nUser=root",
  "/srv/a\u0085b",
  "/srv/a\u2028b",
  "/srv/a\u001b[2Jb",
  "/srv/a\u202eb",
  "/srv/a</string><string>--listen\u0000",
])("a path that would say something of its own is refused: %j", (path) => {
  for (const platform of ["linux", "darwin"])
    for (const action of ["print", "install"] as const) {
      const here = machine({ platform });
      expect(() => service(asked({ action, config: path }), here)).toThrow("cannot be shown");
      expect(() => service(asked({ action }), { ...here, executable: path })).toThrow("cannot be shown");
      expect(() => service(asked({ action }), { ...here, home: path })).toThrow("cannot be shown");
    }
});

test.each([`/srv/"a" 'b' \\ %h $HOME <&>]]>.toml`, "/srv/ä b/ж.toml", "/srv/;", "/srv/#a"])(
  "a path of odd characters is one word of one line: %s",
  (path) => {
    const unit = service(asked({ config: path }), machine());
    expect(unit.split("\n").filter((line) => line.startsWith("Exec")).length).toBe(2);
    expect(unit.split("\n").length).toBe(service(asked(), machine()).split("\n").length);
    const start = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? "";
    expect(start).toBe(`/usr/local/bin/juscode-shim serve --config ${quoted(path)}`);
    const plist = service(asked({ config: path }), machine({ platform: "darwin" }));
    const words = Array.from(plist.matchAll(/^ {4}<string>(.*)<\/string>$/gm), ([, word = ""]) =>
      word.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
    );
    expect(words).toContain(path);
  },
);

describe("install and uninstall", () => {
  const UNIT = "etc/systemd/system/juscode-shim.service";

  test("write the unit and the folder of keys once, and take away only what is ours", () => {
    const here = machine();
    const unit = join(here.root ?? "", UNIT);
    const said = service(asked({ action: "install" }), here);
    expect(said).toContain(`${unit} was written`);
    expect(said).toContain("juscode-shim init --config /etc/juscode-shim/config.toml");
    expect(said).toContain("systemctl daemon-reload && systemctl enable juscode-shim.service");
    expect(readFileSync(unit, "utf8")).toBe(service(asked(), here));
    expect(statSync(join(here.root ?? "", "etc/juscode-shim/keys")).mode & 0o777).toBe(0o700);
    expect(service(asked({ action: "install" }), here)).toContain("is up to date");
    expect(service(asked({ action: "install", config: "/srv/shim.toml" }), here)).toContain("was updated");
    expect(service(asked({ action: "uninstall" }), here)).toContain("was removed; config, keys and state were kept");
    expect(existsSync(unit)).toBe(false);
    expect(existsSync(join(here.root ?? "", "etc/juscode-shim/keys"))).toBe(true);
    expect(() => service(asked({ action: "uninstall" }), here)).toThrow("nothing is installed there");
  });

  test("a unit of somebody else's stays", () => {
    const here = machine();
    const unit = join(here.root ?? "", UNIT);
    service(asked({ action: "install" }), here);
    writeFileSync(unit, "[Service]\nExecStart=/opt/mine\n");
    expect(() => service(asked({ action: "install" }), here)).toThrow("is not overwritten");
    expect(() => service(asked({ action: "uninstall" }), here)).toThrow("is not removed");
    expect(readFileSync(unit, "utf8")).toContain("/opt/mine");
  });

  test("a program that the service could not see is refused, with what to do", () => {
    const here = machine({ executable: "/home/somebody/juscode-shim" });
    expect(() => service(asked({ action: "install" }), here)).toThrow("sudo install -m 755");
    expect(service(asked({ action: "install", scope: "user" }), here)).toContain("loginctl enable-linger");
  });

  test("where there is no service manager that is known, what to do instead", () => {
    expect(() => service(asked(), machine({ platform: "win32" }))).toThrow("Task Scheduler");
  });
});

const hasSystemd = Bun.which("systemd-analyze") !== null;

if (!hasSystemd) console.warn("systemd-analyze is not here: units are not checked by systemd's own tools");

describe.skipIf(!hasSystemd)("by systemd's own tools", () => {
  const written = (scope: "system" | "user"): string => {
    const file = join(scratch(), "juscode-shim.service");
    // A program that is there: `verify` looks.
    writeFileSync(file, service(asked({ scope }), machine({ executable: process.execPath })));
    return file;
  };
  const analyze = (...args: string[]): { code: number; text: string } => {
    const ran = Bun.spawnSync(["systemd-analyze", ...args], { stdout: "pipe", stderr: "pipe" });
    return { code: ran.exitCode, text: ran.stdout.toString() + ran.stderr.toString() };
  };

  test.each(["system", "user"] as const)("the %s's unit has no fault", (scope) => {
    expect(analyze("verify", "--man=no", "--recursive-errors=no", written(scope))).toEqual({ code: 0, text: "" });
  });

  test("the system's unit is exposed less than most", () => {
    const { text } = analyze("security", "--offline=yes", "--no-pager", written("system"));
    const [, level, word] = /exposure level for \S+: ([\d.]+) (\w+)/.exec(text) ?? [];
    expect(Number(level)).toBeLessThan(2);
    expect(word).toBe("OK");
  });

  test("readiness, signs of life in order, and the end reach the manager's socket", async () => {
    await using socket = await NotifySocket.open();
    const warnings: string[] = [];
    const manager = supervisor({
      env: {
        PATH: process.env["PATH"],
        NOTIFY_SOCKET: socket.path,
        WATCHDOG_USEC: "600000",
        WATCHDOG_PID: String(process.pid),
      },
      warn: (text) => void warnings.push(text),
    });
    manager.ready("listens on\nhttp://127.0.0.1:5872");
    await socket.until("WATCHDOG=1", 2);
    manager.stopping();
    await socket.until("STOPPING=1", 1);
    const [first, ...rest] = socket.messages.filter((each) => each !== "BARRIER=1");
    expect(first).toBe("READY=1\\nSTATUS=listens on http://127.0.0.1:5872");
    expect(rest.at(-1)).toBe("STOPPING=1");
    expect(rest.slice(0, -1).every((each) => each === "WATCHDOG=1")).toBe(true);
    expect(warnings).toEqual([]);
  });
});

test("nobody is told where nobody listens, and a manager that cannot be told is mentioned once", async () => {
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  const none = supervisor({ env: {}, warn, program: "/nowhere/systemd-notify" });
  none.ready("x");
  const lost = supervisor({ env: { NOTIFY_SOCKET: "/nowhere" }, warn, program: "/nowhere/systemd-notify" });
  lost.ready("x");
  lost.stopping();
  await until("it is mentioned", () => warnings.length > 0);
  await aWhile(10);
  expect(warnings).toEqual(["the service manager cannot be told (/nowhere/systemd-notify): it is not installed"]);
});

/** The runtime has no datagram sockets of this kind: Python's stands for the manager's. */
class NotifySocket implements AsyncDisposable {
  readonly path = join(scratch(), "notify");
  readonly messages: string[] = [];
  private readonly process: Bun.Subprocess<"ignore", "pipe", "inherit">;

  private constructor() {
    const program = `
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("open", flush=True)
while True:
    text, control, *_ = s.recvmsg(4096, 4096)
    for level, kind, data in control:
        if kind == socket.SCM_RIGHTS:
            for (fd,) in struct.iter_unpack("i", data): os.close(fd)
    print(text.decode().replace("\\n", "\\\\n"), flush=True)
`;
    this.process = Bun.spawn(["python3", "-c", program, this.path], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    void this.read();
  }

  static async open(): Promise<NotifySocket> {
    const socket = new NotifySocket();
    await socket.until("open", 1);
    socket.messages.splice(0);
    return socket;
  }

  async until(message: string, times: number): Promise<void> {
    await until(`${message} comes`, () => this.messages.filter((each) => each === message).length >= times);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  private async read(): Promise<void> {
    const utf8 = new TextDecoder();
    let rest = "";
    for await (const bytes of this.process.stdout) {
      const lines = (rest + utf8.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      this.messages.push(...lines);
    }
  }
}
