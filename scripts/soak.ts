/**
 * Threads of turns through the compiled executable, as long as you like: clients of every wire that call tools, leave, come
 * back, stop reading and send garbage; hosts of every wire that die, hang, slow down and lie. What must always hold is
 * checked at every answer (see soak/judge.ts), and at rest: nothing is left open, running or ticking.
 *
 *     bun scripts/soak.ts [--minutes 1] [--seed 1] [--parallel 24] [--cpu 0.4] [--thread N]
 *
 * `--thread` plays one thread of a seed again. Ends with 1 when anything was wrong. Linux.
 */
import { parseArgs } from "node:util";
import { summary, verdicts } from "./soak/report.ts";
import { soak } from "./soak/run.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    parallel: { type: "string", default: "24" },
    cpu: { type: "string", default: "0.4" },
    thread: { type: "string" },
  },
});

const soaked = await soak({
  seed: Number(values.seed),
  seconds: values.thread === undefined ? Number(values.minutes) * 60 : 5,
  parallel: values.thread === undefined ? Number(values.parallel) : 1,
  cpu: Number(values.cpu),
  only: values.thread === undefined ? undefined : Number(values.thread),
});
const problems = [...soaked.problems, ...verdicts(soaked)];
console.log(summary(soaked));
const shown = values.thread === undefined ? 40 : problems.length;
for (const problem of problems.slice(0, shown)) console.log(`WRONG ${problem}`);
console.log(`seed ${values.seed}: ${problems.length === 0 ? "all held" : `${problems.length} problems`}`);
process.exit(problems.length === 0 ? 0 : 1);
