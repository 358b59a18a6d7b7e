/** Plans as a table of cases; the golden text holds what each one says of itself. */
import { describe, expect, test } from "bun:test";
import { explain, explainText, headerText } from "../../src/routing/explain.ts";
import { plan, type Decision } from "../../src/routing/plan.ts";
import { nextTry, type Tried } from "../../scripts/simulate/next-try.ts";
import { golden } from "../support/golden.ts";
import {
  ALL,
  CONDITIONS,
  EFFORT,
  EGRESS,
  HEALTH,
  PREFERENCE,
  QUICK,
  trouble,
  UNREACHABLE,
  type Case,
} from "./plan-cases.ts";
import { candidate, facts, NOW, price, route, state } from "./setting.ts";
import { THREAD, TROUBLE } from "./thread-cases.ts";

const TABLES: Record<string, Case[]> = {
  conditions: CONDITIONS,
  effort: EFFORT,
  egress: EGRESS,
  health: HEALTH,
  preference: PREFERENCE,
  thread: THREAD,
  trouble: TROUBLE,
};

const planOf = (each: Case): Decision =>
  plan(facts(each.facts), route(each.route), each.candidates ?? ALL, each.state ?? state(), NOW);

function triesOf({ tries }: Decision): string {
  const twice = new Set(tries.map(({ model }) => model)).size < tries.length;
  return tries.map(({ model, provider }) => (twice ? `${model}@${provider}` : model)).join(" ");
}

function told(title: string, cases: readonly Case[]): string {
  const lines = [`== ${title}`];
  for (const each of cases) {
    const { reason, refusal, verdicts } = planOf(each);
    lines.push("", `# ${each.given}`, `→ ${refusal ? `${refusal.kind}: ${refusal.message}` : reason}`);
    for (const verdict of verdicts)
      lines.push(`  ${verdict.place ?? "-"} ${verdict.provider}/${verdict.model}: ${verdict.reason}`);
  }
  return lines.join("\n");
}

describe.each(Object.entries(TABLES))("%s", (_, cases) => {
  test.each(cases.map((each) => [each.given, each] as const))("%s", (_, each) => {
    expect(triesOf(planOf(each))).toBe(each.tries);
  });
});

test("what the plans say of themselves", () => {
  const text = Object.entries(TABLES).map(([title, cases]) => told(title, cases));
  golden("routing/plans.txt", `${text.join("\n\n")}\n`);
});

test("a decision as a table for people, and as JSON", () => {
  const decision = plan(
    facts({
      tools: true,
      images: 1,
      effort: "high",
      prompt_characters: 90_000,
      left_out: ["tools[9] web_search"],
      trouble: trouble(1),
    }),
    route(),
    [...ALL, candidate("north/dark", {})],
    state({ "east/strong": QUICK, "west/cheap": UNREACHABLE }),
    NOW,
  );
  golden("routing/explain.txt", explainText(decision));
  golden("routing/explain.json", `${JSON.stringify(explain(decision), null, 2)}\n`);
});

test("a reason fits into a header", () => {
  expect(headerText("moved from fü/é\n: x")).toBe("moved from f?/??: x");
  expect(headerText("a".repeat(1000))).toHaveLength(300);
});

describe("whom to ask next", () => {
  const other = candidate("west/other", { context_window: 1_000_000, price: price(3, 12) });
  const decision = plan(facts(), route(), [...ALL, other], state(), NOW);
  const after = (...failed: [string, Tried["kind"]][]): string => {
    const tried = failed.map(([name, kind]) => {
      const [provider = "", model = ""] = name.split("/");
      return { provider, model, kind };
    });
    return nextTry(decision, tried)?.model ?? "nobody";
  };

  test("all in turn", () => expect(triesOf(decision)).toBe("small cheap strong other"));
  test.each([
    ["overloaded: the next", [["house/small", "overloaded"]], "cheap"],
    ["an overflow: a larger window", [["east/strong", "context_overflow"]], "other"],
    ["an overflow of the largest: nobody", [["west/other", "context_overflow"]], "nobody"],
    [
      "a refused key: nobody of that provider",
      [
        ["house/small", "overloaded"],
        ["west/cheap", "authentication"],
      ],
      "strong",
    ],
    ["a wrong request: nobody", [["house/small", "invalid_request"]], "nobody"],
    ["the client went away: nobody", [["house/small", "aborted"]], "nobody"],
    [
      "all have failed: nobody",
      [
        ["house/small", "overloaded"],
        ["west/cheap", "quota"],
        ["east/strong", "rate_limited"],
      ],
      "nobody",
    ],
  ] as [string, [string, Tried["kind"]][], string][])("%s", (_, failed, expected) => {
    expect(after(...failed)).toBe(expected);
  });
});
