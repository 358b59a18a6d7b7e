/** Doctor's findings for people: a table by subject, with what to do under each line that needs it. */
import { printable, printableLines } from "../../core/printable.ts";
import type { Finding, Verdict } from "../../server/doctor/finding.ts";

const SIGNS: Record<Verdict, string> = { ok: "ok", note: "note", warning: "WARNING", problem: "PROBLEM", skipped: "-" };
const SIGN_WIDTH = 7;
const MOST_WHAT = 24;

export function findingsText(findings: readonly Finding[]): string {
  const width = Math.min(MOST_WHAT, Math.max(0, ...findings.map(({ what }) => what.length)));
  const parts = Array.from(
    Map.groupBy(findings, ({ subject }) => subject),
    ([subject, own]) => printableLines([subject, ...own.flatMap((each) => linesOf(each, width))]),
  );
  return `${parts.join("\n\n")}\n\n${summary(findings)}\n`;
}

function linesOf({ verdict, what, found, why, fix }: Finding, width: number): string[] {
  const indent = " ".repeat(2 + SIGN_WIDTH + 2);
  return [
    `  ${SIGNS[verdict].padEnd(SIGN_WIDTH)}  ${printable(what).padEnd(width)}  ${found}`,
    ...(why === undefined ? [] : [`${indent}why: ${why}`]),
    ...(fix === undefined ? [] : [`${indent}fix: ${fix}`]),
  ];
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: Verdict): number => findings.filter((each) => each.verdict === verdict).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems + warnings === 0) return count("ok") === findings.length ? "All is well." : "No problem was found.";
  const words = [
    ...(problems === 0 ? [] : [`${problems} ${problems === 1 ? "problem" : "problems"}`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`]),
  ];
  return `${words.join(", ")}.`;
}
