/** Does it answer, does the answer stream, and how fast; JSON by a schema; pictures. */
import type { Answer, Patient } from "./ask.ts";
import { parsed } from "./ask.ts";
import { failed, isRefusal } from "./failures.ts";
import { judged, ok, shown, type Judged } from "./finding.ts";
import { asObject } from "../upstreams/model-list.ts";
import type { CapabilityProfile } from "./profile.ts";
import { counting, describing, looking } from "./requests.ts";

export type Draft = CapabilityProfile;
export type Probe = (patient: Patient, draft: Draft) => Promise<Judged[]>;

export const probeAnswer: Probe = async (patient, draft) => {
  const answer = await patient.ask(counting());
  const { failure } = answer;
  if (failure) return [failed("answer", failure)];
  draft.answers = true;
  draft.thinks = answer.thought !== "" || (answer.usage?.reasoning_tokens ?? 0) > 0;
  return [
    saysSomething(answer),
    ...(answer.text === "" ? [] : [streams(answer, draft)]),
    ...tuned(answer),
    usage(answer),
  ];
};

function saysSomething({ text, cut, thought }: Answer): Judged {
  if (text === "" && cut)
    return judged(
      "answer",
      "warning",
      "it thought until the limit of tokens, and said nothing",
      "agents that bound the answer's length get an empty one",
      "ask for a lower effort, or allow it more tokens",
    );
  if (text === "")
    return judged(
      "answer",
      "problem",
      "an empty answer",
      "an agent stops without a word",
      "check that the server uses the model's own template, or choose another model",
    );
  const right = /1 2 3 4 5/.test(text.replaceAll(/[\s,]+/g, " "));
  const how = thought === "" ? "" : ", after thoughts that are shown";
  if (right) return ok("answer", `right${how}`);
  return judged("answer", "note", `not what was asked for: ${shown(text, 60)}`, "a weak model, or the wrong template");
}

function streams({ text_pieces, first_ms, total_ms, usage }: Answer, draft: Draft): Judged {
  draft.streams = text_pieces > 1;
  const speed = speedOf(usage?.output_tokens, first_ms, total_ms);
  if (first_ms !== undefined) draft.first_ms = Math.round(first_ms);
  if (speed !== undefined) draft.tokens_per_s = speed;
  const times = [
    ...(first_ms === undefined ? [] : [`first token after ${seconds(first_ms)}`]),
    ...(speed === undefined ? [] : [`${speed} tokens/s`]),
  ].join(", ");
  if (text_pieces > 1) return ok("stream", `in ${text_pieces} pieces; ${times}`);
  return judged(
    "stream",
    "warning",
    `the whole answer at once; ${times}`,
    "the user watches a blank screen, and clients may give up on long answers",
    "look for a proxy that buffers between here and the host",
  );
}

/** Too short a time tells nothing. */
const SHORTEST_MS = 20;

function speedOf(tokens: number | undefined, first_ms: number | undefined, total_ms: number): number | undefined {
  const output_ms = total_ms - (first_ms ?? total_ms);
  if (tokens === undefined || tokens < 2 || output_ms < SHORTEST_MS) return undefined;
  return Math.round((tokens / output_ms) * 10_000) / 10;
}

const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** What was left out so that the host would answer. */
function tuned({ notes, ignored }: Answer): Judged[] {
  const dropped = notes.filter((note) => note.startsWith("setting_dropped"));
  const listed = [...dropped, ...ignored];
  return listed.length === 0 ? [] : [judged("settings", "note", `not taken by the host: ${shown(listed.join("; "))}`)];
}

function usage({ usage }: Answer): Judged {
  if (usage && usage.input_tokens > 0)
    return ok("token counts", `${usage.input_tokens} in, ${usage.output_tokens} out`);
  return judged(
    "token counts",
    "warning",
    "none are told",
    "agents do not know when to compact, and costs are unknown",
    "switch usage on at the host, or set `context_window` in the config and watch its limit",
  );
}

export const probeSchema: Probe = async (patient, draft) => {
  const { failure, text, ignored, cut } = await patient.ask(describing());
  if (failure) {
    if (isRefusal(failure)) draft.json_schema = "refused";
    return [{ ...failed("JSON schema", failure), ...(isRefusal(failure) && { verdict: "warning" as const }) }];
  }
  const answer = asObject(parsed(text));
  const held = typeof answer["colour"] === "string" && Number.isInteger(answer["legs"]);
  const only = Object.keys(answer).length === 2;
  if (held && only) {
    draft.json_schema = "held";
    const told = ignored.some((each) => each.startsWith("text.format"));
    return [
      ok("JSON schema", told ? "the answer keeps it, which the host is only told in words" : "the answer keeps it"),
    ];
  }
  if (cut) return [judged("JSON schema", "note", "the answer was cut by the limit of tokens")];
  draft.json_schema = "broken";
  return [
    judged(
      "JSON schema",
      "warning",
      `the answer does not keep it: ${shown(text, 60)}`,
      "titles and reviews of agents come back unreadable",
      'if the host takes no `json_schema`, set `dialect.json_schema` to what it takes ("json_object" or "words")',
    ),
  ];
};

export const probeImage: Probe = async (patient, draft) => {
  const { failure, text } = await patient.ask(looking());
  if (failure) {
    if (!isRefusal(failure)) return [{ ...failed("images", failure), verdict: "warning" }];
    draft.images = "refused";
    return [judged("images", "note", `refused: ${shown(failure.message, 100)}`, "screenshots cannot be shown to it")];
  }
  if (/\bred\b|\bcrimson\b|\bscarlet\b/i.test(text)) {
    draft.images = "seen";
    return [ok("images", "seen")];
  }
  draft.images = "unseen";
  return [
    judged(
      "images",
      "warning",
      `taken, but not seen: it answers ${shown(text, 40) || "nothing"}`,
      "an agent believes that the model has seen its screenshot",
      "set `images = false` for this model in the config",
    ),
  ];
};
