/** Whose stored things are whose. */
import type { Caller } from "../access/access.ts";

/** Whose they are where no keys are asked for. */
const ANYBODY = "anybody";

/** A key's own things; where there are no keys, everybody on this machine is the user. */
export function ownerOf({ caller }: { caller?: Caller | undefined }): string {
  return caller?.id ?? ANYBODY;
}
