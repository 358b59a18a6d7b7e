/** What a made-up model says: unlike anything that another turn says, so that whatever is lost, doubled or mixed is seen. */
import { Dice } from "../../../scripts/simulate/dice.ts";

export interface SpokenCall {
  id: string;
  name: string;
  /** JSON text. */
  args: string;
}

export interface Spoken {
  thought: string;
  text: string;
  calls: SpokenCall[];
  /** Longest piece of a stream, in characters. */
  piece: number;
}

export const TOOLS = ["run_one", "run_two", "run_three"] as const;
export const PARAMETERS = {
  type: "object",
  properties: { id: { type: "string" }, words: { type: "string" } },
  required: ["id", "words"],
};

const WORDS = ["one", "zwei", "três", "чотири", "五", "😀", '"quoted"', "\\back", "line\n", "tab\t", "{brace}", "end."];

function words(dice: Dice, most: number): string {
  const count = 1 + Math.floor(dice.next() * most);
  return Array.from({ length: count }, () => WORDS[Math.floor(dice.next() * WORDS.length)]).join(" ");
}

/** The same for the same number and name. */
export function spokenBy(seed: number, name: string, most_words = 60): Spoken {
  const dice = new Dice(seed, ...Array.from(name, (char) => char.charCodeAt(0)));
  const calls = Array.from({ length: Math.floor(dice.next() * 4) }, (_, n) => ({
    id: `call_${name.replaceAll(/\W/g, "_")}_${n}`,
    name: TOOLS[Math.floor(dice.next() * TOOLS.length)] as string,
    args: JSON.stringify({ id: `${name}-${n}`, words: words(dice, most_words / 4) }),
  }));
  return {
    thought: dice.chance(0.5) ? `Thought of ${name}: ${words(dice, most_words / 4)}` : "",
    text: dice.chance(0.85) || calls.length === 0 ? `Text of ${name}: ${words(dice, most_words)} [${name}]` : "",
    calls,
    piece: 1 + Math.floor(dice.next() * 24),
  };
}

/** As a host cuts it; never within a character. */
export function piecesOf(text: string, most: number): string[] {
  const characters = Array.from(text);
  return Array.from({ length: Math.ceil(characters.length / most) }, (_, n) =>
    characters.slice(n * most, (n + 1) * most).join(""),
  );
}
