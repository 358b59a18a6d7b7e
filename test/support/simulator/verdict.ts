/** What became of a thread, compared with what it should have come to. */
import { isObject, type Json } from "../response-rules.ts";
import { parsed } from "./rules.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import type { Ran, Told } from "./thread.ts";
import type { Said, Variant, Vendor } from "./types.ts";

export type Mark = "ok" | "listed" | "healed" | "refused" | "none";

export interface Verdict {
  mark: Mark;
  /** For the table: what is listed, which setting was left out, why it is refused. */
  why: string;
  /** Empty when all is as it should be. */
  problems: readonly string[];
}

export function verdictOf(
  vendor: Vendor,
  scenario: Scenario,
  { told, losses, refusals }: Ran,
  variant: Variant,
): Verdict {
  const problems = losses.map((loss) => `lost in silence: ${loss}`);
  const last = told.at(-1);
  if (!last) return { mark: "ok", why: "", problems: ["the thread never began"] };
  const expected = vendor.expects?.[scenario.id];
  const mayRefuse = expected !== undefined && "refused" in expected && (expected.only ?? variant) === variant;
  if (mayRefuse && last.status === "failed") {
    const right = expected.refused.some((kind) => kind === last.kind);
    return { mark: "refused", why: expected.why, problems: right ? problems : [...problems, wrongEnd(last)] };
  }
  if (mayRefuse && expected.only === undefined) problems.push("it was to be refused, and was not");
  problems.push(
    ...told.flatMap((turn) => faultsOf(vendor, scenario, turn)),
    ...endFaults(vendor, scenario, last, told.length),
    ...brokenPrefixes(told),
  );
  const failure = typeof scenario.ends === "object" ? last.kind : undefined;
  if (failure !== undefined) return { mark: "ok", why: "", problems };
  const listed = [...new Set(told.flatMap(({ ignored }) => ignored))];
  if (refusals.length > 0) {
    if (listed.length === 0 && last.status !== "failed")
      problems.push("what was left out after a refusal is not listed");
    return { mark: "healed", why: refusals.join("; "), problems };
  }
  if (listed.length > 0) return { mark: "listed", why: listed.join("; "), problems };
  return { mark: "ok", why: otherEffort(scenario, last), problems };
}

/** A model takes few words, and the nearest is used; told in the response. */
function otherEffort({ request }: Scenario, { effort }: Told): string {
  const asked = isObject(request?.["reasoning"]) ? request["reasoning"]["effort"] : undefined;
  return asked === undefined || asked === effort.header ? "" : `effort ${String(effort.header)} for ${String(asked)}`;
}

/** What went upstream later begins with what went before, but for the end of the last message, which the next may join. */
function brokenPrefixes(told: readonly Told[]): string[] {
  const prompts = told.map(({ bodies }) => JSON.stringify([bodies.at(-1)?.["tools"], bodies.at(-1)?.["messages"]]));
  return prompts.slice(1).flatMap((prompt, i) => {
    const before = prompts[i]?.replace(/["\]}]+$/, "") ?? "";
    return prompt.startsWith(before) ? [] : [`the prompt of turn ${i + 2} does not begin with that of turn ${i + 1}`];
  });
}

const wrongEnd = ({ status, kind, message }: Told): string =>
  `it ended ${status}${kind ? ` as ${kind}` : ""}: ${message ?? ""}`;

function endFaults(vendor: Vendor, { ends = "completed", turns }: Scenario, last: Told, ran: number): string[] {
  if (typeof ends === "string") return last.status === ends && ran === turns.length ? [] : [wrongEnd(last)];
  const failure = ends.fails === "cut" ? undefined : vendor.failures[ends.fails];
  const kind = typeof failure === "object" ? failure.kind : "upstream_protocol";
  const faults = last.kind === kind ? [] : [`${wrongEnd(last)} (it is to be ${kind})`];
  const waits = typeof failure === "object" && failure.headers?.["retry-after"] !== undefined;
  if (waits && last.retry_after_s !== 7) faults.push(`retry-after is ${String(last.retry_after_s)}`);
  return faults;
}

function faultsOf(vendor: Vendor, { forgives = [], ends }: Scenario, told: Told): string[] {
  const { turn, said, output, ignored, faults, bodies, effort } = told;
  const problems = faults === "" ? [] : [faults];
  const sent = JSON.stringify(bodies.at(-1) ?? {});
  for (const text of turn.reaches ?? [])
    if (!sent.includes(JSON.stringify(text).slice(1, -1)) && !sent.includes(text))
      problems.push(`the upstream never got ${text.slice(0, 60)}`);
  for (const text of turn.hidden ?? []) if (sent.includes(text)) problems.push(`the upstream got ${text}`);
  if ((effort.response ?? null) !== (effort.header ?? null) && told.status !== "failed")
    problems.push(
      `effort is told as ${String(effort.response)} in the response and ${String(effort.header)} in the header`,
    );
  if (!said || told.status === "failed") return problems;
  if (typeof ends !== "object" && ends !== "incomplete") problems.push(...lostFrom(said, output, vendor));
  const unmet = unmetNeeds(told, said);
  const forgiven = ignored.some((entry) => forgives.some((field) => entry.startsWith(field)));
  return forgiven ? problems : [...problems, ...unmet];
}

function unmetNeeds({ turn: { needs = {}, wish }, output, effort }: Told, { calls, thought }: Said): string[] {
  const unmet: string[] = [];
  const names = calls.map(({ name }) => name);
  const right = needs.calls?.length === names.length && needs.calls.every((end, i) => names[i]?.includes(end));
  if (needs.calls && !right)
    unmet.push(`the model called ${names.join(", ") || "nothing"} instead of ${needs.calls.join(", ") || "nothing"}`);
  if (needs.json && !Bun.deepEquals(parsed(textOf(output)), wish.json))
    unmet.push(`the model answered in prose: ${textOf(output)}`);
  if (needs.thoughtless && thought !== undefined && effort.header === "none")
    unmet.push("the model thought, and the client was told that it would not");
  return unmet;
}

/** Whether all that the model said has come to the client, as what it is. */
function lostFrom({ thought, text = "", calls }: Said, output: readonly Json[], { style }: Vendor): string[] {
  const lost: string[] = [];
  const thoughts = output.filter(({ type }) => type === "reasoning");
  if (thought !== undefined && style.thought !== "hidden" && !JSON.stringify(thoughts).includes(thought))
    lost.push("the client never got the thought");
  if (textOf(output) !== text)
    lost.push(`the client got the text ${JSON.stringify(textOf(output))} for ${JSON.stringify(text)}`);
  const got = output.filter(({ call_id }) => call_id !== undefined);
  if (got.length !== calls.length) lost.push(`the client got ${got.length} calls for ${calls.length}`);
  for (const [i, item] of got.entries()) {
    const call = calls[i];
    if (call && !isSame(item, call.name, parsed(call.arguments)))
      lost.push(`the client got ${JSON.stringify(item)} for ${JSON.stringify(call)}`);
  }
  return lost;
}

function isSame({ name, namespace, arguments: args, input }: Json, said: string, values: unknown): boolean {
  const rightName = said.includes(String(name)) && said.startsWith("mcp__") === (namespace !== undefined);
  if (input === undefined) return rightName && Bun.deepEquals(parsed(args), values);
  return rightName && isObject(values) && Object.values(values)[0] === input;
}

function textOf(output: readonly Json[]): string {
  const messages = output.filter(({ type }) => type === "message");
  return messages.flatMap(({ content }) => (content as Json[]).map(({ text }) => String(text))).join("");
}
