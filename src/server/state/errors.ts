/** Errors for stored things that are not there: the same for what never was, was deleted, or is another's. */
import { ShimError } from "../../core/errors.ts";

const notFound = (what: string, id: string, param?: string): ShimError =>
  new ShimError("not_found", `${what} with id '${id}' not found.`, { code: null, ...(param && { param }) });

export const noResponse = (id: string): ShimError => notFound("Response", id);
export const noConversation = (id: string): ShimError => notFound("Conversation", id);
export const noItem = (id: string, param?: string): ShimError => notFound("Item", id, param);

export function noPrevious(id: string): ShimError {
  const details = { param: "previous_response_id", code: "previous_response_not_found" };
  return new ShimError("invalid_request", `Previous response with id '${id}' not found.`, details);
}

export function keptNowhere(param?: string): ShimError {
  const what = param === undefined ? "this" : `\`${param}\``;
  const words = `${what} needs stored responses, and none are kept here ([store] in the config)`;
  return new ShimError("unsupported", words, param === undefined ? {} : { param });
}
