/** Who besides the user could change what is kept: by mode, by owner, by a folder or a link on the way. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Access } from "../../../src/server/access/access.ts";
import {
  exposedState,
  exposureOf,
  judge,
  trustHere,
  type Step,
  type Trust,
} from "../../../src/server/access/exposed-path.ts";
import { changeKeys, watchKeys } from "../../../src/server/access/key-file.ts";
import { until } from "../serving.ts";

const ROOT = process.getuid?.() === 0;
const OTHER = 12_345;

let dir: string;
beforeEach(() => void (dir = realpathSync(mkdtempSync(join(tmpdir(), "juscode-exposed-")))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string): string => join(dir, name);
const folder = (name: string, mode = 0o700): string => {
  mkdirSync(at(name), { recursive: true });
  chmodSync(at(name), mode);
  return at(name);
};
const file = (name: string, mode = 0o600): string => {
  writeFileSync(at(name), "{}");
  chmodSync(at(name), mode);
  return at(name);
};

describe("by mode", () => {
  test.each([0o600, 0o400, 0o440, 0o640, 0o644, 0o700])("%d is fine", (mode) => {
    folder("state", 0o755);
    expect(exposureOf(file("state/keys.json", mode))).toBeUndefined();
  });

  test.each([0o602, 0o606, 0o646, 0o666, 0o777])("%d is not", (mode) => {
    folder("state");
    expect(exposureOf(file("state/keys.json", mode))).toEqual({
      path: at("state/keys.json"),
      why: `can be written to by others (mode ${mode.toString(8)})`,
      fix: `chmod 600 ${at("state/keys.json")}`,
    });
  });

  test("a folder that is written to by others: the state folder itself also if it is sticky, one on the way not", () => {
    for (const mode of [0o777, 0o707, 0o1777])
      expect(exposureOf(folder("state", mode))).toMatchObject({ path: at("state"), fix: `chmod 700 ${at("state")}` });
    folder("way", 0o777);
    folder("way/state");
    for (const path of ["way/state", "way/state/keys.json", "way/state/not/there/yet"])
      expect(exposureOf(at(path))).toMatchObject({ path: at("way"), fix: `chmod go-w ${at("way")}` });
    chmodSync(at("way"), 0o1777);
    for (const path of ["way/state", "way/state/keys.json", "way/keys.json"])
      expect(exposureOf(at(path))).toBeUndefined();
  });

  test("what is not there yet is judged by where it would be", () => {
    folder("open", 0o777);
    expect(exposureOf(at("open/juscode-shim/keys.json"))?.path).toBe(at("open"));
    expect(exposureOf(at("closed/juscode-shim/keys.json"))).toBeUndefined();
  });

  test("links are followed: each folder on the way counts, wherever they lead", () => {
    folder("safe");
    file("safe/keys.json");
    folder("open", 0o777);
    symlinkSync(at("safe/keys.json"), at("open/link"));
    symlinkSync(join("open", "link"), at("first"));
    expect(exposureOf(at("first"))?.path).toBe(at("open"));
    chmodSync(at("open"), 0o755);
    expect(exposureOf(at("first"))).toBeUndefined();
    chmodSync(at("safe/keys.json"), 0o666);
    expect(exposureOf(at("first"))?.path).toBe(at("safe/keys.json"));
    symlinkSync(at("circle"), at("circle"));
    expect(exposureOf(at("circle"))).toBeUndefined();
  });
});

describe.skipIf(!ROOT)("by owner, as root", () => {
  const me: Trust = { uid: 0, uids: new Set(), gids: new Set(), groups: [0] };
  const they: Trust = { uid: OTHER, uids: new Set(), gids: new Set([OTHER]), groups: [OTHER] };

  test("a file, a folder and a link of somebody else", () => {
    folder("state", 0o755);
    const keys = file("state/keys.json");
    chownSync(keys, OTHER, OTHER);
    expect(exposureOf(keys, me)).toEqual({
      path: keys,
      why: `belongs to the user with the number ${OTHER}, who could change it`,
      fix: `chown 0 ${keys}, or run juscode-shim as that user`,
    });
    // Its own user's, in a folder of root.
    expect(exposureOf(keys, they)).toBeUndefined();
    chownSync(keys, 0, 0);
    expect(exposureOf(keys, they)).toBeUndefined();
    chownSync(at("state"), OTHER, OTHER);
    expect(exposureOf(keys, me)?.path).toBe(at("state"));
    chownSync(at("state"), 0, 0);
    folder("shared", 0o1777);
    symlinkSync(at("state"), at("shared/link"));
    expect(exposureOf(at("shared/link/keys.json"), me)).toBeUndefined();
    lchownSync(at("shared/link"), OTHER, OTHER);
    expect(exposureOf(at("shared/link/keys.json"), me)?.path).toBe(at("shared/link"));
  });

  test("a group that is not the user's own", () => {
    folder("state", 0o755);
    const keys = file("state/keys.json", 0o660);
    expect(exposureOf(keys, me)).toBeUndefined(); // Root's.
    chownSync(keys, 0, OTHER);
    expect(exposureOf(keys, me)).toMatchObject({ path: keys, why: "can be written to by others (mode 660)" });
    expect(exposureOf(keys, they)).toBeUndefined();
    chownSync(at("state"), 0, OTHER + 1);
    chmodSync(at("state"), 0o775);
    expect(exposureOf(keys, they)?.path).toBe(at("state"));
  });

  test("all that is kept is looked at, each path once", () => {
    folder("state");
    for (const name of ["keys.json", "costs.sqlite", "turns.jsonl", "capabilities.json"]) file(`state/${name}`, 0o666);
    file("elsewhere.sqlite", 0o666);
    file("elsewhere.sqlite-wal", 0o666);
    const places = { state_folder: at("state"), keys_file: at("state/keys.json"), store_file: at("elsewhere.sqlite") };
    expect(exposedState(places, me).map(({ what, path }) => [what, path])).toEqual([
      ["keys", at("state/keys.json")],
      ["state folder", at("state/capabilities.json")],
      ["state folder", at("state/costs.sqlite")],
      ["state folder", at("state/turns.jsonl")],
      ["store", at("elsewhere.sqlite")],
      ["store", at("elsewhere.sqlite-wal")],
    ]);
    chmodSync(at("state"), 0o777);
    expect(exposedState(places, me).map(({ path }) => path)).toEqual([
      at("state"),
      at("elsewhere.sqlite"),
      at("elsewhere.sqlite-wal"),
    ]);
  });
});

describe("who is trusted", () => {
  const step = (more: Partial<Step>): Step => ({
    path: "/data/state",
    kind: "folder",
    uid: 1000,
    gid: 1000,
    mode: 0o40700,
    ...more,
  });
  const plain: Trust = { uid: 0, uids: new Set(), gids: new Set(), groups: [0] };
  const volume = { path: "/data", uid: 1000, gid: 2000, mode: 0o40777 };
  const contained: Trust = {
    ...plain,
    groups: [0, 2000],
    volumeOf: (path) => (path.startsWith("/data") ? volume : undefined),
  };

  test("in a container the owner of a volume, and only on it", () => {
    expect(judge(step({}), true, plain)?.why).toContain("belongs to the user with the number 1000");
    expect(judge(step({}), true, contained)).toBeUndefined();
    expect(judge(step({ uid: 1001 }), true, contained)).toBeDefined();
    expect(judge(step({ path: "/other/state" }), true, contained)).toBeDefined();
  });

  test("in a container a volume's group that is ours, and an open volume on the way", () => {
    expect(judge(step({ gid: 2000, mode: 0o42770 }), true, contained)).toBeUndefined();
    expect(judge(step({ gid: 2000, mode: 0o42770 }), true, { ...contained, groups: [0] })).toBeDefined();
    expect(judge(step({ path: "/data", mode: 0o40777 }), false, contained)).toBeUndefined();
    expect(judge(step({ path: "/data", mode: 0o40777 }), true, contained)).toBeDefined();
    expect(judge(step({ path: "/data/way", mode: 0o40777 }), false, contained)).toBeDefined();
  });

  test("who called sudo, nobody in a user namespace, admins of macOS", () => {
    expect(judge(step({}), true, { ...plain, uids: new Set([1000]) })).toBeUndefined();
    expect(judge(step({ uid: 65_534 }), true, { ...plain, uids: new Set([65_534]) })).toBeUndefined();
    const admins = { ...plain, gids: new Set([80]) };
    expect(judge(step({ uid: 0, gid: 80, mode: 0o40775 }), false, admins)).toBeUndefined();
    expect(judge(step({ uid: 0, gid: 20, mode: 0o40775 }), false, admins)).toBeDefined();
  });

  test("here: this user, and whatever the system says", () => {
    expect(trustHere()?.uid).toBe(process.getuid?.() ?? -1);
  });
});

test("while it runs: keys that others could have written do not count", async () => {
  folder("state");
  const keys = at("state/keys.json");
  changeKeys(keys, () => []);
  const access = new Access([], true, () => 0);
  const told: string[] = [];
  const watch = watchKeys(keys, access, (text) => void told.push(text), 5);
  const planted = { version: 1, keys: [{ name: "planted", sha256: "0".repeat(64), use: "models", created_at: "" }] };
  writeFileSync(keys, JSON.stringify(planted));
  chmodSync(keys, 0o666);
  await until("it is told", () => told.length > 0);
  expect(told.at(-1)).toContain("can be written to by others (mode 666) (chmod 600");
  expect(told.at(-1)).toContain("the keys as they were before stay in use");
  let replaced = 0;
  access.replace = () => void replaced++;
  await Bun.sleep(30);
  expect(replaced).toBe(0);
  chmodSync(keys, 0o600);
  await until("it counts", () => replaced === 1);
  watch.close();
});
