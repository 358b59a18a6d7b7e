/**
 * Kills a writer of a SQLite store again and again, and looks for what was lost: bun scripts/kill-store.ts --times 1000
 *
 * The writer begins responses, adds events, ends, deletes, and fills conversations, many at once, and says of each
 * what was acknowledged; at a moment of chance it is killed by SIGKILL. All of them write to one file. After each,
 * SQLite's own check must find the file whole, and all that was acknowledged must be there as it was told.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore } from "../src/server/store/open.ts";
import type { Store } from "../src/server/store/store.ts";

/** One line of the writer's: what has been acknowledged of a response. */
type Told = { id: string } & ({ did: "begun" | "ended" | "removed" } | { did: "events"; upTo: number });

const OWNER = "owner";
/** Every third is deleted after its end. */
const isDeleted = (id: string): boolean => Number(id.split("_").at(-1)) % 3 === 0;
const RESULT = { begun: '{"state":"begun"}', ended: '{"state":"ended"}' };

const open = async (file: string): Promise<Store> => {
  const place = { kind: "sqlite", file } as const;
  const settings = { enabled: true, place, max_age_days: 3650, max_mb: 100_000, warn: console.error };
  return (await openStore(settings)) as Store;
};

async function write(file: string, prefix: string): Promise<void> {
  const store = await open(file);
  const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);
  const one = async (id: string, chat: string): Promise<void> => {
    await store.begin({
      id,
      owner: OWNER,
      status: "in_progress",
      created_at: Math.floor(Date.now() / 1000),
      previous_response_id: null,
      conversation_id: chat,
      background: true,
      input: JSON.stringify([{ id: "in", content: "x".repeat(Math.random() * 30_000) }]),
      response: RESULT.begun,
      provider: null,
    });
    tell({ id, did: "begun" });
    for (let n = 0; n < 3; n++) {
      await store.addEvents(OWNER, id, [{ sequence_number: n, data: `{"n":${n}}` }]);
      tell({ id, did: "events", upTo: n });
    }
    const conversation_items = [JSON.stringify({ id: `item_${id}` })];
    await store.end(OWNER, id, { status: "completed", response: RESULT.ended, conversation_items });
    tell({ id, did: "ended" });
    if (isDeleted(id) && (await store.remove(OWNER, id))) tell({ id, did: "removed" });
  };
  for (let round = 0; ; round++) {
    const chat = `conv_${prefix}_${round}`;
    await store.addConversation({ id: chat, owner: OWNER, created_at: 0, metadata: "{}" }, []);
    await Promise.all(Array.from({ length: 8 }, (_, n) => one(`resp_${prefix}_${round}_${n}`, chat)));
  }
}

/** Started, killed some milliseconds after its first word, and what it has said. */
async function killed(file: string, prefix: string): Promise<Told[]> {
  const writer = Bun.spawn([process.execPath, import.meta.path, "--file", file, "--prefix", prefix], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const bytes of writer.stdout) {
    text += Buffer.from(bytes).toString();
    timer ??= setTimeout(() => writer.kill("SIGKILL"), Math.random() * 60);
  }
  if ((await writer.exited) !== 137) throw new Error(`the writer ended by itself (${writer.exitCode})`);
  // A last line that was cut has not been said.
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Told);
}

/** All that is wrong with the file after one round. */
async function examine(file: string, told: readonly Told[]): Promise<string[]> {
  const db = new DatabaseSync(file);
  const check = db.prepare("PRAGMA integrity_check").all() as { integrity_check: string }[];
  const orphans = db.prepare("PRAGMA foreign_key_check").all();
  db.close();
  const wrong = check.filter((row) => row.integrity_check !== "ok").map((row) => `broken: ${row.integrity_check}`);
  if (orphans.length > 0) wrong.push(`${orphans.length} rows without their parent`);
  const store = await open(file);
  const removed = new Set(told.filter(({ did }) => did === "removed").map(({ id }) => id));
  for (const each of told) {
    const { id, did } = each;
    const there = await store.get(OWNER, id);
    if (removed.has(id)) {
      if (there) wrong.push(`${id} was deleted, and is there`);
      continue;
    }
    if (!there) {
      // Its deletion may have been done without the word of it having got out.
      const ended = told.some((other) => other.id === id && other.did === "ended");
      if (!ended || !isDeleted(id)) wrong.push(`${id} was ${did}, and is gone`);
      continue;
    }
    if (did === "ended") {
      if (there.status !== "completed" || there.response !== RESULT.ended) wrong.push(`${id} has lost its end`);
      if ((await store.item(OWNER, there.conversation_id ?? "", `item_${id}`)) === undefined)
        wrong.push(`${id} has lost its item`);
    }
    if (did === "events" && (await store.eventsAfter(OWNER, id, -1, 10)).length <= each.upTo)
      wrong.push(`${id} has lost event ${each.upTo}`);
  }
  await store.close();
  return wrong;
}

/** Tells what it came to; false when anything was lost or broken. */
async function run(times: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "juscode-kill-"));
  const file = join(folder, "responses.sqlite");
  const wrong: string[] = [];
  let acknowledged = 0;
  try {
    for (let round = 0; round < times; round++) {
      const told = await killed(file, String(round));
      acknowledged += told.length;
      wrong.push(...(await examine(file, told)).map((each) => `round ${round}: ${each}`));
    }
    const mb = (statSync(file).size / 1e6).toFixed(1);
    for (const each of wrong.slice(0, 20)) console.log(each);
    console.log(`killed ${times} times; ${acknowledged} acknowledged, ${wrong.length} lost or broken; file ${mb} MB`);
    return wrong.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: { times: { type: "string", default: "25" }, file: { type: "string" }, prefix: { type: "string" } },
});
if (values.file !== undefined) await write(values.file, values.prefix ?? "");
else process.exit((await run(Number(values.times))) ? 0 : 1);
