/** `juscode-shim setup AGENT`: shows what it would write, asks, tries it, writes it, and undoes it again. */
import { dirname } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { codexCatalogText, codexChanges, PROFILE_HEAD } from "../../agents/codex-config.ts";
import type { Trap } from "../../agents/codex-traps.ts";
import type { AgentPlan, Endpoint, FileChange } from "../../agents/endpoint.ts";
import { printableLines } from "../../core/printable.ts";
import { shownChange } from "../../core/text-change.ts";
import { editToml } from "../../core/toml-edit.ts";
import { readSettings } from "../config-here.ts";
import { writeOut } from "../output.ts";
import type { ServeFlags } from "../serve-flags.ts";
import { columns } from "../table.ts";
import { UsageError } from "../usage-error.ts";
import { listAgents, placeOf, planElsewhere, planOther } from "./agents.ts";
import { planCodex, type CodexPlan } from "./codex.ts";
import { keepCopy, lockedBecause, replaceFile } from "./files.ts";
import { endpointOf, ownBaseUrl, servedModels, servedTo } from "./models.ts";
import type { SetupAgent, SetupOptions } from "./options.ts";
import { applyUndo, isOurs, planUndo, readRecord, recordFile, stepOf, writeRecord } from "./record.ts";

/** The terminal; tests give their own. */
interface Terminal {
  print(text: string): void;
  /** Undefined where no user can be asked. */
  ask: ((question: string) => Promise<boolean>) | undefined;
}

/** Returns the exit code: 0 when everything is as requested, 1 when something is in the way. */
export async function setup(options: SetupOptions, flags: ServeFlags, terminal: Terminal = here()): Promise<0 | 1> {
  const { agent } = options;
  if (agent === undefined || options.list) {
    const rows = listAgents().map(({ agent, program, place }) => [agent, program ?? "not on PATH", place]);
    for (const line of columns(rows)) terminal.print(`${line}\n`);
    return 0;
  }
  if (options.undo) return undo(agent, options, terminal);
  const settings = await readSettings(flags);
  const base_url = options.base_url ?? ownBaseUrl(settings);
  const { served, key_env } = await servedTo(options.key_env, (key) =>
    servedModels(base_url, key, options.base_url !== undefined, settings),
  );
  const endpoint = endpointOf({ ...options, key_env }, base_url, served.list);
  if (options.print) return print(agent, endpoint, served.list, options, terminal);
  const plan =
    agent === "codex"
      ? planCodex(endpoint, served.list, options, flags.config)
      : planOther(agent, endpoint, options.as_default);
  const notes = [...(served.note === undefined ? [] : [served.note]), ...plan.notes];
  return carryOut(agent, { ...plan, notes }, options, terminal);
}

async function carryOut(
  agent: SetupAgent,
  plan: AgentPlan & Partial<CodexPlan>,
  options: SetupOptions,
  { print, ask }: Terminal,
): Promise<0 | 1> {
  const { traps = [], config = "", notes, start } = plan;
  if (traps.length > 0) print(`${traps.map((trap) => trapText(trap, config, options.fix)).join("\n")}\n\n`);
  const changes = plan.changes.filter(({ before, after }) => before !== after);
  for (const { path, before, after } of changes) print(`${shownChange(path, before, after)}\n`);
  for (const note of notes) print(`${note}\n`);
  const finish = finishing(print);
  const open = traps.filter(({ blocks, repair }) => blocks && !(options.fix && repair));
  if (open.length > 0) {
    const advice = open.every(({ repair }) => repair) ? "Run this again with --fix" : "Correct that";
    return finish(`Codex would not load. ${advice} first; nothing was written.\n`, 1);
  }
  if (changes.length === 0) {
    // What there is to do by hand stands in the notes.
    const state =
      notes.length > 0 && plan.changes.length === 0 ? "Nothing needs to be written" : "Everything is set up already";
    return finish(`${notes.length > 0 ? "\n" : ""}${state}. Start it with: ${start}\n`, 0);
  }
  for (const { path } of changes) {
    const locked = lockedBecause(path);
    if (locked !== undefined) throw new UsageError(locked);
  }
  if (options.dry_run) return finish("Nothing was written: this was a dry run.\n", 0);
  if (!options.yes && !(await agreed(ask, "Write this?"))) return finish("Nothing was written.\n", 1);
  const complaint = plan.complaint?.();
  if (complaint !== undefined)
    return finish(`The installed Codex does not load this, so nothing was written. Its error:\n${complaint}\n`, 1);
  write(agent, changes);
  return finish(`Done. Start it with: ${start}\nTo undo: juscode-shim setup ${agent} --undo\n`, 0);
}

/** Prints the last words of a command, and returns its exit code. */
function finishing(print: Terminal["print"]): (text: string, code: 0 | 1) => 0 | 1 {
  return (text, code) => {
    print(text);
    return code;
  };
}

async function agreed(ask: Terminal["ask"], question: string): Promise<boolean> {
  if (!ask) throw new UsageError("not a terminal: pass --yes to apply, or --dry-run to preview");
  return ask(`${question} [y/N] `);
}

/** Earlier steps stay in the record, so that undoing leads to what there was at first. */
function write(agent: SetupAgent, changes: readonly FileChange[]): void {
  const file = recordOf(agent);
  const earlier = readRecord(file);
  const steps = changes.map((change) => {
    const { path, before } = change;
    return stepOf(change, before === undefined || isOurs(earlier, change) ? undefined : keepCopy(path, before));
  });
  writeRecord({ file, steps: [...(earlier?.steps ?? []), ...steps] });
  for (const { path, before, after } of changes) replaceFile(path, before, after);
}

/** By its folder: an agent may come to read another file there. */
function recordOf(agent: SetupAgent): string {
  const place = placeOf(agent);
  return recordFile(agent, agent === "codex" ? place : dirname(place));
}

async function undo(agent: SetupAgent, options: SetupOptions, { print, ask }: Terminal): Promise<0 | 1> {
  const finish = finishing(print);
  const plan = planUndo(recordOf(agent));
  if (!plan) return finish(`Nothing to undo: ${agent} was not set up by juscode-shim, or was undone already.\n`, 0);
  if (plan.diff !== "") print(`${plan.diff}\n`);
  if (plan.problem !== undefined) return finish(`${plan.problem}\n`, 1);
  if (options.dry_run) return 0;
  if (!options.yes && !(await agreed(ask, "Undo this?"))) return finish("Nothing was changed.\n", 1);
  for (const line of applyUndo(plan)) print(`${line}\n`);
  return 0;
}

function trapText({ blocks, line, message, fix, repair }: Trap, file: string, fixing: boolean): string {
  const where = line === undefined ? "" : `${file}:${line}: `;
  const what = fixing && repair ? "repaired below" : `${fix}${repair ? " (or --fix)" : ""}`;
  return printableLines([`${blocks ? "!" : "-"} ${where}${message}`, `    ${what}`]);
}

/** For another machine, where the shim is reached by its address, and Codex is a recent one. */
function print(agent: SetupAgent, endpoint: Endpoint, list: unknown, options: SetupOptions, { print }: Terminal): 0 {
  const { changes, notes, start } =
    agent === "codex" ? codexElsewhere(endpoint, list) : planElsewhere(agent, endpoint, options.as_default);
  for (const { path, after } of changes) print(`# ${path}\n${after}\n`);
  for (const note of notes) print(`${note}\n`);
  print(`Start it with: ${start}\n`);
  return 0;
}

function codexElsewhere(endpoint: Endpoint, list: unknown): AgentPlan {
  const after = editToml(PROFILE_HEAD, codexChanges(endpoint, "top"));
  const header = endpoint.key_env === undefined ? "" : ` -H "Authorization: Bearer $${endpoint.key_env}"`;
  const note = `So that Codex knows the context windows and offers apply_patch, run once:
  curl -fsS${header} ${endpoint.base_url}/models > ~/.codex/juscode-models.json
and add at the top of the file above, with the full path:
  model_catalog_json = "/home/YOU/.codex/juscode-models.json"`;
  return {
    changes: [{ path: "~/.codex/juscode.config.toml", before: undefined, after }],
    notes: codexCatalogText(list) === undefined ? [] : [note],
    start: "codex --profile juscode",
  };
}

function here(): Terminal {
  const { stdin, stdout } = process;
  const ask = async (question: string): Promise<boolean> => {
    const reader = createInterface({ input: stdin, output: stdout });
    // Who closes the terminal, or presses ctrl-C or ctrl-D, does not agree.
    const closed = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
    const answer = await Promise.race([reader.question(question).catch(() => ""), closed]);
    reader.close();
    return /^y(?:es)?$/i.test(answer.trim());
  };
  return { print: writeOut, ask: stdin.isTTY ? ask : undefined };
}
