/** What must hold of every answer, whatever happened. */
import { bodyOf } from "../../test/support/ways/answer-parser.ts";
import { CLIENTS, type Understood } from "../../test/support/ways/clients.ts";
import type { Heard } from "../../test/support/ways/heard.ts";
import type { Json } from "../../test/support/response-rules.ts";
import type { Seen } from "./ask.ts";
import { isGood, ROUTE, type Turn } from "./turn.ts";

export interface Verdict {
  outcome: "right" | "told" | "left";
  problems: string[];
  understood: Understood | undefined;
}

/** Faults after which a forwarded answer is cut as it was cut there. */
const CUTS = ["finished", "reset", "hanging", "silent", "closed before the head"];

export function judge(turn: Turn, { answer, left }: Seen): Verdict {
  const problems: string[] = [];
  const text = bodyOf(answer);
  const streamed = answer.headers["content-type"]?.includes("event-stream") ?? false;
  if (answer.status >= 400) return refused(turn, answer.whole || left, text);
  if (left)
    return {
      outcome: "left",
      problems: invented(turn, streamed ? CLIENTS[turn.client].stream(text) : undefined),
      understood: undefined,
    };
  // A host's reset can overtake our own head.
  const overtaken = answer.status === 0 && turn.forwarded && CUTS.includes(turn.fault);
  if (answer.status !== 200 && !overtaken) problems.push(`there was no answer (status ${answer.status})`);
  const understood = understand(turn, streamed, answer.whole, text, problems);
  problems.push(...invented(turn, understood));
  const right = understood !== undefined && understood.ends === 1 && understood.error === undefined;
  if (right) problems.push(...missing(turn, understood));
  else if (isGood(turn.fault) && turn.way !== ROUTE)
    problems.push(`it failed: ${understood?.error ?? text.slice(0, 200)}`);
  if (!turn.forwarded && !answer.whole) problems.push("it was cut");
  if (understood?.incomplete) problems.push("it calls itself incomplete");
  return { outcome: right ? "right" : "told", problems, understood };
}

function understand(
  turn: Turn,
  streamed: boolean,
  whole: boolean,
  text: string,
  problems: string[],
): Understood | undefined {
  const client = CLIENTS[turn.client];
  if (streamed) {
    const understood = client.stream(text);
    if (!turn.forwarded) problems.push(...client.faults(text).slice(0, 3));
    else if (understood.ends > 1) problems.push(`${understood.ends} ends`);
    else if (understood.ends === 0 && whole && CUTS.includes(turn.fault)) problems.push("a cut looks like an end");
    return understood;
  }
  try {
    const json = JSON.parse(text) as Json;
    if (!turn.forwarded) problems.push(...client.bodyFaults(json).slice(0, 3));
    return client.body(json);
  } catch {
    if (!turn.forwarded) problems.push(`the body is no JSON: ${text.slice(0, 100)}`);
    else if (whole && CUTS.includes(turn.fault)) problems.push("a cut body looks whole");
    return undefined;
  }
}

function refused(turn: Turn, whole: boolean, text: string): Verdict {
  const problems: string[] = [];
  if (isGood(turn.fault) && turn.way !== ROUTE) problems.push(`it was refused: ${text.slice(0, 200)}`);
  if (!whole) problems.push("the refusal was cut");
  if (!turn.forwarded || turn.fault !== "web page") {
    try {
      const json = JSON.parse(text) as Json;
      if (json["error"] === undefined) problems.push(`no error in ${text.slice(0, 100)}`);
    } catch {
      problems.push(`the refusal is no JSON: ${text.slice(0, 100)}`);
    }
  }
  return { outcome: "told", problems, understood: undefined };
}

/** What was not said so: other words, other calls, or twice. */
function invented({ said }: Turn, understood: Understood | undefined): string[] {
  if (!understood) return [];
  const problems: string[] = [];
  if (!said.text.startsWith(understood.text))
    problems.push(`it says what was not said: ${JSON.stringify(understood.text.slice(0, 200))}`);
  for (const [n, call] of understood.calls.entries()) {
    const meant = said.calls[n];
    if (call.name !== meant?.name || !sameJson(call.args, meant.args))
      problems.push(
        `call ${n} is ${call.name} ${call.args.slice(0, 200)}, not ${meant?.name} ${meant?.args.slice(0, 200)}`,
      );
  }
  return problems;
}

function missing({ said, forwarded }: Turn, understood: Understood): string[] {
  const problems: string[] = [];
  if (understood.text !== said.text)
    problems.push(`${said.text.length - understood.text.length} characters are missing`);
  if (understood.calls.length !== said.calls.length)
    problems.push(`${said.calls.length} calls were made, ${understood.calls.length} came`);
  const ids = new Set(understood.calls.map(({ id }) => id));
  if (!forwarded && ids.size < understood.calls.length) problems.push("two calls have one id");
  return problems;
}

const sameJson = (one: string, other: string): boolean => one === other || Bun.deepEquals(tryJson(one), tryJson(other));

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The host must hear the thread as the client tells it. */
export function judgeHistory({ rounds }: Turn, heard: Heard): string[] {
  const calls = rounds.flatMap((round) => round.calls.map(({ name, args }) => [name, JSON.parse(args) as unknown]));
  const results = rounds.flatMap((round) => round.results);
  const text = rounds.map((round) => round.text).join("");
  return [
    ...(Bun.deepEquals(heard.calls, calls)
      ? []
      : [`the host heard the calls ${JSON.stringify(heard.calls).slice(0, 300)}`]),
    ...(Bun.deepEquals(heard.results, results)
      ? []
      : [`the host heard the results ${JSON.stringify(heard.results).slice(0, 300)}`]),
    ...(heard.text === text ? [] : [`the host heard the text ${JSON.stringify(heard.text).slice(0, 300)}`]),
  ];
}
