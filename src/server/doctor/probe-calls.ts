/** Does a tool call survive: alone, two at once, as a patch; and do their results find the way back. */
import { isValidPatch } from "../../core/apply-patch.ts";
import { asObject, type Json } from "../upstreams/model-list.ts";
import type { Answer, Patient } from "./ask.ts";
import { parsed } from "./ask.ts";
import { failed, isRefusal } from "./failures.ts";
import { judged, ok, shown, type Judged } from "./finding.ts";
import type { Draft, Probe } from "./probe-answers.ts";
import { calling, callingTwice, goingOn, patching, WORDS } from "./requests.ts";

const NO_CALLS = "an agent can do nothing with it: no file is read, no command runs";

export const probeCall: Probe = async (patient, draft) => {
  let asked = calling();
  let answer = await patient.ask(asked);
  let forced = false;
  if (!answer.failure && answer.calls.length === 0) {
    forced = true;
    asked = calling("required");
    const first = answer;
    answer = await patient.ask(asked);
    if (answer.failure || answer.calls.length === 0) return [noCall(first, draft)];
  }
  if (answer.failure) {
    if (isRefusal(answer.failure)) draft.calls = "refused";
    return [failed("tool call", answer.failure)];
  }
  draft.calls = forced ? "forced" : "yes";
  return [single(answer, forced), ...(await comesBack("its result", patient, draft, asked, answer, ["kumquat"]))];
};

function noCall({ text, thought }: Answer, draft: Draft): Judged {
  draft.calls = "none";
  const said = text === "" ? (thought === "" ? "nothing" : "only thoughts") : shown(text, 60);
  return judged(
    "tool call",
    "problem",
    `none, not even when it must: it answers ${said}`,
    NO_CALLS,
    "choose a model that was made to call tools, and switch its template or tool parser on at the host",
  );
}

function single(answer: Answer, forced: boolean): Judged {
  const [call = {}] = answer.calls;
  const { path } = asObject(parsed(call["arguments"]));
  if (answer.calls.length > 1)
    return judged("tool call", "warning", `${answer.calls.length} calls for one`, "commands may run twice");
  if (call["name"] !== "read_file" || path !== "notes/hello.txt")
    return judged(
      "tool call",
      "problem",
      `another one: ${shown(`${String(call["name"])} ${String(call["arguments"])}`, 80)}`,
      "commands are not those that the model means",
      "report it with doctor --json; another quantisation or template of the model may be better",
    );
  if (forced)
    return judged(
      "tool call",
      "warning",
      "right, but only when it must call",
      "agents leave the choice to the model, which then talks instead of acting",
      "choose a model that was made to call tools",
    );
  return mended("tool call", "right", answer);
}

const MENDED = /^(?:call_healed|arguments_repaired|arguments_coerced|patch_repaired)/;

/** It came through whole; whether by itself. */
function mended(what: string, how: string, { notes, argument_pieces }: Answer): Judged {
  const helped = notes.filter((note) => MENDED.test(note));
  const streamed = argument_pieces > 1 ? `, streamed in ${argument_pieces} pieces` : "";
  if (helped.length === 0) return ok(what, `${how}${streamed}`);
  return judged(
    what,
    "note",
    `${how}, once juscode-shim had mended it: ${shown(helped.join("; "), 100)}`,
    "it works here, and fails with programs that do not mend",
  );
}

/** Sends the turn on with what the tools give, and looks whether the model has read it. */
async function comesBack(
  what: string,
  patient: Patient,
  draft: Draft,
  asked: Json,
  answer: Answer,
  words: readonly string[],
): Promise<Judged[]> {
  const next = await patient.ask(goingOn(asked, answer.output));
  const { failure, text } = next;
  if (failure) {
    draft.round_trip = false;
    return [failed(what, failure)];
  }
  const missing = words.filter((word) => !text.toLowerCase().includes(word));
  draft.round_trip = missing.length === 0;
  if (missing.length === 0) return [ok(what, words.length === 1 ? "read by the model" : "read by the model, each")];
  return [
    judged(
      what,
      "warning",
      `the model does not tell what ${missing.length === words.length ? "the tool gave" : "each tool gave"}: ${shown(text, 60) || "an empty answer"}`,
      "a result that is lost makes it call again and again",
      "is its template one for tool results? A weak model may also be the reason",
    ),
  ];
}

export const probeParallel: Probe = async (patient, draft) => {
  const asked = callingTwice();
  const answer = await patient.ask(asked);
  if (answer.failure) return [{ ...failed("two calls at once", answer.failure), verdict: "warning" }];
  const paths = answer.calls.map((call) => asObject(parsed(call["arguments"]))["path"]);
  const ids = new Set(answer.calls.map(({ call_id }) => call_id));
  const got = shown(answer.calls.map((call) => String(call["arguments"])).join(" and "), 80);
  if (ids.size < answer.calls.length || paths.some((path) => isMerged(String(path)))) {
    draft.parallel = "merged";
    return [
      judged(
        "two calls at once",
        "problem",
        `they are mixed up: ${got}`,
        "commands run that nobody meant",
        'update the host\'s server; until then `dialect.parallel_tool_calls = "never"` keeps them apart',
      ),
    ];
  }
  if (paths.some((path) => path !== "a.txt" && path !== "b.txt"))
    return [judged("two calls at once", "warning", `other ones: ${got}`, "a weak model, or the wrong template")];
  if (paths.length < 2) {
    if (paths.length === 1) draft.parallel = "one_at_a_time";
    return [
      judged("two calls at once", "note", `${paths.length === 0 ? "none" : "one at a time"}`, "tasks take more turns"),
    ];
  }
  draft.parallel = "yes";
  const words = [WORDS["a.txt"], WORDS["b.txt"]];
  const back = await comesBack("both results", patient, { ...draft }, asked, answer, words);
  if (back[0]?.verdict === "problem") draft.parallel = "results_refused";
  return [mended("two calls at once", "both right", answer), ...back];
};

function isMerged(path: string): boolean {
  return path.includes("a.txt") && path.includes("b.txt");
}

export const probePatch: Probe = async (patient, draft) => {
  const answer = await patient.ask(patching());
  if (answer.failure) return [failed("patch (freeform)", answer.failure)];
  const call = answer.calls.find(({ type }) => type === "custom_tool_call");
  if (!call) {
    draft.patch = "none";
    return [
      judged(
        "patch (freeform)",
        "warning",
        `no patch: ${shown(answer.text, 60) || `${answer.calls.length} other calls`}`,
        "the agent edits files by shell commands, which goes wrong more often",
      ),
    ];
  }
  const input = String(call["input"]);
  if (!isValidPatch(input)) {
    draft.patch = "invalid";
    return [
      judged(
        "patch (freeform)",
        "warning",
        `it keeps no patch grammar: ${shown(input, 80)}`,
        "the agent refuses the edit, and the model must try again",
        "a stronger model, or a less quantised one",
      ),
    ];
  }
  const right = input.includes("*** Add File: hello.txt\n+hello");
  const found = mended("patch (freeform)", right ? "right" : "valid, but another edit", answer);
  draft.patch = found.verdict === "ok" ? "yes" : "repaired";
  return [right ? found : { ...found, verdict: "note" }];
};
