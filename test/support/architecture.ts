/**
 * The rules of the house that can be read off the source text. Each takes the files of `src` (path → text) and
 * returns what breaks it: where, why the rule is there, and what to do.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { PRESETS } from "../../src/config/presets/index.ts";

export type Sources = ReadonlyMap<string, string>;
export type Rule = (sources: Sources) => string[];

const PLAIN = new Bun.Transpiler({ loader: "ts" });
const WITH_TAGS = new Bun.Transpiler({ loader: "tsx" });
const transpilerOf = (path: string): Bun.Transpiler => (path.endsWith(".tsx") ? WITH_TAGS : PLAIN);

/** Whom each folder may import besides itself. What is missing here is not known to the house. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  wires: ["core"],
  routing: ["core"],
  config: ["core"],
  agents: ["core"],
  server: ["core", "wires", "routing", "config", "agents"],
  cli: ["core", "wires", "routing", "config", "agents", "server"],
  "main.ts": ["cli", "core"],
};

const PURE = ["core", "wires", "routing"];
const RUNTIME_FILES = ["src/server/listen.ts", "src/server/memory/collect.ts", "src/server/upstreams/transport.ts"];
const MAX_LINES = 400;

/** `src/wires/chat/upstream/decode.ts` → `wires`; `src/main.ts` → `main.ts`. */
const folderOf = (path: string): string => path.split("/")[1] ?? "";
/** `src/wires/chat/upstream/decode.ts` → `chat`; nothing for the files that all wires share. */
const wireOf = (path: string): string | undefined =>
  folderOf(path) === "wires" && path.split("/").length > 3 ? path.split("/")[2] : undefined;

/** The code without comments and types. */
const codeOf = (path: string, text: string): string => transpilerOf(path).transformSync(text);

interface Import {
  /** As written, for a package; from the checkout's root, for a file. */
  target: string;
  file: boolean;
}

function importsOf(path: string, text: string): Import[] {
  // The scanner leaves out what only types need; written as bare imports, all are seen.
  const bare = text.replace(/^(?:import|export)\b[^"'`;]*?\bfrom\s*(?=")/gm, "import ");
  return transpilerOf(path)
    .scanImports(bare)
    .map(({ path: target }) => ({
      target: target.startsWith(".") ? join(dirname(path), target) : target,
      file: target.startsWith("."),
    }));
}

/** One problem for each file and import that `judge` has words for. */
const eachImport =
  (judge: (from: string, target: string, file: boolean) => string | undefined): Rule =>
  (sources) =>
    [...sources].flatMap(([path, text]) =>
      importsOf(path, text).flatMap(({ target, file }) => {
        const problem = judge(path, target, file);
        return problem === undefined ? [] : [`${path} imports ${target}: ${problem}`];
      }),
    );

/** One problem for each file of these folders whose code matches. */
const eachMatch =
  (concerns: (path: string) => boolean, pattern: RegExp, problem: string): Rule =>
  (sources) =>
    [...sources].flatMap(([path, text]) => {
      const found = concerns(path) ? pattern.exec(codeOf(path, text)) : null;
      return found ? [`${path} has \`${found[0]}\`: ${problem}`] : [];
    });

export const knownFolders: Rule = (sources) =>
  [...sources.keys()]
    .filter((path) => MAY_IMPORT[folderOf(path)] === undefined)
    .map(
      (path) =>
        `${path} lies in no known place; put it into one of ${Object.keys(MAY_IMPORT).join(", ")}, or add its folder to MAY_IMPORT in test/support/architecture.ts and to the README's map`,
    );

export const oneWay = eachImport((from, target, file) => {
  const [own, other] = [folderOf(from), folderOf(target)];
  if (!file || own === other || MAY_IMPORT[own]?.includes(other)) return undefined;
  return `imports point one way, cli → server → {wires, routing, config, agents} → core, so that each part can be read and tested without those above it; move what both need to core, or pass it as an argument`;
});

/**
 * The folders of the server, from those that know nothing of a request up to those that answer one: each may import those
 * before it. What lies in no folder is shared by all of them, or joins them.
 */
const SERVER_FLOORS = [
  "memory",
  "access",
  "store",
  "costs",
  "telemetry",
  "upstreams",
  "windows",
  "state",
  "relay",
  "hosted",
  "websocket",
  "doctor",
];

const serverFolderOf = (path: string): string | undefined =>
  path.startsWith("src/server/") && path.split("/").length > 3 ? path.split("/")[2] : undefined;

export const serverOneWay = eachImport((from, target) => {
  const [own, other] = [serverFolderOf(from), serverFolderOf(target)];
  if (own === undefined || other === undefined || own === other) return undefined;
  if (SERVER_FLOORS.includes(own) && SERVER_FLOORS.indexOf(other) < SERVER_FLOORS.indexOf(own)) return undefined;
  return `folders of the server import only those before them in SERVER_FLOORS (test/support/architecture.ts), so that each can be read without those above it; move what both need down, or pass it as an argument`;
});

export const wiresApart = eachImport((from, target) => {
  const [own, other] = [wireOf(from), wireOf(target)];
  if (own === undefined || other === undefined || own === other) return undefined;
  return "a wire knows no other wire, they meet in Turn and ReplyEvent; move what both need to core";
});

/** `src/wires/chat/client/lift.ts` → `client`; nothing for the files that both halves share. */
const halfOf = (path: string): string | undefined => {
  const half = wireOf(path) === undefined ? undefined : path.split("/")[3];
  return half === "client" || half === "upstream" ? half : undefined;
};

export const halvesApart = eachImport((from, target) => {
  const [own, other] = [halfOf(from), halfOf(target)];
  if (own === undefined || other === undefined || own === other) return undefined;
  return "what a client sends and what a host returns are read apart; move what both halves need to the wire's own folder, or to core";
});

export const listedByIndexOnly = eachImport((from, target) => {
  if (folderOf(from) !== "wires" || target !== "src/wires/index.ts") return undefined;
  return "the list of wires is for the server; a wire that reads it depends on all others";
});

const isPure = (path: string): boolean => PURE.includes(folderOf(path));

export const pureImports = eachImport((from, target) => {
  if (!isPure(from) || !/^(?:node|bun):|^bun$/.test(target)) return undefined;
  return "core, wires and routing are pure, so that they run on any runtime and in tests as they are; do it in server or cli and pass the result";
});

export const pureCode = eachMatch(
  isPure,
  /\bfetch\(|\b(?:Bun|Deno|process|performance|crypto|console)\.|\bDate\.now\b|\bnew Date\b(?!\([^)])|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\(|\bqueueMicrotask\(/,
  "core, wires and routing know no network, clock, chance or environment, so that a reply can be replayed exactly; take it as an argument (see WireScope in src/wires/wire.ts)",
);

export const noAsync = eachMatch(
  isPure,
  /\basync\b|\bawait\b|\bPromise\b/,
  "core, wires and routing are synchronous, only the pump waits; do the waiting in server and pass the result",
);

export const runtimeInOnePlace = eachMatch(
  (path) => !RUNTIME_FILES.includes(path),
  /\b(?:Bun|Deno)\b/,
  `only ${RUNTIME_FILES.join(", ")} knows which runtime it is, so that the same sources run under Bun and Deno; use node: modules or web APIs, or add to that file what both have`,
);

const READS_FILES = ["src/config/regular-file.ts"];

export const filesReadInOnePlace = eachMatch(
  (path) => !READS_FILES.includes(path),
  /\b(?:readFileSync|createReadStream|appendFile|appendFileSync)\(|import \{[^}]*\breadFile\b[^}]*\}|\bfs\.readFile\(/,
  `only ${READS_FILES.join(", ")} reads files: a FIFO or a device in the place of one must not stop the program`,
);

const OUTPUT = "src/cli/output.ts";

/** Where a name could steer the terminal, or the log's reader. */
export const oneWayOut = eachMatch(
  (path) => path !== OUTPUT,
  /\b(?:stdout|stderr)\.write\(|\bconsole\.\w+\(/,
  `only ${OUTPUT} writes to the terminal, since names from outside must steer none; use its writeOut and writeError`,
);

/** Ids that are words of the language or of the wires, too; those of them that have another spelling are below. */
const AMBIGUOUS = new Set(["openai", "anthropic", "together", "juscode"]);
/** A shorter id stands within other words. */
const SHORT_ID = 4;
const spelled = (id: string): string => (id.length < SHORT_ID ? `\\b${id}\\b` : id.replaceAll("-", "[ ._-]?"));
/** Families of models, programs without a preset, and other spellings of presets' ids. */
const OTHER_VENDORS = ["llama", "kimi", "qwen", "gemma", "(?<!n)grok", "bedrock", "together[._-]?ai", "lm[ _-]?studio"];
const VENDORS = new RegExp(
  [
    ...PRESETS.map(({ id }) => id)
      .filter((id) => !AMBIGUOUS.has(id))
      .map(spelled),
    ...OTHER_VENDORS,
  ].join("|"),
  "gi",
);

/** Where a vendor's name is data or a text for people; a path that ends in `/` is a whole folder. */
const VENDOR_PLACES = [
  "src/agents/",
  "src/config/presets",
  "src/cli/commands.ts", // what `serve` looks for
  "src/cli/greeting.ts",
  "src/core/refusals/rows.ts", // where each refusal was seen
  "src/server/windows/", // each program is asked in its own words
  "src/server/upstreams/demo.ts",
  "src/core/text-calls/families-", // which models write their calls so, and where it was read
  "src/core/upstream-errors/rows/", // what each says, and where it was seen
];

/** Single words in other files, each with the reason why it is no `if` about a vendor. */
export const VENDOR_WORDS: Record<string, { words: string[]; why: string }> = {
  "src/server/models.ts": { words: ["ollama"], why: "answers what `codex --oss` asks, by a constant of src/agents" },
  "src/wires/chat/upstream/decode.ts": { words: ["groq"], why: "`x_groq` is a field's name on the wire" },
  "src/core/text-calls/residue.ts": {
    words: ["minimax"],
    why: "the tokens of its markup hold its name",
  },
};

const vendorsIn = (path: string, text: string): string[] => [
  ...new Set(Array.from(codeOf(path, text).matchAll(VENDORS), ([name]) => name.toLowerCase())),
];

export const noVendors: Rule = (sources) =>
  [...sources].flatMap(([path, text]) => {
    if (VENDOR_PLACES.some((place) => path.startsWith(place))) return [];
    return vendorsIn(path, text)
      .filter((name) => !VENDOR_WORDS[path]?.words.includes(name))
      .map(
        (name) =>
          `${path} names ${name}: a vendor is data, code that asks for one breaks with the next; make the difference a field of Dialect, set in src/config/presets`,
      );
  });

/** An exception that nothing needs any more would hide the next offence. */
export const vendorWordsNeeded: Rule = (sources) =>
  Object.entries(VENDOR_WORDS).flatMap(([path, { words }]) => {
    const there = vendorsIn(path, sources.get(path) ?? "");
    return words
      .filter((word) => !there.includes(word))
      .map(
        (word) => `${path} does not name ${word} any more: take it out of VENDOR_WORDS in test/support/architecture.ts`,
      );
  });

export const shortFiles: Rule = (sources) =>
  [...sources].flatMap(([path, text]) => {
    const lines = text.split("\n").length - 1;
    if (lines <= MAX_LINES) return [];
    return `${path} has ${lines} lines, more than ${MAX_LINES}: it has more than one subject; give the second one a file`;
  });

/** Exports that a tool or a runtime uses: none of our files imports them. */
const USED_FROM_OUTSIDE: readonly string[] = [];

const DECLARED =
  /^export (?:default )?(?:async )?(?:abstract )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;
const IMPORTED = /\b(?:import|export)\b(?: type)?\s*\{([^}]*)\}\s*from\s*"([^"]+)"/g;
const WHOLE = /\bimport (?:type )?\* as \w+ from "([^"]+)"|\bimport\("([^"]+)"\)/g;

/** Names that each file takes from another; `*` for all. */
function takenBy(path: string, text: string): string[] {
  const file = (target: string): string => (target.startsWith(".") ? join(dirname(path), target) : target);
  const named = Array.from(text.matchAll(IMPORTED), ([, names = "", target = ""]) =>
    names.split(",").map(
      (name) =>
        `${file(target)} ${
          name
            .trim()
            .replace(/^type /, "")
            .split(" as ")[0]
        }`,
    ),
  ).flat();
  return [...named, ...Array.from(text.matchAll(WHOLE), ([, target, lazy]) => `${file(target ?? lazy ?? "")} *`)];
}

/** Tests and scripts may use what is exported for src, but nothing is exported for them alone without being listed here. */
export const noUnusedExports: Rule = (sources) => {
  const taken = new Set([...sources].flatMap(([path, text]) => takenBy(path, text)));
  const by_tests = new Set(outsiders().flatMap(([path, text]) => takenBy(path, text)));
  const isUsed = (path: string, name: string): boolean =>
    [taken, by_tests].some((users) => users.has(`${path} ${name}`) || users.has(`${path} *`));
  return [...sources].flatMap(([path, text]) =>
    Array.from(text.matchAll(DECLARED), ([, name = ""]) => name)
      .filter((name) => !isUsed(path, name) && !USED_FROM_OUTSIDE.includes(`${path} ${name}`))
      .map((name) => `${path} exports ${name}, and no other file uses it: take \`export\` away, or remove it`),
  );
};

let others: [string, string][] | undefined;

/** Files of tests and scripts. */
function outsiders(): [string, string][] {
  const glob = new Bun.Glob("{test,scripts}/**/*.{ts,tsx}");
  return (others ??= Array.from(glob.scanSync(), (path) => [path, readFileSync(path, "utf8")]));
}

export const noDeadFiles: Rule = (sources) => {
  const imported = new Set(Array.from(sources, ([path, text]) => importsOf(path, text).map((i) => i.target)).flat());
  return [...sources.keys()]
    .filter((path) => path !== "src/main.ts" && !imported.has(path))
    .map((path) => `${path} is imported by no file of src: use it or remove it`);
};
