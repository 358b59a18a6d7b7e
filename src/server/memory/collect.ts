/**
 * A runtime collects garbage when it likes to, and not before its heap has grown by a good part: what large requests
 * leave behind would stand beside the ceiling. Where the runtime lets us, it is collected when much has come together.
 */

/** Below this a collection costs more than it brings. */
const MUCH_BYTES = 32 * 1024 * 1024;
/** So much is collected at once. */
const TOO_MUCH_BYTES = 2 * MUCH_BYTES;
/** By then the function that released it has returned, and nothing refers to it any more. */
const SOON_MS = 20;

let garbage = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Call with the number of bytes that were released. */
export function collectGarbage(bytes: number): void {
  garbage += bytes;
  if (garbage < MUCH_BYTES || typeof Bun === "undefined") return;
  if (garbage > TOO_MUCH_BYTES) collect();
  else timer ??= setTimeout(collect, SOON_MS);
}

function collect(): void {
  clearTimeout(timer);
  timer = undefined;
  garbage = 0;
  Bun.gc(true);
}
