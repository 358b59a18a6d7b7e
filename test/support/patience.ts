/**
 * How tests wait: for a condition, and never for a time that only a quiet machine keeps. The limits here are met by
 * what is broken, not by what is slow.
 */

/** Longer than the slowest program takes to start beside busy neighbours; shorter than the limit of a test. */
export const PATIENCE_MS = 60_000;

/** For an agent's whole run, which asks its model several times. */
export const RUN_MS = 120_000;

/** Waits until something holds. Throws when it never does: a busy machine may be slow, a broken program is for ever. */
export async function until(what: string, holds: () => boolean | undefined | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it never came to pass: ${what}`);
    await Bun.sleep(2);
  }
}

/**
 * Time for something to happen that should not, or for bytes to come through. Many short sleeps, since one long one is
 * over while the other side stands still as well: each of these lets every event loop and thread have its turn.
 */
export async function aWhile(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Bun.sleep(5);
}

/**
 * Waits until a number stands still while its server still turns: so many answers of another kind have come from it
 * meanwhile that it would have moved, had anybody wanted it to.
 */
export async function still(value: () => number, health: string, answers = 25): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (let before = Number.NaN; before !== value();) {
    if (performance.now() > end) throw new Error(`it never stood still: ${before}, ${value()}`);
    before = value();
    for (let n = 0; n < answers; n++) {
      await (await fetch(health)).arrayBuffer();
      await Bun.sleep(1);
    }
  }
}
