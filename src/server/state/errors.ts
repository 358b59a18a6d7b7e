/** What is said of stored things that are not there: the same words for what never was, was deleted, or is another's. */
import { ShimError } from "../../core/errors.ts";

export function noResponse(id: string): ShimError {
  return new ShimError("not_found", `Response with id '${id}' not found.`, { code: null });
}

export function noPrevious(id: string): ShimError {
  return new ShimError("invalid_request", `Previous response with id '${id}' not found.`, {
    param: "previous_response_id",
    code: "previous_response_not_found",
  });
}

export function noConversation(id: string): ShimError {
  return new ShimError("not_found", `Conversation with id '${id}' not found.`, { code: null });
}

export function noItem(id: string, param?: string): ShimError {
  return new ShimError("not_found", `Item with id '${id}' not found.`, { code: null, ...(param && { param }) });
}

export function keptNowhere(param?: string): ShimError {
  const what = param === undefined ? "this" : `\`${param}\``;
  const words = `${what} needs stored responses, and none are kept here ([store] in the config)`;
  return new ShimError("unsupported", words, param === undefined ? {} : { param });
}
