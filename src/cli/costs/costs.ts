/** `juscode-shim costs`: usage and costs, and what another model would have cost. */
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { ConfigFile } from "../../config/file/config-file.ts";
import { presetById } from "../../config/presets/index.ts";
import { IrregularFile } from "../../config/regular-file.ts";
import { modelFacts, resolveProvider } from "../../config/resolve.ts";
import { printableJson } from "../../core/printable.ts";
import type { Price } from "../../core/provider.ts";
import { costOf } from "../../routing/cost.ts";
import { openForReading } from "../../server/costs/database.ts";
import { readGroups, readRequests, readTotal, type Sums } from "../../server/costs/report.ts";
import { costsFile } from "../../server/state-folder.ts";
import type { CommandOutput } from "../check.ts";
import { machineHere } from "../operations.ts";
import type { CostsOptions } from "../options.ts";
import { messageOf, UsageError } from "../usage-error.ts";
import { reportText, requestText } from "./text.ts";

type PriceOf = (name: string) => Price | undefined;

export interface CostsContext {
  file: string;
  now: Date;
  priceOf: PriceOf;
  config: ConfigFile["costs"];
}

export function costsHere(config: ConfigFile | undefined): CostsContext {
  const file = costsFile(machineHere());
  return { file, now: new Date(), priceOf: priceOf(config), config: config?.costs ?? { enabled: true } };
}

/** The JSON form of `costs`. */
export type CostsReport = ReturnType<typeof reportOf>;

interface Reference {
  model: string;
  price: Price;
}

export function costs(options: CostsOptions, context: CostsContext): CommandOutput {
  const { file } = context;
  if (!existsSync(file)) return { text: nothingYet(options, context), code: 0 };
  const reference = referenceOf(options, context);
  let db: DatabaseSync | undefined;
  try {
    db = openForReading(file);
    if (options.request !== undefined) return { text: requestOf(db, options.request, options), code: 0 };
    const report = reportOf(db, options, context, reference);
    return { text: options.json ? jsonText(report) : reportText(report), code: 0 };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const message = messageOf(error);
    throw new UsageError(error instanceof IrregularFile ? message : `${file} cannot be read (${message})`);
  } finally {
    db?.close();
  }
}

function reportOf(
  db: DatabaseSync,
  { days, by }: CostsOptions,
  { file, now, config: { enabled } }: CostsContext,
  reference: Reference | undefined,
) {
  // Unix seconds at which the first of these days began, by the user's clock.
  const since = Math.floor(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1).getTime() / 1000);
  const compared = <T extends Sums>(sums: T): T & { reference_usd: number | null } => ({
    ...sums,
    // Costs are linear: those of the sums are the sums of those.
    reference_usd: reference ? costOf(sums, reference.price) : null,
  });
  const rows = readGroups(db, by, since).map(compared);
  return { by, days, file, enabled, reference: reference ?? null, rows, total: compared(readTotal(db, since)) };
}

function requestOf(db: DatabaseSync, id: string, { json }: CostsOptions): string {
  const most = 5;
  const rows = readRequests(db, id, most);
  const [row] = rows;
  if (!row)
    throw new UsageError(`no recorded request has an id that begins with ${id}; it may not have reached an upstream`);
  if (rows.length > 1) {
    const ids = rows.map(({ request_id }) => request_id).join(", ");
    throw new UsageError(`the ids of ${rows.length === most ? "many" : rows.length} requests begin with ${id}: ${ids}`);
  }
  return json ? jsonText(row) : requestText(row);
}

/** An unknown model is an error on the command line; in the config it is no reason to show nothing. */
function referenceOf({ reference }: CostsOptions, { priceOf, config }: CostsContext): Reference | undefined {
  const model = reference ?? config.reference_model;
  const price = model === undefined ? undefined : priceOf(model);
  if (model !== undefined && price) return { model, price };
  if (reference === undefined) return undefined;
  throw new UsageError(
    `--reference ${reference}: price unknown; write provider/model, or set a price in the config: [models.${JSON.stringify(reference)}] price = { input = 1.25, output = 10 }`,
  );
}

function nothingYet({ json, request }: CostsOptions, { file, config }: CostsContext): string {
  if (request !== undefined) throw new UsageError(`no requests are recorded: there is no ${file}`);
  if (json) return jsonText({ file, enabled: config.enabled, rows: [], total: null });
  const why = config.enabled
    ? "It is created with the first request. A service has a folder of its own: STATE_DIRECTORY=… juscode-shim costs"
    : "Recording is turned off in the config: [costs] enabled = false";
  return `No costs are recorded: there is no ${file}\n${why}\n`;
}

const jsonText = (value: unknown): string => `${printableJson(value, 2)}\n`;

/** Prices by the names that users write: those of their config, and `provider/model` of the catalogue. */
export function priceOf(config: ConfigFile | undefined): PriceOf {
  return (name) => {
    const named = config?.models.find((each) => each.name === name || each.aliases.includes(name));
    if (named?.facts.price) return named.facts.price;
    if (named?.provider !== undefined) return priceAt(config, named.provider, named.model);
    const slash = name.indexOf("/");
    if (slash > 0) return priceAt(config, name.slice(0, slash), name.slice(slash + 1));
    for (const { record } of config?.providers ?? []) {
      const { price } = modelFacts(record, name);
      if (price) return price;
    }
    return undefined;
  };
}

/** A preset counts by its name even where the config does not use it: users compare with services that they do not have. */
function priceAt(config: ConfigFile | undefined, id: string, model: string): Price | undefined {
  const record = config?.providers.find((each) => each.record.id === id)?.record;
  const preset = presetById(id);
  if (record) return modelFacts(record, model).price;
  return preset && modelFacts(resolveProvider({ id, preset: id }), model).price;
}
