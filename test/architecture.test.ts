/** The rules of the house, held by a test. Each is also shown to find what it is there to find. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import * as rules from "./support/architecture.ts";
import type { Rule, Sources } from "./support/architecture.ts";

const SOURCES: Sources = new Map(
  Array.from(new Bun.Glob("src/**/*.ts").scanSync(), (path) => [path, readFileSync(path, "utf8")] as const),
);

interface Held {
  rule: Rule;
  /** Files that break it, and only it has to say so. */
  breaks: Record<string, string>[];
  keeps?: Record<string, string>[];
}

const HOUSE: Record<string, Held> = {
  "every file lies in a known folder": {
    rule: rules.knownFolders,
    breaks: [{ "src/util/strings.ts": "" }, { "src/helpers.ts": "" }],
  },
  "imports point one way": {
    rule: rules.oneWay,
    breaks: [
      { "src/core/a.ts": `import { b } from "../wires/wire.ts"; b();` },
      { "src/core/a.ts": `import type { B } from "../wires/wire.ts";` },
      { "src/wires/chat/a.ts": `import { type B } from "../../server/b.ts";` },
      { "src/config/a.ts": `export { b } from "../wires/index.ts";` },
      { "src/routing/a.ts": `export type { B } from "../wires/wire.ts";` },
      { "src/server/a.ts": `const b = await import("../cli/b.ts");` },
      { "src/server/a.ts": `import "../cli/b.ts";` },
      { "src/cli/a.ts": `import {\n  b,\n} from "../main.ts";\nb();` },
    ],
    keeps: [{ "src/server/a.ts": `import { b } from "../wires/index.ts"; b();` }],
  },
  "within server, memory, upstreams and windows import nothing of what is above them": {
    rule: rules.serverOneWay,
    breaks: [
      { "src/server/upstreams/a.ts": `import type { B } from "../relay/b.ts";` },
      { "src/server/upstreams/a.ts": `import { b } from "../windows/b.ts"; b();` },
      { "src/server/memory/a.ts": `import { b } from "../upstreams/b.ts"; b();` },
    ],
    keeps: [
      { "src/server/upstreams/a.ts": `import { b } from "../pause.ts"; b();` },
      { "src/server/windows/a.ts": `import { b } from "../upstreams/b.ts"; b();` },
      { "src/server/relay/a.ts": `import { b } from "../windows/b.ts"; b();` },
    ],
  },
  "a wire imports no other wire": {
    rule: rules.wiresApart,
    breaks: [{ "src/wires/chat/a.ts": `import type { B } from "../responses/b.ts";` }],
    keeps: [
      { "src/wires/chat/a.ts": `import type { B } from "../wire.ts";` },
      { "src/wires/index.ts": `export { b } from "./chat/b.ts";` },
    ],
  },
  "the client half and the upstream half of a wire import nothing of each other": {
    rule: rules.halvesApart,
    breaks: [
      { "src/wires/chat/client/a.ts": `import { b } from "../upstream/b.ts"; b();` },
      { "src/wires/chat/upstream/a.ts": `import type { B } from "../client/b.ts";` },
    ],
    keeps: [
      { "src/wires/chat/client/a.ts": `import { b } from "../usage.ts"; b();` },
      { "src/wires/responses/state/a.ts": `import { b } from "../client/b.ts"; b();` },
    ],
  },
  "no wire reads the list of wires": {
    rule: rules.listedByIndexOnly,
    breaks: [{ "src/wires/chat/a.ts": `import { B } from "../index.ts"; B();` }],
  },
  "core, wires and routing use no module of a runtime": {
    rule: rules.pureImports,
    breaks: [
      { "src/core/a.ts": `import { readFileSync } from "node:fs"; readFileSync("x");` },
      { "src/routing/a.ts": `import { sleep } from "bun"; sleep(1);` },
    ],
    keeps: [{ "src/server/a.ts": `import { gunzipSync } from "node:zlib"; gunzipSync(x);` }],
  },
  "core, wires and routing know no network, clock, chance or environment": {
    rule: rules.pureCode,
    breaks: [
      { "src/core/a.ts": `export const b = () => fetch("x");` },
      { "src/wires/chat/a.ts": `export const b = Date.now();` },
      { "src/wires/chat/a.ts": `export const b = new Date();` },
      { "src/wires/chat/a.ts": `export const b = Math.random();` },
      { "src/core/a.ts": `export const b = crypto.randomUUID();` },
      { "src/routing/a.ts": `export const b = process.env;` },
      { "src/core/a.ts": `console.log(1);` },
      { "src/core/a.ts": `setTimeout(() => {}, 1);` },
    ],
    keeps: [
      { "src/core/a.ts": `/** Not by Date.now(). */\nexport const b = 1; // Math.random()` },
      { "src/server/a.ts": `export const b = Date.now();` },
    ],
  },
  "core, wires and routing are synchronous": {
    rule: rules.noAsync,
    breaks: [{ "src/core/a.ts": `export async function b() {}` }, { "src/wires/a.ts": `Promise.resolve();` }],
  },
  "three files know the runtime": {
    rule: rules.runtimeInOnePlace,
    breaks: [{ "src/server/a.ts": `Bun.serve({});` }, { "src/cli/a.ts": `globalThis.Deno?.exit();` }],
    keeps: [{ "src/server/listen.ts": `Bun.serve({});` }],
  },
  "one file reads files": {
    rule: rules.filesReadInOnePlace,
    breaks: [
      { "src/server/a.ts": `import { readFileSync } from "node:fs"; readFileSync("x");` },
      { "src/cli/a.ts": `import * as fs from "node:fs/promises"; await fs.readFile("x");` },
    ],
    keeps: [
      { "src/server/a.ts": `import { readRegularFile } from "../config/regular-file.ts"; readRegularFile("x");` },
    ],
  },
  "one file writes to the terminal": {
    rule: rules.oneWayOut,
    breaks: [
      { "src/cli/a.ts": `process.stdout.write(name);` },
      { "src/main.ts": `const { stderr } = process; stderr.write(name);` },
      { "src/server/a.ts": `console.error(name);` },
    ],
    keeps: [{ "src/cli/output.ts": `process.stdout.write(printableText(name));` }],
  },
  "no vendor's name in code": {
    rule: rules.noVendors,
    breaks: [
      { "src/server/a.ts": `if (url.includes("ollama")) x();` },
      { "src/core/a.ts": `export const isDeepSeek = true;` },
      { "src/wires/chat/a.ts": `if (id.startsWith("LM Studio")) x();` },
    ],
    keeps: [
      { "src/server/a.ts": `x(); // Ollama sends this late` },
      { "src/config/presets.ts": `export const a = "ollama";` },
      { "src/server/a.ts": `put(together);` },
    ],
  },
  "no exception for a vendor's name that nothing needs": {
    rule: rules.vendorWordsNeeded,
    breaks: [{ "src/server/models.ts": "" }],
  },
  "no file is too long": {
    rule: rules.shortFiles,
    breaks: [{ "src/core/a.ts": "x();\n".repeat(401) }],
    keeps: [{ "src/core/a.ts": "x();\n".repeat(400) }],
  },
  "no file is dead": {
    rule: rules.noDeadFiles,
    breaks: [{ "src/core/a.ts": "" }],
    keeps: [{ "src/main.ts": `import type { A } from "./core/a.ts";`, "src/core/a.ts": "" }],
  },
};

describe.each(Object.entries(HOUSE))("%s", (_, { rule, breaks, keeps = [] }) => {
  test("holds", () => expect(rule(SOURCES)).toEqual([]));
  test.each(breaks)("finds breach %#", (files) => expect(rule(new Map(Object.entries(files)))).not.toEqual([]));
  test.each(keeps)("lets pass sample %#", (files) => expect(rule(new Map(Object.entries(files)))).toEqual([]));
});

describe("files of the repository", () => {
  const listing = Bun.spawnSync(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  const paths = listing.stdout.toString().split("\0").filter(existsSync);
  const texts = paths
    .map((path) => [path, readFileSync(path, "utf8")] as const)
    .filter(([, text]) => !text.includes("\0"));
  const naming = (pattern: RegExp): string[] =>
    texts.flatMap(([path, text]) => Array.from(text.matchAll(pattern), ([found]) => `${path}: ${found}`));

  test.skipIf(!listing.success)("are listed by git", () => expect(texts.length).toBeGreaterThan(50));

  // Whoever builds this may have a mirror: what is brought comes from where npm and apt are set to get it.
  const HOST = /\/\/(?:registry|deb|proxy|static|npm)\.(?!example)[\w-]+\.\w+|npmjs\.\w+/g;
  test("name no host of a package registry", () => {
    expect(["see https:", "registry.some.org/x"].join("//")).toMatch(HOST);
    expect(naming(HOST)).toEqual([]);
  });

  test("name no path of the machine they were written on", () => {
    const checkout = new RegExp(
      String.raw`(?<![\w.~-])${process.cwd().replaceAll(/[^\w/]/g, String.raw`\$&`)}\S*`,
      "g",
    );
    expect(`in ${import.meta.path}`).toMatch(checkout);
    expect(naming(checkout)).toEqual([]);
  });
});
