/** The threads of one policy, each at the pace of its answers, its tools and its user. */
import { TRAFFIC, REMOTE } from "./assumptions.ts";
import type { Policy } from "./candidates.ts";
import { Simulation, type Answered, type Request } from "./simulation.ts";
import { ThreadState } from "./thread.ts";
import type { ThreadScript } from "./traffic.ts";

export interface Run {
  policy: Policy;
  answered: Answered[];
  given_up: number;
  refused: number;
  turns: number;
  threads: number;
  compactions: number;
}

export function run(policy: Policy, threads: readonly ThreadScript[], seed: number, slots: number): Run {
  const simulation = new Simulation(policy, seed, slots);
  // What the shim lists for a route: the largest window of its candidates, pictures where one of them sees any.
  const window = policy.window ?? Math.max(...policy.candidates.map(({ info }) => info.context_window ?? 0));
  const sees_pictures = policy.candidates.some(({ info }) => info.images === true);
  for (const script of threads) {
    const thread = new ThreadState(script);
    simulation.clock.at(script.begins_ms, () => {
      titleOf(simulation, thread);
      turn(simulation, thread, { window, sees_pictures }, 0, 0);
    });
  }
  simulation.clock.run();
  const { answered, given_up, refused } = simulation;
  return {
    policy,
    answered,
    given_up,
    refused,
    turns: threads.reduce((sum, { turns }) => sum + turns.length, 0),
    threads: threads.length,
    compactions: answered.filter(({ kind }) => kind === "compaction").length,
  };
}

interface Client {
  window: number;
  sees_pictures: boolean;
}

/** `calls`: those of the thread before. */
function turn(simulation: Simulation, thread: ThreadState, client: Client, at: number, calls: number): void {
  const script = thread.script.turns[at];
  if (!script) return;
  thread.beginTurn(script, client.sees_pictures);
  const step = (index: number): void => {
    const call = script.calls[index];
    if (!call) {
      const next = thread.script.turns[at + 1];
      if (next) simulation.clock.after(next.think_ms, () => turn(simulation, thread, client, at + 1, calls + index));
      return;
    }
    thread.takes(call, client.window);
    const output_tokens = Math.min(call.output_tokens, thread.room(client.window));
    const request = requestOf(thread, at, calls + index, output_tokens);
    simulation.ask(request, ({ provider, model }) => {
      thread.answered(call, output_tokens, { provider, model }, REMOTE[provider]?.tagged ?? false);
      simulation.clock.after(call.tool_ms, () =>
        compacted(simulation, thread, client, at, calls + index, () => step(index + 1)),
      );
    });
  };
  step(0);
}

/** Codex looks at what the last answer reported, before the next call. */
function compacted(
  simulation: Simulation,
  thread: ThreadState,
  client: Client,
  turn: number,
  call: number,
  then: () => void,
): void {
  if (thread.prompt_tokens < client.window * TRAFFIC.compact_at) return then();
  const { summary_tokens } = thread.script;
  const request = requestOf(thread, turn, call, summary_tokens);
  request.kind = "compaction";
  request.facts = { ...request.facts, tools: false, helper: true };
  request.job.apart = true;
  // Where it does not fit, Codex leaves out the oldest items.
  request.job.prompt_tokens = Math.min(thread.prompt_tokens, client.window - summary_tokens);
  simulation.ask(request, () => {
    thread.compact();
    then();
  });
}

function requestOf(thread: ThreadState, turn: number, call: number, output_tokens: number): Request {
  return {
    kind: "call",
    thread: thread.script.id,
    turn,
    call,
    facts: thread.facts(),
    began_by: thread.began_by,
    job: {
      cache_key: thread.id,
      epoch: thread.epoch,
      prompt_tokens: thread.prompt_tokens,
      base_tokens: TRAFFIC.first_prompt_tokens,
      output_tokens,
      apart: false,
    },
  };
}

function titleOf(simulation: Simulation, thread: ThreadState): void {
  const { prompt_tokens, output_tokens } = TRAFFIC.title;
  const id = `title-${thread.script.id}`;
  const facts = { ...thread.facts(), tools: false, json_schema: true, helper: true, thread: id };
  facts.prompt_characters = Math.round(prompt_tokens * thread.script.characters_a_token);
  const job = { cache_key: id, epoch: 0, prompt_tokens, base_tokens: 0, output_tokens, apart: true };
  simulation.ask({ kind: "title", thread: thread.script.id, turn: 0, call: 0, facts, job }, () => {});
}
