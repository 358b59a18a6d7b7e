/** `juscode-shim costs`: what was used and spent, and what another model would have cost. */
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { IrregularFile } from "../../config/regular-file.ts";
import { printableJson } from "../../core/printable.ts";
import { costOf } from "../../routing/cost.ts";
import { openForReading } from "../../server/costs/database.ts";
import { readGroups, readRequests, readTotal, type Sums } from "../../server/costs/report.ts";
import type { CommandOutput } from "../check.ts";
import type { Compared, Reference, Report } from "./report.ts";
import { reportText, requestText } from "./text.ts";
import type { CostsOptions } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import type { PriceOf } from "./price-of.ts";

export interface CostsContext {
  file: string;
  now: Date;
  priceOf: PriceOf;
  /** What the config says of costs. */
  config: { enabled: boolean; reference_model?: string };
}

export function costs(options: CostsOptions, context: CostsContext): CommandOutput {
  const { file } = context;
  if (!existsSync(file)) return nothingYet(options, context);
  const reference = referenceOf(options, context);
  let db: DatabaseSync | undefined;
  try {
    db = openForReading(file);
    return options.request === undefined
      ? report(db, options, context, reference)
      : request(db, options.request, options);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      error instanceof IrregularFile ? error.message : `${file} cannot be read (${(error as Error).message})`,
    );
  } finally {
    db?.close();
  }
}

function report(
  db: DatabaseSync,
  { days, by, json }: CostsOptions,
  { file, now, config: { enabled } }: CostsContext,
  reference: Reference | undefined,
): CommandOutput {
  const since = firstOfDays(now, days);
  const compared = <T extends Sums>(sums: T): T & Compared => ({
    ...sums,
    // Costs are linear: those of the sums are the sums of those.
    reference_usd: reference ? costOf(sums, reference.price) : null,
  });
  const rows = readGroups(db, by, since).map(compared);
  const total = compared(readTotal(db, since));
  const found: Report = { by, days, file, enabled, reference: reference ?? null, rows, total };
  return { text: json ? jsonText(found) : reportText(found), code: 0 };
}

function request(db: DatabaseSync, id: string, { json }: CostsOptions): CommandOutput {
  const most = 5;
  const rows = readRequests(db, id, most);
  const [row] = rows;
  if (!row) throw new UsageError(`no request is kept whose id begins with ${id}; it may have asked no host at all`);
  if (rows.length > 1) {
    const ids = rows.map(({ request_id }) => request_id).join(", ");
    throw new UsageError(`${id} begins the ids of ${rows.length === most ? "many" : rows.length} requests: ${ids}`);
  }
  return { text: json ? jsonText(row) : requestText(row), code: 0 };
}

/** A flag that cannot be followed is an error; the config's wish is no reason to show nothing. */
function referenceOf({ reference }: CostsOptions, { priceOf, config }: CostsContext): Reference | undefined {
  const model = reference ?? config.reference_model;
  const price = model === undefined ? undefined : priceOf(model);
  if (model !== undefined && price) return { model, price };
  if (reference === undefined) return undefined;
  throw new UsageError(
    `--reference ${reference}: nobody has told its price; write provider/model, or give it a price in the config: [models.${JSON.stringify(reference)}] price = { input = 1.25, output = 10 }`,
  );
}

function nothingYet({ json, request }: CostsOptions, { file, config }: CostsContext): CommandOutput {
  if (request !== undefined) throw new UsageError(`no request is kept: there is no ${file}`);
  if (json) return { text: jsonText({ file, enabled: config.enabled, rows: [], total: null }), code: 0 };
  const why = config.enabled
    ? "They are, once a request has been answered. A service keeps them in its own folder: STATE_DIRECTORY=… juscode-shim costs"
    : "They are switched off in the config: [costs] enabled = false";
  return { text: `No costs are kept: there is no ${file}\n${why}\n`, code: 0 };
}

/** Unix seconds at which the first of these days began, by the user's clock. */
function firstOfDays(now: Date, days: number): number {
  return Math.floor(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1).getTime() / 1000);
}

function jsonText(value: unknown): string {
  return `${printableJson(value, 2)}\n`;
}
