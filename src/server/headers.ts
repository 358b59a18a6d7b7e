/** Headers of our own, and the client's id of a request. */

/** Lists the shims that a request has passed, so that none sends it to itself. */
export const VIA_HEADER = "x-juscode-via";
/** Marks every response of a shim, with the id of the running instance. */
export const SHIM_HEADER = "x-juscode-shim";
/** The client's own id of a request, which is logged and returned. */
export const REQUEST_ID_HEADER = "x-request-id";

/** Undefined for what nobody would take for an id: it goes into logs and headers. */
export function clientRequestId(headers: Headers): string | undefined {
  const id = headers.get(REQUEST_ID_HEADER);
  return id !== null && /^[\w.:@/+=-]{1,128}$/.test(id) ? id : undefined;
}
