/** The table vendor × scenario, as text for people. */
import type { Mark, Verdict } from "./verdict.ts";

const SIGNS: Record<Mark, string> = { ok: "·", listed: "i", healed: "h", refused: "r", none: "-" };
const LEGEND = [
  "·  the thread reaches its end, or fails with the kind of error that it should",
  "i  it reaches its end, and what the host cannot be told is listed as ignored",
  "h  it reaches its end after the host refused a setting that only tunes; that is listed, too",
  "r  it is refused with a clear error, as the host's documentation lets one expect",
  "-  the row makes no sense for this host",
];

/** `verdicts` by vendor and scenario. */
export function tableOf(
  scenarios: readonly { id: string; about: string }[],
  verdicts: ReadonlyMap<string, ReadonlyMap<string, Verdict>>,
): string {
  const width = Math.max(...[...verdicts.keys()].map((id) => id.length));
  const pad = (text: string): string => text.padEnd(width);
  const numbers = scenarios.map((_, i) => String(i + 1).padStart(2));
  const rows = [...verdicts].map(
    ([id, row]) => `${pad(id)}  ${scenarios.map((each) => ` ${signOf(row.get(each.id))}`).join(" ")}`,
  );
  const names = scenarios.map(({ id, about }, i) => `${String(i + 1).padStart(2)}  ${id}: ${about}`);
  return [
    `${pad("")}  ${numbers.join(" ")}`,
    ...rows,
    "",
    ...LEGEND,
    "",
    ...names,
    "",
    ...[...verdicts].flatMap(([id, row]) => reasonsOf(id, row)),
    "",
  ].join("\n");
}

function signOf(verdict: Verdict | undefined): string {
  if (!verdict) return "?";
  return verdict.problems.length > 0 ? "!" : SIGNS[verdict.mark];
}

/** One line for each reason, with the scenarios that share it. */
function reasonsOf(vendor: string, row: ReadonlyMap<string, Verdict>): string[] {
  const shared = new Map<string, string[]>();
  for (const [scenario, { mark, why }] of row) {
    if (why === "") continue;
    const line = `${SIGNS[mark]}  ${why}`;
    shared.set(line, [...(shared.get(line) ?? []), scenario]);
  }
  return [...shared].map(([line, scenarios]) => `${vendor}, ${scenarios.join(" ")}: ${line}`);
}
