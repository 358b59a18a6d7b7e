/**
 * What a request reaches beyond the model that it is for: other models, and what its upstream has stored for the whole
 * account (files, containers, prompts, threads). A translated request carries little of that.
 */
import { ACCOUNT_FIELDS } from "../../config/presets/account-fields.ts";
import type { NamedObject } from "../../core/account-fields.ts";
import { ShimError } from "../../core/errors.ts";
import type { ProviderRecord } from "../../core/provider.ts";
import type { Caller } from "./access.ts";

interface Reaching {
  /** As it goes out, before the config takes out or adds fields. */
  body(): unknown;
  /** Of the client. */
  wire: string;
  caller: Caller | undefined;
  /** The model by the client's name. */
  model: string;
  /** The candidate, with the model by the upstream's name. */
  chosen: { model: string; provider: { id: string; record: Pick<ProviderRecord, "account_objects"> } };
  /** It goes out as a translation, which carries few of these fields. */
  translated?: boolean;
}

/** Throws a ShimError that names the field. Keys without bounds, and clients without keys, may use all of them. */
export function refuseReach({ body, wire, caller, model, chosen, translated = false }: Reaching): void {
  const { id, record } = chosen.provider;
  const bound = caller?.bound === true;
  const closed = record.account_objects === false;
  if (!bound && !closed) return;
  const key = `the key \`${caller?.name ?? "?"}\``;
  const stored = `names something that \`${id}\` has stored for its whole account`;
  ACCOUNT_FIELDS.visit(body(), wire, check, translated);

  function check({ kind, path, models }: NamedObject): void {
    if (kind === "object" && closed)
      throw refused(path, `${stored}, which account_objects = false of [model_providers.${id}] refuses; leave it out`);
    if (!bound) return;
    if (kind === "object")
      throw refused(path, `${stored}, and ${key} is bound to models; leave it out, or use a key without --models`);
    if (kind === "other_models")
      throw refused(path, `lets \`${id}\` use models of its own choice, and ${key} is bound to models; leave it out`);
    const other = models.find((each) => !mayName(each));
    if (other !== undefined)
      throw refused(path, `names \`${other.slice(0, MOST_NAME)}\`, which ${key} may not ask for`);
  }

  function mayName(name: string): boolean {
    if (name === chosen.model || name.toLowerCase() === model.toLowerCase()) return true;
    return caller?.may(name) === true || caller?.may(`${id}/${name}`) === true;
  }
}

const MOST_NAME = 100;

function refused(path: string, why: string): ShimError {
  return new ShimError("permission", `\`${path}\` ${why}`, { param: path });
}
