/** The client's own id of a request, as it is told in the log and given back. */
export const REQUEST_ID_HEADER = "x-request-id";

/** Undefined for what nobody would take for an id: it goes into logs and headers. */
export function clientRequestId(headers: Headers): string | undefined {
  const id = headers.get(REQUEST_ID_HEADER);
  return id !== null && /^[\w.:@/+=-]{1,128}$/.test(id) ? id : undefined;
}
