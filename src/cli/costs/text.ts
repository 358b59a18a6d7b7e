/** The text of `costs`. */
import { printable } from "../../core/printable.ts";
import type { StoredRow } from "../../server/costs/row.ts";
import { columns } from "../table.ts";
import type { CostsReport } from "./costs.ts";

export function reportText(report: CostsReport): string {
  const { by, days, rows, enabled } = report;
  const when = days === 1 ? "today" : `the last ${days} days`;
  if (rows.length === 0) return `No requests of ${when} are recorded.\n${enabled ? "" : `${TURNED_OFF}\n`}`;
  return `Costs of ${when} by ${by}\n\n${tableText(report)}\n\n${notes(report).join("\n")}\n`;
}

const TURNED_OFF = "New requests are not recorded: [costs] enabled = false";

function notes({ total, reference, enabled, file }: CostsReport): string[] {
  const { unpriced_requests, untold_requests, reference_usd } = total;
  const lines: string[] = [];
  if (unpriced_requests > 0)
    lines.push(
      `${requests(unpriced_requests)} without a known price, not included in the USD sums; set it: [models."…"] price = { input = …, output = … }`,
    );
  if (untold_requests > 0)
    lines.push(`${requests(untold_requests)} failed or ended before the upstream reported usage.`);
  if (reference && reference_usd !== null)
    lines.push(
      `${printable(reference.model)} would have cost ${money(reference_usd, true)} for these tokens, with the same cache hits; known costs are ${money(total.usd ?? 0, true)}.`,
    );
  if (!enabled) lines.push(TURNED_OFF);
  return [...lines, `From ${printable(file)}`];
}

type Column = [head: string, cell: (row: CostsReport["total"] & { label: string }) => string];

/** Columns without any content are left out. */
function tableText({ by, rows, total, reference }: CostsReport): string {
  const sums = [...rows.map((row) => ({ ...row, label: labelOf(row.key, by) })), { ...total, label: "total" }];
  const fine = Math.max(total.usd ?? 0, total.reference_usd ?? 0) < 10;
  const shown: Column[] = [
    [by, ({ label }) => label],
    ["requests", (row) => count(row.requests)],
    ["input", (row) => count(row.input_tokens)],
    ["cached", (row) => share(row.cached_tokens, row.input_tokens)],
    ["output", (row) => count(row.output_tokens)],
    ["USD", (row) => (row.usd === null ? "-" : money(row.usd, fine))],
  ];
  if (total.unpriced_requests > 0)
    shown.push(["no price", (row) => (row.unpriced_requests === 0 ? "-" : count(row.unpriced_requests))]);
  if (reference)
    shown.push([
      `as ${printable(reference.model)}`,
      (row) => (row.reference_usd === null ? "-" : money(row.reference_usd, fine)),
    ]);
  const cells = sums.map((row) => shown.map(([, cell]) => cell(row)));
  return columns([shown.map(([head]) => head), "rule", ...cells.slice(0, -1), "rule", ...cells.slice(-1)], 1).join(
    "\n",
  );
}

export function requestText(row: StoredRow): string {
  const { usd, first_ms, outcome, client } = row;
  const tokens =
    row.input_tokens === null
      ? "not reported"
      : [
          `${count(row.input_tokens)} in`,
          `${count(row.cached_tokens ?? 0)} of them cached`,
          ...(row.cache_write_tokens ? [`${count(row.cache_write_tokens)} written to the cache`] : []),
          `${count(row.output_tokens ?? 0)} out`,
          ...(row.reasoning_tokens ? [`${count(row.reasoning_tokens)} of them reasoning`] : []),
        ].join(", ");
  const fields: [string, string][] = [
    ["request", row.request_id],
    ["at", new Date(row.at * 1000).toISOString()],
    ["client", client],
    ["model", `${row.provider}/${row.model}`],
    ["route", row.route ?? "-"],
    ["outcome", outcome],
    ["tokens", tokens],
    ["USD", usd === null ? "unknown" : money(usd, true)],
    ["took", `${count(row.duration_ms)} ms${first_ms === null ? "" : `, first after ${count(first_ms)} ms`}`],
  ];
  return `${fields.map(([name, value]) => `${name.padEnd(8)} ${printable(value)}`).join("\n")}\n`;
}

const labelOf = (key: string | null, by: string): string => (key === null ? `(no ${by})` : printable(key));

const requests = (number: number): string => (number === 1 ? "1 request" : `${count(number)} requests`);

const count = (number: number): string => number.toLocaleString("en");

const share = (part: number, whole: number): string => (whole === 0 ? "-" : `${Math.floor((100 * part) / whole)}%`);

/** Small sums have hundredths of a cent; $0 is really nothing. */
function money(usd: number, fine: boolean): string {
  if (usd === 0) return "$0";
  const digits = fine && usd < 10 ? 4 : 2;
  const least = 10 ** -digits;
  if (usd > 0 && usd < least) return `<$${least.toFixed(digits)}`;
  return `$${usd.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}
