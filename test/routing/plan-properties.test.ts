/** What holds of every plan, over thousands of made-up ones; a failure names its seed. */
import { describe, expect, test } from "bun:test";
import { keyOf } from "../../src/routing/candidate.ts";
import { CONDITIONS } from "../../src/routing/conditions.ts";
import { isDown } from "../../src/routing/health.ts";
import { explain } from "../../src/routing/explain.ts";
import { plan, type Decision, type Verdict } from "../../src/routing/plan.ts";
import { nextTry } from "../../scripts/simulate/next-try.ts";
import { ERROR_KINDS, type ErrorKind } from "../../src/core/errors.ts";
import { cpu_ms, expectLinear } from "../support/growth.ts";
import { facts, NOW, route, state } from "./setting.ts";
import { Maker, type World } from "./worlds.ts";

const SEEDS = 6000;

function everyWorld(
  check: (world: World, decision: Decision) => void,
  change: (world: World) => void = () => {},
): void {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const world = new Maker(seed).world();
    change(world);
    const decision = plan(world.facts, world.route, world.candidates, world.state, NOW);
    try {
      check(world, decision);
    } catch (thrown) {
      throw new Error(`seed ${seed}: ${JSON.stringify(explain(decision), null, 1)}`, { cause: thrown });
    }
  }
}

const mustsHold = ({ conditions }: Verdict): boolean =>
  conditions.every(({ what, ok }) => ok || CONDITIONS[what] !== "must");
const allHold = ({ conditions }: Verdict): boolean => conditions.every(({ ok }) => ok);
const isUp = ({ health }: Verdict): boolean => !isDown(health);
const firstOf = ({ verdicts }: Decision): Verdict | undefined => verdicts.find(({ place }) => place === 1);

/** As if nothing was known of the thread. */
function forget({ facts, state }: World): void {
  facts.thought_by = [];
  facts.trouble = { count: 0, signs: {} };
  delete facts.thinks_now;
  delete facts.new_characters;
  delete state.began_by;
  delete state.warm;
}

describe(`of ${SEEDS} made-up calls`, () => {
  test("what must stay in house is never among the tries, nor who is not on a list of providers", () => {
    everyWorld(({ route, state }, { tries }) => {
      for (const { local, provider, providers } of tries) {
        if (route.local_only || state.local_only) expect(local).toBe(true);
        if (route.providers) expect(route.providers).toContain(provider);
        if (providers) expect(providers).toContain(provider);
      }
    });
  });

  test("all tries hold every hard condition, whenever one candidate does", () => {
    everyWorld((_, { verdicts, tries }) => {
      if (!verdicts.some(mustsHold)) return;
      expect(tries.length).toBeGreaterThan(0);
      for (const verdict of verdicts) if (verdict.place !== null) expect(mustsHold(verdict)).toBe(true);
    });
  });

  test("who holds all conditions is tried, and only such are, whenever there is one", () => {
    everyWorld((_, { verdicts }) => {
      if (!verdicts.some(allHold)) return;
      for (const verdict of verdicts) expect(verdict.place !== null).toBe(allHold(verdict));
    });
  });

  test("a history that may be shortened is never too long for all who could answer it else", () => {
    everyWorld(
      (_, { verdicts, tries, refusal }) => {
        const tooLong = ({ conditions }: Verdict): boolean =>
          conditions.every(({ what, ok }) => ok || what === "window" || CONDITIONS[what] !== "must");
        if (verdicts.some(tooLong)) expect(tries.length).toBeGreaterThan(0);
        expect(refusal?.kind).not.toBe("context_overflow");
      },
      ({ facts }) => {
        facts.shortens = true;
        facts.prompt_characters = 4_000_000;
      },
    );
  });

  test("who is down is chosen only when all who hold the conditions are", () => {
    everyWorld((_, decision) => {
      const first = firstOf(decision);
      if (!first || isUp(first)) return;
      const others = decision.verdicts.filter((verdict) => verdict.place !== null && isUp(verdict));
      expect(others.map(({ model }) => model)).toEqual([]);
    });
  });

  test("a new thread goes to the cheapest of those that are known to be able", () => {
    everyWorld(
      (_, decision) => {
        const first = firstOf(decision);
        if (!first || !allHold(first)) return;
        const known = ({ conditions }: Verdict): boolean =>
          conditions.every(({ unknown, what }) => !unknown || !["window", "images"].includes(what));
        const equals = decision.verdicts.filter((each) => allHold(each) && isUp(each) === isUp(first));
        const rivals = equals.filter((each) => known(each) || !known(first));
        const least = Math.min(...rivals.map(({ estimate }) => estimate.cost_usd ?? Infinity));
        expect(first.estimate.cost_usd ?? Infinity).toBe(least);
      },
      (world) => {
        forget(world);
        world.route.prefer = "cheapest";
      },
    );
  });

  test("a turn goes on with who began it, unless that one cannot, is down, or is in trouble", () => {
    everyWorld(
      ({ facts }, decision) => {
        const home = decision.verdicts.find(({ model }) => model === facts.thinks_now);
        if (home && allHold(home) && isUp(home)) expect(home.place).toBe(1);
      },
      ({ facts }) => void (facts.trouble = { count: 2, signs: { call_repeated: 2 } }),
    );
  });

  test("a thread never goes back to where it left, as long as nothing changes", () => {
    everyWorld((world, { tries }) => {
      if (world.facts.trouble.count > 0) return;
      forget(world);
      const places = tries.slice(0, 1).map(keyOf);
      let [at] = tries;
      for (let call = 0; at && call < 6; call++) {
        const later = { ...world.facts, thought_by: [at.model], new_characters: 100 };
        const warm = { provider: at.provider, model: at.model, at_ms: NOW, input_tokens: 1_000_000 };
        [at] = plan(later, world.route, world.candidates, { ...world.state, warm }, NOW).tries;
        if (at && places.at(-1) !== keyOf(at)) places.push(keyOf(at));
      }
      expect(new Set(places).size).toBe(places.length);
    });
  });

  test("the same call is decided alike, and nothing is changed by deciding", () => {
    everyWorld((world, decision) => {
      const copy = JSON.parse(JSON.stringify(world)) as World;
      const again = plan(copy.facts, copy.route, copy.candidates, copy.state, NOW);
      expect(JSON.stringify(again)).toBe(JSON.stringify(decision));
      expect(JSON.stringify(copy)).toBe(JSON.stringify(world));
    });
  });

  test("each try has its place, each candidate its reason, and who refuses says why", () => {
    everyWorld(({ candidates }, { tries, verdicts, refusal, reason }) => {
      expect(verdicts.map(({ model }) => model)).toEqual(candidates.map(({ model }) => model));
      const placed = verdicts.filter(({ place }) => place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
      expect(placed.map(({ model }) => model)).toEqual(tries.map(({ model }) => model));
      for (const verdict of verdicts) expect(verdict.reason).not.toMatch(/undefined|NaN|Infinity|^$/);
      expect(reason).not.toMatch(/undefined|NaN|Infinity|^$/);
      expect(refusal === undefined).toBe(tries.length > 0);
    });
  });

  test("fallbacks end, ask nobody twice, and stay among the tries", () => {
    const kinds = Object.keys(ERROR_KINDS) as ErrorKind[];
    let at = 0;
    everyWorld((_, decision) => {
      const tried: { provider: string; model: string; kind: ErrorKind }[] = [];
      for (;;) {
        const next = nextTry(decision, tried);
        if (!next) break;
        expect(decision.tries).toContain(next);
        expect(tried.some((each) => keyOf(each) === keyOf(next))).toBe(false);
        tried.push({ provider: next.provider, model: next.model, kind: kinds[at++ % kinds.length] ?? "overloaded" });
      }
    });
  });
});

describe("a decision", () => {
  const asked = facts({ tools: true, effort: "high" });
  const among = (count: number) => {
    const maker = new Maker(7);
    const candidates = Array.from({ length: count }, (_, at) => maker.candidate(at));
    return { candidates, state: state(Object.fromEntries(candidates.map((each) => [keyOf(each), maker.standing()]))) };
  };
  type Among = ReturnType<typeof among>;

  test("takes time that grows with the candidates only", () =>
    expectLinear(400, among, ({ candidates, state }) => {
      for (let i = 0; i < 20; i++) plan(asked, route(), candidates, state, NOW);
    }));

  test.each([5, 50])("among %d candidates costs less than ten times what it takes to copy them as JSON", (count) => {
    const worlds = among(count);
    const times = 10_000 / count;
    const least = (work: (world: Among) => unknown): number =>
      Math.min(
        ...Array.from({ length: 10 }, () =>
          cpu_ms(() => {
            for (let i = 0; i < times; i++) work(worlds);
          }),
        ),
      );
    const copy = least((world) => JSON.parse(JSON.stringify(world)));
    const decide = least(({ candidates, state }) => plan(asked, route(), candidates, state, NOW));
    if (process.env["TIMES"])
      console.log(
        `${count} candidates: ${((decide / times) * 1000).toFixed(1)} µs a decision, ${(decide / copy).toFixed(2)} copies`,
      );
    expect(decide / copy).toBeLessThan(10);
  });
});
