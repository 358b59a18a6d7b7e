/** The memory that it takes to store a long request. */
import type { Hold } from "./budget.ts";
import type { RequestBody } from "./request-body.ts";

/** A stored request is a text, twice a copy of it on its way to the thread that writes, and pages of the database. */
const STORED_SHARE = 4;

export const storingBytes = ({ characters }: RequestBody): number => characters * STORED_SHARE;

/** Takes the memory before anything is stored. Throws a ShimError where there is none. */
export async function roomToStore({ body, hold }: { body: RequestBody; hold?: Hold }): Promise<void> {
  if (body.long) await hold?.growInTime(storingBytes(body));
}
