/** Probes whether a model answers, streams, and how fast; whether it keeps a JSON schema and sees images. */
import { parseObject } from "../../core/arguments.ts";
import type { CapabilityProfile } from "./profile.ts";
import type { ProbeReply, ProbeClient } from "./ask.ts";
import { failed, isRefusal } from "./failures.ts";
import { about, judged, ok, shown, type Judged } from "./finding.ts";
import { counting, describing, looking } from "./requests.ts";

/** Sends its requests, and enters what they show into the profile. */
export type Probe = (client: ProbeClient, profile: CapabilityProfile) => Promise<Judged | Judged[]>;

export const probeAnswer: Probe = async (client, profile) => {
  const answer = await client.ask(counting());
  if (answer.failure) return failed("answer", answer.failure);
  profile.answers = true;
  profile.thinks = answer.thought !== "" || (answer.usage?.reasoning_tokens ?? 0) > 0;
  const streaming = answer.text === "" ? [] : [streams(answer, profile)];
  return [saysSomething(answer), ...streaming, ...refusedSettings(answer), tokenCounts(answer)];
};

function saysSomething({ text, cut, thought }: ProbeReply): Judged {
  const report = about("answer");
  if (text === "" && cut)
    return report.warning(
      "it thought until the limit of tokens, and said nothing",
      "agents that bound the length get an empty reply",
      "ask for a lower effort, or allow it more tokens",
    );
  if (text === "")
    return report.problem(
      "an empty reply",
      "an agent stops and says nothing",
      "check that the server uses the model's template, or choose another model",
    );
  if (/1 2 3 4 5/.test(text.replaceAll(/[\s,]+/g, " ")))
    return report.ok(thought === "" ? "right" : "right, after thoughts that are shown");
  return report.note(`not what was asked for: ${shown(text, 60)}`, "a weak model, or the wrong template");
}

function streams({ text_pieces, first_ms, total_ms, usage }: ProbeReply, profile: CapabilityProfile): Judged {
  profile.streams = text_pieces > 1;
  const speed = speedOf(usage?.output_tokens, first_ms, total_ms);
  if (first_ms !== undefined) profile.first_ms = Math.round(first_ms);
  if (speed !== undefined) profile.tokens_per_s = speed;
  const first = first_ms === undefined ? [] : [`first token after ${seconds(first_ms)}`];
  const times = [...first, ...(speed === undefined ? [] : [`${speed} tokens/s`])].join(", ");
  if (text_pieces > 1) return ok("stream", `in ${text_pieces} pieces; ${times}`);
  const found = `the whole reply at once; ${times}`;
  const why = "the user watches a blank screen, and clients may give up on long replies";
  return about("stream").warning(found, why, "look for a proxy in between that buffers");
}

const SHORTEST_MS = 20; // Within a shorter time no speed can be measured.

function speedOf(tokens: number | undefined, first_ms: number | undefined, total_ms: number): number | undefined {
  const output_ms = total_ms - (first_ms ?? total_ms);
  if (tokens === undefined || tokens < 2 || output_ms < SHORTEST_MS) return undefined;
  return Math.round((tokens / output_ms) * 10_000) / 10;
}

const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** Settings that were left out so that the upstream would answer. */
function refusedSettings({ notes, ignored }: ProbeReply): Judged[] {
  const all = [...notes.filter((note) => note.startsWith("setting_dropped")), ...ignored];
  return all.length === 0 ? [] : [judged("settings", "note", `refused by the upstream: ${shown(all.join("; "))}`)];
}

function tokenCounts({ usage }: ProbeReply): Judged {
  const report = about("token counts");
  if (usage && usage.input_tokens > 0) return report.ok(`${usage.input_tokens} in, ${usage.output_tokens} out`);
  const found = "none are reported";
  const why = "agents do not know when to compact, and costs are unknown";
  return report.warning(found, why, "enable usage at the upstream, or set `context_window` in the config");
}

export const probeSchema: Probe = async (client, profile) => {
  const report = about("JSON schema");
  const { failure, text, ignored, cut } = await client.ask(describing());
  if (failure && !isRefusal(failure)) return failed("JSON schema", failure);
  if (failure) {
    profile.json_schema = "refused";
    return { ...failed("JSON schema", failure), verdict: "warning" };
  }
  const { colour, legs, ...others } = parseObject(text) ?? {};
  if (typeof colour === "string" && Number.isInteger(legs) && Object.keys(others).length === 0) {
    profile.json_schema = "held";
    const in_words = ignored.some((each) => each.startsWith("text.format"));
    return report.ok(in_words ? "the reply keeps it, which the upstream gets only in words" : "the reply keeps it");
  }
  if (cut) return report.note("the reply was cut by the limit of tokens");
  profile.json_schema = "broken";
  return report.warning(
    `the reply does not keep it: ${shown(text, 60)}`,
    "titles and reviews of agents come back unreadable",
    'if the upstream takes no `json_schema`, set `dialect.json_schema` to what it takes ("json_object" or "words")',
  );
};

export const probeImage: Probe = async (client, profile) => {
  const report = about("images");
  const { failure, text } = await client.ask(looking());
  if (failure && !isRefusal(failure)) return { ...failed("images", failure), verdict: "warning" };
  if (failure) {
    profile.images = "refused";
    return report.note(`refused: ${shown(failure.message, 100)}`, "screenshots cannot be shown to it");
  }
  const seen = /\bred\b|\bcrimson\b|\bscarlet\b/i.test(text);
  profile.images = seen ? "seen" : "unseen";
  if (seen) return report.ok("seen");
  const why = "an agent believes that the model has seen its screenshot";
  const fix = "set `images = false` for this model in the config";
  return report.warning(`taken, but not seen: it answers ${shown(text, 40) || "nothing"}`, why, fix);
};
