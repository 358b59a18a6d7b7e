/** What users and their agents do, whoever answers: drawn once, and the same for every policy. */
import { TRAFFIC } from "./assumptions.ts";
import { Dice } from "./dice.ts";

export interface CallScript {
  /** New in the prompt: the user's message, or what a tool has told. */
  fresh_tokens: number;
  output_tokens: number;
  /** What the tools take after it. */
  tool_ms: number;
  /** What it wrote is refused, or the like. */
  sign: boolean;
}

export interface TurnScript {
  /** After the turn before. */
  think_ms: number;
  picture: boolean;
  calls: CallScript[];
}

export interface ThreadScript {
  id: number;
  begins_ms: number;
  effort: string | undefined;
  characters_a_token: number;
  summary_tokens: number;
  turns: TurnScript[];
}

export function traffic(threads: number, seed: number, every_min = TRAFFIC.every_min): ThreadScript[] {
  const arrivals = new Dice(seed, 1);
  let now = 0;
  return Array.from({ length: threads }, (_, id) => {
    now += arrivals.exponential(every_min * 60_000);
    return thread(id, now, new Dice(seed, 2, id));
  });
}

function thread(id: number, begins_ms: number, dice: Dice): ThreadScript {
  const single = dice.chance(TRAFFIC.single_turn_share);
  const turns = single ? 1 : Math.max(2, Math.round(dice.logNormal(TRAFFIC.turns)));
  const hard = dice.chance(TRAFFIC.hard_share);
  const picture_at = dice.chance(TRAFFIC.image_share) ? Math.floor(dice.next() * turns) : -1;
  return {
    id,
    begins_ms,
    effort: dice.oneOf<string | undefined>(TRAFFIC.efforts),
    characters_a_token: dice.between(...TRAFFIC.characters_a_token),
    summary_tokens: Math.round(dice.logNormal(TRAFFIC.summary_tokens)),
    turns: Array.from({ length: turns }, (_, at) => ({
      think_ms: at === 0 ? 0 : dice.logNormal(TRAFFIC.think_ms),
      picture: at === picture_at,
      calls: calls(single, hard ? TRAFFIC.hard_signs : TRAFFIC.easy_signs, dice),
    })),
  };
}

function calls(single: boolean, signs: number, dice: Dice): CallScript[] {
  const sizes = single ? TRAFFIC.task_calls : TRAFFIC.tool_calls;
  const more = !single && dice.chance(TRAFFIC.no_tool_share) ? 0 : Math.max(1, Math.round(dice.logNormal(sizes)));
  return Array.from({ length: more + 1 }, (_, at) => ({
    fresh_tokens: Math.ceil(dice.logNormal(at === 0 ? TRAFFIC.user_tokens : TRAFFIC.tool_tokens)),
    output_tokens: Math.ceil(dice.logNormal(TRAFFIC.output_tokens)),
    tool_ms: at === more ? 0 : dice.logNormal(TRAFFIC.tool_ms),
    sign: dice.chance(signs),
  }));
}
