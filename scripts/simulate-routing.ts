/**
 * What routing saves, and what it costs in time: made-up traffic of coding agents, with the sizes and times that have
 * been published of real ones, is sent by each policy to the same hosts. The plans are those of src/routing; caches,
 * queues and failures are simulated, and the bill is made from what these really did, not from what a plan expected.
 *
 * `--every`: minutes between two new threads. `--why` adds what each reason of the plans has cost.
 *
 *     bun scripts/simulate-routing.ts [--threads 150] [--seed 1] [--slots 1] [--every 20] [--why] [--json]
 */
import { parseArgs } from "node:util";
import { POLICIES } from "./simulate/candidates.ts";
import { printed, reportOf, whys } from "./simulate/report.ts";
import { run } from "./simulate/run.ts";
import { traffic } from "./simulate/traffic.ts";

const { values } = parseArgs({
  options: {
    threads: { type: "string", default: "150" },
    seed: { type: "string", default: "1" },
    every: { type: "string", default: "20" },
    slots: { type: "string", default: "1" },
    why: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const threads = Number(values.threads);
const seed = Number(values.seed);
const slots = Number(values.slots);
const every_min = Number(values.every);
for (const number of [threads, slots])
  if (!Number.isInteger(number) || number < 1) throw new Error("--threads and --slots want whole numbers from 1");
if (!Number.isInteger(seed)) throw new Error("--seed wants a whole number");
if (!(every_min > 0)) throw new Error("--every wants minutes");

const scripts = traffic(threads, seed, every_min);
const report = reportOf(
  POLICIES.map((policy) => run(policy, scripts, seed, slots)),
  seed,
  slots,
  every_min,
);
console.log(values.json ? JSON.stringify(report, null, 2) : printed(report));
if (values.why && !values.json) console.log(`\nWHY\n${whys(report)}`);
