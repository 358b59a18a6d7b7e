/** A host that is asked about its models, and what it was asked. */
import type { ProbeKind } from "../../../src/core/provider.ts";
import type { ModelInfo } from "../../../src/server/upstreams/model-list.ts";
import { readWindows, type Ask } from "../../../src/server/windows/read.ts";

export type Answers = Record<string, unknown>;

/** A host that has these answers, by path, or for /api/show by path and model; all other questions fail. */
export class Asked {
  readonly questions: string[] = [];
  readonly answers: Answers;
  /** How many questions were open at once. */
  most = 0;
  private open = 0;

  constructor(answers: Answers) {
    this.answers = answers;
  }

  readonly ask: Ask = async (path, body) => {
    const question = body === undefined ? path : `${path} ${(body as { model: string }).model}`;
    this.questions.push(question);
    this.most = Math.max(this.most, ++this.open);
    await Bun.sleep(1);
    this.open--;
    if (!(question in this.answers)) throw new Error("404");
    return this.answers[question];
  };
}

export const named = (...ids: string[]): ModelInfo[] => ids.map((id) => ({ id }));

export async function read(kind: ProbeKind, answers: Answers, models: ModelInfo[]): Promise<ModelInfo[]> {
  return readWindows(kind, new Asked(answers).ask, models);
}
