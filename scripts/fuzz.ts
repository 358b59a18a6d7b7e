/**
 * Inputs of every kind, changed by dice, and what must hold of each: millions by command, some thousands in the tests.
 *
 *     bun scripts/fuzz.ts [--target NAME,NAME] [--seed 1] [--cases 100000] [--seconds 60] [--save]
 *     bun scripts/fuzz.ts --target NAME --case N [--seed 1]
 *     bun scripts/fuzz.ts --target growth
 *
 * `growth` measures what each place where strangers' data is read takes for a large input, and for one eight times as large.
 * `--case` shows one case; `--save` writes what was found, made small, into test/fixtures/fuzz, from where the tests try
 * it again. Ends with 1 when anything was found.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FOUND } from "./fuzz/corpus.ts";
import { PLACES } from "./fuzz/growth/index.ts";
import { measured } from "./fuzz/growth/measure.ts";
import { fuzz, inputOf, type Finding } from "./fuzz/run.ts";
import { TARGETS } from "./fuzz/targets/index.ts";

const { values } = parseArgs({
  options: {
    target: { type: "string" },
    seed: { type: "string", default: "1" },
    cases: { type: "string", default: "100000" },
    seconds: { type: "string", default: "60" },
    case: { type: "string" },
    save: { type: "boolean", default: false },
  },
});

const names = values.target?.split(",");
const isWanted = (name: string): boolean => names === undefined || names.some((each) => name.includes(each));
const targets = TARGETS.filter(({ name }) => isWanted(name));
const grows = isWanted("growth") && values.case === undefined;
if (targets.length === 0 && !grows) {
  console.error(`there is no such target; there are ${[...TARGETS.map(({ name }) => name), "growth"].join(", ")}`);
  process.exit(2);
}
const seed = Number(values.seed);
const one = values.case === undefined ? undefined : Number(values.case);
let cases = 0;
let found = 0;
for (const target of targets) {
  if (one !== undefined) console.log(new TextDecoder().decode(inputOf(target, seed, one)));
  const fuzzed = fuzz(target, {
    seed,
    from: one ?? 1,
    cases: one === undefined ? Number(values.cases) : 1,
    seconds: Number(values.seconds),
    grow_every: 300,
    shrink: true,
    onFinding: show,
  });
  cases += fuzzed.cases;
  found += fuzzed.findings.length;
  const speed = Math.round(fuzzed.cases / fuzzed.seconds);
  console.log(
    `${target.name.padEnd(18)} ${fuzzed.cases} cases (${fuzzed.grown} grown) in ${fuzzed.seconds.toFixed(0)} s, ${speed} a second: ${fuzzed.findings.length} findings`,
  );
}
for (const place of grows ? PLACES : []) {
  const { small_ms, large_ms, problem } = measured(place);
  cases++;
  if (problem !== undefined) found++;
  const times = `${small_ms.toFixed(1)} to ${large_ms.toFixed(1)} ms`;
  console.log(`${problem === undefined ? "growth" : "WRONG "} ${times.padEnd(20)} ${place.name}`);
}
console.log(`seed ${values.seed}: ${cases} cases, ${found === 0 ? "all held" : `${found} findings`}`);
process.exit(found === 0 ? 0 : 1);

function show({ target, number, problem, input, rule }: Finding): void {
  console.log(`WRONG ${target} --case ${number}: ${problem.slice(0, 1500)}`);
  console.log(`  of ${JSON.stringify(new TextDecoder().decode(input.subarray(0, 1500)))}`);
  if (!values.save) return;
  const folder = join(FOUND, target);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${rule.toLowerCase().replaceAll(/\W+/g, "-").slice(0, 60)}-${number}`), input);
}
