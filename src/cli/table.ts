/** Tables for people. */
import { printable } from "../core/printable.ts";

/** The lines of a table: a cell is one line, and as wide as it looks. Columns from `numbers` on are aligned right. */
export function columns(rows: readonly (readonly string[] | "rule")[], numbers = Infinity): string[] {
  const cells = rows.map((row) => (row === "rule" ? row : row.map(printable)));
  const widths: number[] = [];
  for (const row of cells)
    if (row !== "rule") for (const [at, { length }] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, length);
  const line = (row: readonly string[]): string[] =>
    row.map((cell, at) => (at < numbers ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)));
  const rule = widths.map((width) => "-".repeat(width));
  return cells.map((row) => (row === "rule" ? rule : line(row)).join("  ").trimEnd());
}
