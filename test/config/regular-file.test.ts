/** Only regular files of a sensible size are read, whatever stands in their place, and nothing waits for them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  appendToRegularFile,
  IrregularFile,
  leadsNowhere,
  makeRegularFile,
  readRegularBytes,
  readRegularFile,
  requireRegularFile,
  whyUnreadable,
} from "../../src/config/regular-file.ts";

let dir: string;
let socket: Server;
const at = (name: string): string => join(dir, name);
const makeFifo = (path: string): void => {
  if (!Bun.spawnSync(["mkfifo", path]).success) throw new Error("no mkfifo");
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "juscode-regular-"));
  makeFifo(at("fifo"));
  mkdirSync(at("folder"));
  symlinkSync("fifo", at("to-fifo"));
  symlinkSync("/dev/zero", at("to-zero"));
  symlinkSync("nothing", at("to-nothing"));
  symlinkSync("good", at("to-good"));
  writeFileSync(at("good"), "häuser\n");
  writeFileSync(at("large"), "");
  truncateSync(at("large"), 17 * 1024 * 1024);
  socket = createServer().listen(at("socket"));
  await new Promise((done) => socket.once("listening", done));
});
afterAll(() => {
  socket.close();
  rmSync(dir, { recursive: true });
});

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof IrregularFile ? error.message : whyUnreadable(error);
  }
  return "it was read";
};

describe("reading", () => {
  test.each([
    ["fifo", "is a FIFO, and only regular files are read"],
    ["to-fifo", "is a FIFO, and only regular files are read"],
    ["to-zero", "is a device, and only regular files are read"],
    ["folder", "is a folder, and only regular files are read"],
    ["socket", "is a socket, and only regular files are read"],
    ["large", "holds more than 16 MB, which is more than such a file ever needs"],
  ])("%s is refused by name and reason", (name, why) => {
    expect(refusal(() => readRegularFile(at(name)))).toBe(`${at(name)} ${why}`);
  });

  test.each(["/dev/zero", "/dev/tty", "/dev/null", "/dev/full"])("%s is a device", (path) =>
    expect(refusal(() => readRegularFile(path))).toBe(`${path} is a device, and only regular files are read`),
  );

  test("what the system refuses is told in its word", () => {
    expect(refusal(() => readRegularFile(at("none")))).toBe("cannot be read (ENOENT)");
    expect(refusal(() => readRegularFile(at("to-nothing")))).toBe("cannot be read (ENOENT)");
    expect([at("to-nothing"), at("to-good"), at("good"), at("none")].map(leadsNowhere)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    if (existsSync("/proc/self/mem"))
      expect(refusal(() => readRegularFile("/proc/self/mem"))).toMatch(/cannot be read \(E[A-Z]+\)|more than 16 MB/);
  });

  test("a regular file, and a link to one, is read whole", () => {
    expect(readRegularFile(at("good"))).toBe("häuser\n");
    expect(readRegularFile(at("to-good"))).toBe("häuser\n");
    // Files of this system tell no size.
    if (existsSync("/proc/self/status")) expect(readRegularFile("/proc/self/status")).toContain("Name:");
    for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      const bytes = Buffer.alloc(size, "x");
      writeFileSync(at("sized"), bytes);
      expect(readRegularBytes(at("sized")).equals(bytes)).toBe(true);
    }
  });

  test("a file may hold as much as it may, and no more", () => {
    writeFileSync(at("bounded"), "x".repeat(100));
    expect(readRegularFile(at("bounded"), 100)).toHaveLength(100);
    expect(refusal(() => readRegularFile(at("bounded"), 99))).toContain("holds more than 99 bytes");
  });

  test("a FIFO that takes the place of a file again and again never keeps it waiting", async () => {
    const swap = `while :; do ln -f ${at("good")} ${at("a")}; mv -f ${at("a")} ${at("s")}; mkfifo ${at("b")}; mv -f ${at("b")} ${at("s")}; done`;
    writeFileSync(at("s"), "");
    const swapping = Bun.spawn(["sh", "-c", swap], { stdout: "ignore", stderr: "ignore" });
    const seen = new Set<string>();
    // Whoever waits at a FIFO waits for ever: this test then never ends.
    for (let i = 0; i < 20_000; i++) {
      try {
        seen.add(readRegularFile(at("s")));
      } catch (error) {
        seen.add(error instanceof IrregularFile ? "FIFO" : String((error as { code?: unknown }).code));
      }
    }
    swapping.kill("SIGKILL");
    await swapping.exited;
    expect(seen.has("häuser\n") && seen.has("FIFO")).toBe(true);
  }, 60_000);
});

describe("writing", () => {
  test("goes to regular files alone", () => {
    for (const name of ["fifo", "to-fifo", "to-zero", "socket"]) {
      expect(refusal(() => appendToRegularFile(at(name), "x", 0o600))).toContain("only regular files");
      expect(refusal(() => makeRegularFile(at(name), 0o600))).toContain("only regular files");
      expect(refusal(() => requireRegularFile(at(name)))).toContain("only regular files");
    }
    appendToRegularFile(at("new"), "one\n", 0o600);
    appendToRegularFile(at("new"), "two\n", 0o600);
    expect(readFileSync(at("new"), "utf8")).toBe("one\ntwo\n");
    expect(statSync(at("new")).mode & 0o777).toBe(0o600);
    makeRegularFile(at("new"), 0o600);
    expect(readFileSync(at("new"), "utf8")).toBe("one\ntwo\n");
    renameSync(at("new"), at("newer"));
    expect(refusal(() => requireRegularFile(at("new")))).toBe("it was read");
  });
});
