/** Guesses a prompt's tokens from the length of its body; what an upstream reports corrects the next guess. */

const USUAL = 4; // Characters a token, before anything is known: Codex's first prompt is 70 kB and 18,000 tokens.
/** No tokenizer gives a whole prompt more or fewer; measured: 2.1 (listings) to 4.8 (prose), Chinese below 2. */
const LEAST = 1.5;
const MOST = 6;
const SHORTEST = 2000; // In a shorter prompt what the template adds weighs too much.
const MAX_MODELS = 256;

// How far one report moves the guess.
const TO_FEWER = 0.5;
const TO_MORE = 1.05;

export class Calibration {
  private readonly ratios = new Map<string, number>();

  /** Characters a token of this model, as far as is known. */
  ratio(model_key: string): number {
    return this.ratios.get(model_key) ?? USUAL;
  }

  estimate(model_key: string, characters: number): number {
    return Math.ceil(characters / this.ratio(model_key));
  }

  /** Fewer tokens than expected may mean a truncated prompt, so they move the guess by 5 % at most. */
  learn(model_key: string, characters: number, input_tokens: number): void {
    const seen = characters / input_tokens;
    if (characters < SHORTEST || !(seen >= LEAST && seen <= MOST)) return;
    const known = this.ratio(model_key);
    const next = seen < known ? known + (seen - known) * TO_FEWER : Math.min(seen, known * TO_MORE);
    this.ratios.delete(model_key);
    this.ratios.set(model_key, next);
    for (const [oldest] of this.ratios) {
      if (this.ratios.size <= MAX_MODELS) break;
      this.ratios.delete(oldest);
    }
  }
}

/** Length of the prompt's text, without binary data. Data in escaped quotes counts: the model reads it as text. */
export function promptCharacters(body: string, prompt_end: number): number {
  let characters = Math.min(prompt_end, body.length);
  for (const [opening, starts] of BINARY) {
    let place = body.indexOf(opening);
    while (place !== -1 && place < prompt_end) {
      const from = place + opening.length;
      const end = binaryEnd(body, place, from, starts);
      if (end !== undefined) characters -= end - from;
      place = body.indexOf(opening, end ?? from);
    }
  }
  return Math.max(0, characters);
}

/** How binary data begins in a body, and what the first characters after that look like. */
const BINARY: readonly (readonly [string, RegExp])[] = [
  ['"data:', /^[^",\\]{0,100};base64,/],
  // Shorter strings are words, or do not matter.
  ['"data":"', /^[\w+/-]{200}/],
];
const LOOK = 200;

function binaryEnd(body: string, place: number, from: number, starts: RegExp): number | undefined {
  if (body[place - 1] === "\\" || !starts.test(body.slice(from, from + LOOK))) return undefined;
  const end = body.indexOf('"', from);
  return end === -1 ? body.length : end;
}
