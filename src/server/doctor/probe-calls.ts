/** Probes whether a tool call survives, alone, two at once and as a patch, and whether the model reads the results. */
import { isValidPatch } from "../../core/apply-patch.ts";
import { parseObject } from "../../core/arguments.ts";
import type { Json } from "../upstreams/model-list.ts";
import type { CapabilityProfile } from "./profile.ts";
import type { ProbeReply, ProbeClient } from "./ask.ts";
import { failed, isRefusal } from "./failures.ts";
import { about, shown, type Judged } from "./finding.ts";
import type { Probe } from "./probe-answers.ts";
import { calling, callingTwice, goingOn, patching, WORDS } from "./requests.ts";

export const probeCall: Probe = async (client, profile) => {
  let asked = calling();
  let answer = await client.ask(asked);
  const forced = !answer.failure && answer.calls.length === 0;
  if (forced) {
    asked = calling("required");
    const first = answer;
    answer = await client.ask(asked);
    if (answer.failure || answer.calls.length === 0) return noCall(first, profile);
  }
  if (answer.failure) {
    if (isRefusal(answer.failure)) profile.calls = "refused";
    return failed("tool call", answer.failure);
  }
  profile.calls = forced ? "forced" : "yes";
  return [singleCall(answer, forced), await resultsRead("its result", client, profile, asked, answer, ["kumquat"])];
};

function noCall({ text, thought }: ProbeReply, profile: CapabilityProfile): Judged {
  profile.calls = "none";
  const said = text === "" ? (thought === "" ? "nothing" : "only thoughts") : shown(text, 60);
  const found = `none, not even when it must: it answers ${said}`;
  const fix = "choose a model that was made to call tools, and enable its template or tool parser at the server";
  return about("tool call").problem(found, "an agent can do nothing with it: no file is read, no command runs", fix);
}

function singleCall(answer: ProbeReply, forced: boolean): Judged {
  const report = about("tool call");
  const [{ name, arguments: args } = {}] = answer.calls;
  if (answer.calls.length > 1) return report.warning(`${answer.calls.length} calls for one`, "commands may run twice");
  if (name !== "read_file" || parseObject(String(args))?.["path"] !== "notes/hello.txt")
    return report.problem(
      `another one: ${shown(`${String(name)} ${String(args)}`, 80)}`,
      "the commands are not those that the model means",
      "report it with doctor --json; another quantisation or template of the model may be better",
    );
  if (!forced) return repaired("tool call", "right", answer);
  const found = "right, but only when it must call";
  const fix = "choose a model that was made to call tools";
  return report.warning(found, "agents leave the choice to the model, which then talks instead of acting", fix);
}

const REPAIRED = /^(?:call_healed|arguments_repaired|arguments_coerced|patch_repaired)/;

/** It came through whole: by itself, or repaired. */
function repaired(what: string, how: string, { notes, argument_pieces }: ProbeReply): Judged {
  const report = about(what);
  const helped = notes.filter((note) => REPAIRED.test(note));
  if (helped.length === 0)
    return report.ok(argument_pieces > 1 ? `${how}, streamed in ${argument_pieces} pieces` : how);
  const why = "it works here, and fails with programs that do not repair";
  return report.note(`${how}, once juscode-shim had repaired it: ${shown(helped.join("; "), 100)}`, why);
}

/** Sends the turn on with the tools' results, and checks whether the model has read them. */
async function resultsRead(
  what: string,
  client: ProbeClient,
  profile: CapabilityProfile,
  asked: Json,
  answer: ProbeReply,
  words: readonly string[],
): Promise<Judged> {
  const { failure, text } = await client.ask(goingOn(asked, answer.output));
  const missing = words.filter((word) => !text.toLowerCase().includes(word));
  profile.round_trip = !failure && missing.length === 0;
  if (failure) return failed(what, failure);
  const report = about(what);
  if (missing.length === 0) return report.ok(words.length === 1 ? "read by the model" : "read by the model, each");
  const which = missing.length === words.length ? "the tool gave" : "each tool gave";
  const why = "a result that is lost makes it call again and again";
  const fix = "is its template one for tool results? A weak model may also be the reason";
  return report.warning(`the model does not say what ${which}: ${shown(text, 60) || "an empty reply"}`, why, fix);
}

export const probeParallel: Probe = async (client, profile) => {
  const what = "two calls at once";
  const report = about(what);
  const asked = callingTwice();
  const answer = await client.ask(asked);
  if (answer.failure) return { ...failed(what, answer.failure), verdict: "warning" };
  const paths = answer.calls.map((call) => String(parseObject(String(call["arguments"]))?.["path"]));
  const ids = new Set(answer.calls.map(({ call_id }) => call_id));
  const got = shown(answer.calls.map((call) => String(call["arguments"])).join(" and "), 80);
  if (ids.size < paths.length || paths.some((path) => path.includes("a.txt") && path.includes("b.txt"))) {
    profile.parallel = "merged";
    const found = `they are mixed up: ${got}`;
    const fix = 'update the server; until then `dialect.parallel_tool_calls = "never"` keeps them apart';
    return report.problem(found, "commands run that nobody meant", fix);
  }
  if (paths.some((path) => path !== "a.txt" && path !== "b.txt"))
    return report.warning(`other ones: ${got}`, "a weak model, or the wrong template");
  if (paths.length === 0) return report.note("none", "tasks take more turns");
  if (paths.length === 1) {
    profile.parallel = "one_at_a_time";
    return report.note("one at a time", "tasks take more turns");
  }
  profile.parallel = "yes";
  const words = [WORDS["a.txt"], WORDS["b.txt"]];
  const read = await resultsRead("both results", client, { ...profile }, asked, answer, words);
  if (read.verdict === "problem") profile.parallel = "results_refused";
  return [repaired(what, "both right", answer), read];
};

export const probePatch: Probe = async (client, profile) => {
  const what = "patch (freeform)";
  const report = about(what);
  const answer = await client.ask(patching());
  if (answer.failure) return failed(what, answer.failure);
  const call = answer.calls.find(({ type }) => type === "custom_tool_call");
  if (!call) {
    profile.patch = "none";
    const why = "the agent edits files by shell commands, which goes wrong more often";
    return report.warning(`no patch: ${shown(answer.text, 60) || `${answer.calls.length} other calls`}`, why);
  }
  const input = String(call["input"]);
  if (!isValidPatch(input)) {
    profile.patch = "invalid";
    const found = `it keeps no patch grammar: ${shown(input, 80)}`;
    const fix = "a stronger model, or a less quantised one";
    return report.warning(found, "the agent refuses the edit, and the model must try again", fix);
  }
  const right = input.includes("*** Add File: hello.txt\n+hello");
  const found = repaired(what, right ? "right" : "valid, but another edit", answer);
  profile.patch = found.verdict === "ok" ? "yes" : "repaired";
  return right ? found : { ...found, verdict: "note" };
};
