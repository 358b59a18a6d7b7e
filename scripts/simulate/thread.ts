/** One thread as its client has it: what stands in its history, and so what the shim can read in the next request. */
import type { TurnFacts } from "../../src/routing/facts.ts";
import type { TroubleKind } from "../../src/routing/trouble.ts";
import { TRAFFIC } from "./assumptions.ts";
import type { CallScript, ThreadScript, TurnScript } from "./traffic.ts";

/** Of some sixty items: reasoning, call and result of each. */
const CALLS_LOOKED_AT = 20;
const LEAST_ROOM = 512;
const SIGNS: readonly TroubleKind[] = ["patch_rejected", "call_repeated", "arguments_refused"];

export class ThreadState {
  readonly script: ThreadScript;
  prompt_tokens = TRAFFIC.first_prompt_tokens;
  epoch = 0;
  images = 0;
  began_by: { provider: string; model: string } | undefined;
  private fresh_tokens = 0;
  private spoken = false;
  private thought_by: string[] = [];
  private thinks_now: string | undefined;
  private calls = 0;
  private signs: { at_call: number; kind: TroubleKind; model: string | undefined }[] = [];

  constructor(script: ThreadScript) {
    this.script = script;
  }

  get id(): string {
    return `thread-${this.script.id}`;
  }

  beginTurn({ picture }: TurnScript, sees_pictures: boolean): void {
    this.began_by = undefined;
    this.thinks_now = undefined;
    // A client whose model sees none puts words in its place.
    if (!picture || !sees_pictures) return;
    this.images++;
    this.add(TRAFFIC.image_tokens);
  }

  /** What the window cannot hold, the client cuts. */
  takes({ fresh_tokens }: CallScript, window: number): void {
    this.add(Math.max(1, Math.min(fresh_tokens, window - this.prompt_tokens - LEAST_ROOM)));
  }

  /** An answer ends where the window does. */
  room(window: number): number {
    return Math.max(1, window - this.prompt_tokens);
  }

  private add(tokens: number): void {
    this.prompt_tokens += tokens;
    this.fresh_tokens += tokens;
  }

  answered(call: CallScript, output_tokens: number, by: { provider: string; model: string }, tagged: boolean): void {
    this.began_by ??= by;
    this.prompt_tokens += output_tokens;
    this.fresh_tokens = 0;
    this.spoken = true;
    this.calls++;
    const thinks = tagged && this.script.effort !== "none";
    if (thinks) {
      this.thinks_now = by.model;
      this.thought_by = [by.model, ...this.thought_by.filter((model) => model !== by.model)];
    }
    if (call.sign) {
      const kind = SIGNS[this.calls % SIGNS.length] as TroubleKind;
      this.signs.push({ at_call: this.calls, kind, model: thinks ? by.model : undefined });
    }
  }

  /** The history becomes its beginning and a summary, as a message of the user's. */
  compact(): void {
    this.prompt_tokens = TRAFFIC.first_prompt_tokens + this.script.summary_tokens;
    this.epoch++;
    this.images = 0;
    this.fresh_tokens = 0;
    this.spoken = false;
    this.thought_by = [];
    this.thinks_now = undefined;
    this.signs = [];
  }

  /** As routing/facts reads them. */
  facts(): TurnFacts {
    const { characters_a_token: ratio, effort } = this.script;
    const text_tokens = this.prompt_tokens - this.images * TRAFFIC.image_tokens;
    return {
      tools: true,
      forced_tool: false,
      images: this.images,
      files: 0,
      json_schema: false,
      ...(effort !== undefined && { effort }),
      prompt_characters: Math.round(text_tokens * ratio),
      ...(this.spoken && { new_characters: Math.round(this.fresh_tokens * ratio) }),
      thread: this.id,
      helper: false,
      thought_by: this.thought_by,
      ...(this.thinks_now !== undefined && { thinks_now: this.thinks_now }),
      trouble: this.trouble(),
      left_out: [],
    };
  }

  private trouble(): TurnFacts["trouble"] {
    const newest = this.signs.filter(({ at_call }) => at_call > this.calls - CALLS_LOOKED_AT);
    const signs: TurnFacts["trouble"]["signs"] = {};
    for (const { kind } of newest) signs[kind] = (signs[kind] ?? 0) + 1;
    const began_with = newest[0]?.model;
    return { count: newest.length, signs, ...(began_with !== undefined && { began_with }) };
  }
}
