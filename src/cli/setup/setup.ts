/** `juscode-shim setup AGENT`: shows what it would write, asks, tries it, writes it, and takes it back again. */
import { dirname } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { printableLines } from "../../core/printable.ts";
import { codexCatalogText, codexChanges, PROFILE_HEAD, windowIn } from "../../agents/codex-config.ts";
import type { Trap } from "../../agents/codex-traps.ts";
import type { AgentPlan, Endpoint, FileChange } from "../../agents/endpoint.ts";
import { editToml } from "../../core/toml-edit.ts";
import { shownChange } from "../../core/text-change.ts";
import { listAgents, placeOf, planElsewhere, planOther } from "./agents.ts";
import { planCodex, type CodexPlan } from "./codex.ts";
import { keepCopy, lockedBecause, replaceFile } from "./files.ts";
import { ownBaseUrl, servedModels, servedTo } from "./models.ts";
import type { SetupAgent, SetupOptions } from "./options.ts";
import { isOurs, readRecord, recordFile, stepOf, writeRecord, type Record } from "./record.ts";
import { applyUndo, planUndo } from "./undo.ts";
import { readConfig } from "../config-here.ts";
import { writeOut } from "../output.ts";
import type { ServeFlags } from "../serve-flags.ts";
import { columns } from "../table.ts";
import { UsageError } from "../usage-error.ts";

/** Where it speaks and asks; tests give their own. */
interface Talk {
  say(text: string): void;
  /** Undefined where nobody can be asked. */
  ask: ((question: string) => Promise<boolean>) | undefined;
}

/** Its exit code: 0 when all is as it was asked for, 1 when something is in the way. */
export async function setup(options: SetupOptions, flags: ServeFlags, talk: Talk = terminal()): Promise<0 | 1> {
  const { agent } = options;
  if (agent === undefined || options.list) return list(talk);
  if (options.undo) return undo(agent, options, talk);
  const config = await readConfig(flags.config);
  const base_url = options.base_url ?? ownBaseUrl(flags, config);
  const { served, key_env } = await servedTo(options.key_env, (key) =>
    servedModels(base_url, key, options.base_url !== undefined, flags, config),
  );
  const endpoint = endpointOf({ ...options, key_env }, base_url, served.list);
  if (options.print) return print(agent, endpoint, served.list, options, talk);
  const plan =
    agent === "codex"
      ? planCodex(endpoint, served.list, options, flags.config)
      : planOther(agent, endpoint, options.as_default);
  const notes = [...(served.note === undefined ? [] : [served.note]), ...plan.notes];
  return carryOut(agent, { ...plan, notes }, options, talk);
}

function endpointOf(options: SetupOptions, base_url: string, models: unknown): Endpoint {
  const { model, key_env } = options;
  const context_window = options.context_window ?? windowIn(models, model);
  return {
    base_url,
    model,
    ...(key_env !== undefined && { key_env }),
    ...(context_window !== undefined && { context_window }),
  };
}

async function carryOut(
  agent: SetupAgent,
  plan: AgentPlan & Partial<CodexPlan>,
  options: SetupOptions,
  { say, ask }: Talk,
): Promise<0 | 1> {
  const { traps = [], config = "" } = plan;
  if (traps.length > 0) say(`${traps.map((trap) => trapText(trap, config, options.fix)).join("\n")}\n\n`);
  const changes = plan.changes.filter(({ before, after }) => before !== after);
  for (const { path, before, after } of changes) say(`${shownChange(path, before, after)}\n`);
  for (const note of plan.notes) say(`${note}\n`);
  const open = traps.filter(({ blocks, repair }) => blocks && !(options.fix && repair));
  if (open.length > 0) {
    const repairable = open.every(({ repair }) => repair);
    say(
      `Codex would not load. ${repairable ? "Run this again with --fix" : "Correct that"} first; nothing was written.\n`,
    );
    return 1;
  }
  if (changes.length === 0) {
    say(`${plan.notes.length > 0 ? "\n" : ""}Nothing has to be written. Start it by: ${plan.start}\n`);
    return 0;
  }
  for (const { path } of changes) {
    const locked = lockedBecause(path);
    if (locked !== undefined) throw new UsageError(locked);
  }
  if (options.dry_run) {
    say("Nothing was written: this was a dry run.\n");
    return 0;
  }
  if (!options.yes && !(await agreed(ask, "Write this?"))) {
    say("Nothing was written.\n");
    return 1;
  }
  const complaint = plan.complaint?.();
  if (complaint !== undefined) {
    say(`The installed Codex does not load this, so that nothing was written. It says:\n${complaint}\n`);
    return 1;
  }
  write(agent, changes);
  say(`Done. Start it by: ${plan.start}\nTo take it back: juscode-shim setup ${agent} --undo\n`);
  return 0;
}

async function agreed(ask: Talk["ask"], question: string): Promise<boolean> {
  if (!ask) throw new UsageError("nobody can be asked here; say --yes to write it, or --dry-run to see it only");
  return ask(`${question} [y/N] `);
}

/** What was done before is taken back in the same step, so that undoing leads to what there was at first. */
function write(agent: SetupAgent, changes: readonly FileChange[]): void {
  const file = recordOf(agent);
  const earlier = readRecord(file);
  const steps = changes.map((change) => {
    const copy =
      change.before === undefined || isOurs(earlier, change) ? undefined : keepCopy(change.path, change.before);
    return stepOf(change, copy);
  });
  const record: Record = { file, steps: [...(earlier?.steps ?? []), ...steps] };
  writeRecord(record);
  for (const { path, before, after } of changes) replaceFile(path, before, after);
}

/** By its folder: an agent may come to read another file there. */
function recordOf(agent: SetupAgent): string {
  const place = placeOf(agent);
  return recordFile(agent, agent === "codex" ? place : dirname(place));
}

async function undo(agent: SetupAgent, options: SetupOptions, { say, ask }: Talk): Promise<0 | 1> {
  const plan = planUndo(recordOf(agent));
  if (!plan) {
    say(`There is nothing to take back: ${agent} was not set up by juscode-shim, or that is undone already.\n`);
    return 0;
  }
  if (plan.diff !== "") say(`${plan.diff}\n`);
  if (plan.problem !== undefined) {
    say(`${plan.problem}\n`);
    return 1;
  }
  if (options.dry_run) return 0;
  if (!options.yes && !(await agreed(ask, "Take this back?"))) {
    say("Nothing was changed.\n");
    return 1;
  }
  for (const line of applyUndo(plan)) say(`${line}\n`);
  return 0;
}

function trapText({ blocks, line, message, fix, repair }: Trap, file: string, fixing: boolean): string {
  const where = line === undefined ? "" : `${file}:${line}: `;
  const what = fixing && repair ? "repaired below" : `${fix}${repair ? " (or --fix)" : ""}`;
  return printableLines([`${blocks ? "!" : "-"} ${where}${message}`, `    ${what}`]);
}

function list({ say }: Talk): 0 {
  const rows = listAgents().map(({ agent, program, place }) => [agent, program ?? "not on PATH", place]);
  for (const line of columns(rows)) say(`${line}\n`);
  return 0;
}

/** For another machine: the shim is reached by its address there, and Codex there is a recent one. */
function print(agent: SetupAgent, endpoint: Endpoint, models: unknown, options: SetupOptions, { say }: Talk): 0 {
  const plan =
    agent === "codex" ? codexElsewhere(endpoint, models) : planElsewhere(agent, endpoint, options.as_default);
  for (const { path, after } of plan.changes) say(`# ${path}\n${after}\n`);
  for (const note of plan.notes) say(`${note}\n`);
  say(`Start it by: ${plan.start}\n`);
  return 0;
}

function codexElsewhere(endpoint: Endpoint, models: unknown): AgentPlan {
  const path = "~/.codex/juscode.config.toml";
  const after = editToml(PROFILE_HEAD, codexChanges(endpoint, "top"));
  const has = codexCatalogText(models) !== undefined;
  const header = endpoint.key_env === undefined ? "" : ` -H "Authorization: Bearer $${endpoint.key_env}"`;
  return {
    changes: [{ path, before: undefined, after }],
    notes: has
      ? [
          `So that Codex knows the models' windows and offers apply_patch, once:
  curl -fsS${header} ${endpoint.base_url}/models > ~/.codex/juscode-models.json
and at the top of the file above, with the path written out:
  model_catalog_json = "/home/YOU/.codex/juscode-models.json"`,
        ]
      : [],
    start: "codex --profile juscode",
  };
}

function terminal(): Talk {
  const { stdin, stdout } = process;
  return {
    say: writeOut,
    ask: stdin.isTTY
      ? async (question) => {
          const reader = createInterface({ input: stdin, output: stdout });
          // Who closes the terminal, or presses ctrl-C or ctrl-D, does not agree.
          const closed = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
          const answer = await Promise.race([reader.question(question).catch(() => ""), closed]);
          reader.close();
          return /^y(?:es)?$/i.test(answer.trim());
        }
      : undefined,
  };
}
