/** Watches what upstreams report of the prompts they got: how many tokens they had, and whether some were lost. */
import { Calibration } from "../../core/estimate.ts";
import type { Usage } from "../../core/reply.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";
import { probeKind } from "../upstreams/upstream.ts";
import { TruncationWatch, type Truncation } from "../windows/truncation.ts";
import { windowWarning } from "../windows/warning.ts";

export class PromptWatch {
  readonly calibration = new Calibration();
  private readonly truncation = new TruncationWatch(this.calibration);
  private readonly warn: (text: string) => void;

  /** `warn` takes each warning once. */
  constructor(warn: (text: string) => void) {
    this.warn = warn;
  }

  /** What a reply has reported of the prompt that was sent. */
  reported({ provider, model, info }: ModelCandidate, characters: number, usage: Usage): void {
    const warning = this.truncation.check({
      provider: provider.id,
      model,
      kind: probeKind(provider),
      characters,
      input_tokens: usage.input_tokens,
      cached_tokens: usage.cached_tokens,
      context_window: info.context_window,
      trained_window: info.trained_window,
    });
    if (warning !== undefined) this.warn(warning);
  }

  /** What a user of this model should know: that its prompts are cut, or will be. */
  warningFor({ provider, model, info }: ModelCandidate): string | undefined {
    return this.truncation.warningOf(provider.id, model) ?? windowWarning(probeKind(provider), info);
  }

  list(): Truncation[] {
    return this.truncation.list();
  }
}
