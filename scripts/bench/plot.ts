/** The bench's main findings as one picture: processor time beside the raw proxy's, and what a reader notices. */
import type { Findings } from "./report.ts";

interface Bar {
  label: string;
  value: number;
  told: string;
  color: string;
}

const WIDTH = 760;
const LABELS = 220;
const BAR = 18;
const GAP = 6;
const COLORS: Readonly<Record<string, string>> = {
  direct: "#9aa0a6",
  "raw proxy": "#6b7280",
  "bare bridge": "#b8bec6",
  forwarded: "#2b8a3e",
  translated: "#1c6dd0",
};

export function plot({ machine, scenarios = [], held = [] }: Findings): string {
  const charts: [string, Bar[]][] = scenarios.map(({ title, rows }) => [
    `${title}: processor time for an event, times the raw proxy's`,
    rows
      .filter(({ cpu_ratio, name }) => !Number.isNaN(cpu_ratio) && name !== "direct")
      .map(({ name, cpu_ratio }) => ({
        label: name,
        value: cpu_ratio,
        told: `${cpu_ratio.toFixed(2)}×`,
        color: colorOf(name),
      })),
  ]);
  const first = scenarios[0];
  if (first)
    charts.push([
      "time to the first token: ms more than asking the upstream directly (10 kB request, median)",
      first.rows
        .filter(({ name }) => name !== "direct")
        .map((row) => ({
          label: row.name,
          value: Math.max(0, row.added_first_p50_ms),
          told: `${row.added_first_p50_ms.toFixed(2)} ms`,
          color: colorOf(row.name),
        })),
    ]);
  if (held.length > 0)
    charts.push([
      "streams of 50 tokens/s on one core: ms that a token is late (median, more than direct)",
      held.map(({ streams, shim, direct }) => {
        const value = Math.max(0, shim.p50_ms - direct.p50_ms);
        return {
          label: `${streams} streams, translated`,
          value,
          told: `${value.toFixed(1)} ms`,
          color: colorOf("translated"),
        };
      }),
    ]);
  let y = 30;
  const drawn: string[] = [];
  for (const [title, bars] of charts) {
    drawn.push(`<text x="10" y="${y}" font-weight="bold">${escape(title)}</text>`);
    y += 10;
    const most = Math.max(...bars.map(({ value }) => value), 0.001);
    for (const { label, value, told, color } of bars) {
      const width = Math.max(1, (value / most) * (WIDTH - LABELS - 90));
      const base = y + BAR - 5;
      drawn.push(
        `<text x="${LABELS - 8}" y="${base}" text-anchor="end">${escape(label)}</text>`,
        `<rect x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${color}"/>`,
        `<text x="${(LABELS + width + 6).toFixed(1)}" y="${base}">${escape(told)}</text>`,
      );
      y += BAR + GAP;
    }
    y += 24;
  }
  drawn.push(`<text x="10" y="${y}" fill="#555">${escape(machine)}</text>`);
  const frame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 14}" font-family="sans-serif" font-size="12">`;
  return `${frame}\n<rect width="100%" height="100%" fill="#fff"/>\n${drawn.join("\n")}\n</svg>\n`;
}

function colorOf(name: string): string {
  const known = Object.keys(COLORS).find((part) => name.includes(part));
  return known ? (COLORS[known] ?? "") : "#c2410c";
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
