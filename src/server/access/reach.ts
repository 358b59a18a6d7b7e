/**
 * What a request reaches beyond the model that it is for: other models, and what its host has stored for the whole
 * account (files, containers, prompts, threads). Of a request that is translated little of that is left.
 */
import { ACCOUNT_FIELDS } from "../../config/presets/account-fields.ts";
import type { Named } from "../../core/account-fields.ts";
import { ShimError } from "../../core/errors.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import type { Caller } from "./access.ts";

export interface Reaching {
  /** As it goes out, but for what the config takes out or adds. */
  body(): unknown;
  /** Of the client. */
  wire: string;
  caller: Caller | undefined;
  /** As the client names the model. */
  model: string;
  chosen: Chosen;
  /** It goes out as a translation: most of these fields are not in it. */
  translated?: boolean;
}

/** Throws a ShimError that names the field. Keys without bounds, and clients without keys, may use all of them. */
export function refuseReach({ body, wire, caller, model, chosen, translated = false }: Reaching): void {
  const { id, record } = chosen.provider;
  const bound = caller?.bound === true;
  const closed = record.account_objects === false;
  if (!bound && !closed) return;
  ACCOUNT_FIELDS.visit(body(), wire, check, translated);

  function check(named: Named): void {
    if (named.kind === "object" && closed) throw closedTo(named, id);
    if (bound) judge(named);
  }

  function judge(named: Named): void {
    const { kind, path } = named;
    const key = `the key \`${caller?.name ?? "?"}\``;
    if (kind === "object")
      throw refused(
        path,
        `names something that \`${id}\` has stored for its whole account, and ${key} is bound to models; leave it out, or use a key without --models`,
      );
    if (kind === "other_models")
      throw refused(path, `lets \`${id}\` use models of its own choice, and ${key} is bound to models; leave it out`);
    const other = named.models.find((each) => !mayName(each));
    if (other !== undefined)
      throw refused(path, `names \`${other.slice(0, MOST_NAME)}\`, which ${key} may not ask for`);
  }

  function mayName(name: string): boolean {
    if (name === chosen.model || name.toLowerCase() === model.toLowerCase()) return true;
    return caller?.may(name) === true || caller?.may(`${id}/${name}`) === true;
  }
}

const MOST_NAME = 100;

function closedTo({ path }: Named, provider: string): ShimError {
  return refused(
    path,
    `names something that \`${provider}\` has stored for its whole account, which account_objects = false of [model_providers.${provider}] refuses; leave it out`,
  );
}

function refused(path: string, why: string): ShimError {
  return new ShimError("permission", `\`${path}\` ${why}`, { param: path });
}
