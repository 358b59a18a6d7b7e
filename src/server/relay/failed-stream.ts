/** A stream that failed before the upstream had begun it, in the words of the client's wire. */
import type { ShimError } from "../../core/errors.ts";
import type { Exchange } from "../../wires/wire.ts";
import { redactError } from "../access/redact.ts";
import { asShimError } from "../../core/errors.ts";
import type { RequestScope } from "./scope.ts";
import { surroundingsOf } from "./surroundings.ts";

/** Nothing of a reply has been sent yet, so that the client's own encoder can write a whole one that failed. */
export function failedStream(scope: RequestScope, thrown: ShimError): string {
  const { incoming, candidates } = scope;
  const error = asShimError(redactError(thrown, candidates.current.provider.redact));
  const encoder = exchangeOf(scope)?.encoder;
  if (!encoder) return `data: ${JSON.stringify(incoming.wire.httpError(error, incoming.client).body)}\n\n`;
  encoder.open();
  encoder.write({ type: "error", error });
  encoder.seal?.(false);
  return encoder.take();
}

/** Undefined for a request that cannot be read as a turn. */
function exchangeOf({ incoming, candidates, call, gateway }: RequestScope): Exchange | undefined {
  const answering = { model: candidates.current.model, effort: undefined };
  const around = surroundingsOf(incoming, candidates.current, call, gateway, answering);
  try {
    return incoming.wire.lift(incoming.body.json, incoming.client, { ...around, note: () => {} });
  } catch {
    return undefined;
  }
}
