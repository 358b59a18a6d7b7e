/**
 * What a running shim holds: resident memory after its garbage is collected. Before that, what is resident says how
 * busy the machine was and when the collector last ran, not what is kept.
 */
import { join } from "node:path";
import { rssMb } from "./limited-shim.ts";
import { until } from "./patience.ts";
import type { Shim } from "./shim.ts";

/** Environment of a shim that can be asked. */
export const MEASURED = { BUN_OPTIONS: `--preload ${join(import.meta.dirname, "collect.ts")}` };

export async function retainedMb(shim: Shim): Promise<number> {
  const collected = async (): Promise<number> => (await shim.output()).split("collected\n").length;
  const before = await collected();
  shim.process.kill("SIGUSR2");
  await until("the garbage is collected", async () => (await collected()) > before);
  // The allocator gives its pages back some time later: the least of what is seen, until it falls no more.
  let least = rssMb(shim.process.pid);
  for (let steady = 0; steady < 40; steady++) {
    await Bun.sleep(5);
    const now = rssMb(shim.process.pid);
    if (now < least - 0.1) steady = 0;
    least = Math.min(least, now);
  }
  return least;
}
