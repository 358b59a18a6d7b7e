/** Texts that are handed on: edited, they mean what the edited data would, and all else stays as it was. */
import { DEFAULT_DIALECT } from "../../../src/core/dialect.ts";
import { isTooDeep } from "../../../src/core/errors.ts";
import type { WireName } from "../../../src/core/provider.ts";
import { chatUpstream } from "../../../src/wires/chat/upstream/upstream.ts";
import { CLIENT_WIRES } from "../../../src/wires/index.ts";
import type { ForwardWire } from "../../../src/wires/wire.ts";
import { isObject, type Json } from "../../../test/support/response-rules.ts";
import type { Dice } from "../../simulate/dice.ts";
import { must } from "../target.ts";

const DROPS = [[], ["temperature"], ["tools", "user"], ["reasoning.summary", "metadata.a"], ["text.format", "type"]];
const EXTRAS: readonly Json[] = [
  {},
  { top_k: 20 },
  { metadata: { b: "c" } },
  { reasoning: { effort: "low" }, seed: null },
];

export function judgeForwarding(wire: WireName, text: string, json: unknown, dice: Dice): void {
  const forward: ForwardWire | undefined = CLIENT_WIRES[wire].forward;
  if (!forward || !isObject(json)) return;
  forward.needsTranslation(json, DEFAULT_DIALECT, chatUpstream.compose);
  const [drop, extra_body] = [dice.of(DROPS), dice.of(EXTRAS)];
  const { body } = forward.edit(text, { model: "other", drop, extra_body });
  const edited = JSON.parse(body) as Json;
  // What was made here is cut out, in ways of its own.
  if (/juscode1|"(?:rs|ws|msg)_|thinking|billing/.test(text)) return;
  const expected = JSON.parse(text) as Json;
  if ("model" in expected) expected["model"] = "other";
  for (const path of drop) dropAt(expected, path.split("."));
  add(expected, extra_body);
  must(isSame(edited, expected), "edited otherwise", () => [body, JSON.stringify(expected)]);
}

/** What is nested so deep that nobody can compare it may be the same. */
function isSame(a: Json, b: Json): boolean {
  try {
    return Bun.deepEquals(a, b, true);
  } catch (error) {
    return isTooDeep(error);
  }
}

function dropAt(object: Json, [key = "", ...rest]: readonly string[]): void {
  if (rest.length === 0) delete object[key];
  else if (isObject(object[key])) dropAt(object[key], rest);
}

function add(object: Json, extra: Json): void {
  for (const [key, value] of Object.entries(extra))
    if (isObject(value) && isObject(object[key])) add(object[key], value);
    else object[key] = value;
}
