/** Every row's sample is its test: it is read by its own row, and alike in every envelope. */
import { describe, expect, test } from "bun:test";
import type { UpstreamFault } from "../../../src/core/upstream-errors/fault.ts";
import { errorInReply, readHttpError } from "../../../src/core/upstream-errors/read.ts";
import type { Row, Sample, Topic } from "../../../src/core/upstream-errors/rows/row.ts";
import { TOPICS } from "../../../src/core/upstream-errors/rows/index.ts";
import { problemsOf, saidIn, textOf, WRAPPINGS } from "../../support/error-rows.ts";

const files = new Map<unknown, string>();
for (const path of new Bun.Glob("*.ts").scanSync("src/core/upstream-errors/rows")) {
  const module = (await import(`../../../src/core/upstream-errors/rows/${path}`)) as Record<string, unknown>;
  if (path !== "index.ts") for (const value of Object.values(module)) files.set(value, path);
}
const fileOf = (topic: Topic): string => files.get(topic) ?? "?";

const ROWS = TOPICS.flatMap(({ kind, rows }) => rows.map((row): [string, Topic["kind"], Row] => [row.id, kind, row]));

function faultOf({ status, headers = {} }: Sample, body: unknown): UpstreamFault {
  const error =
    status === undefined
      ? errorInReply(typeof body === "string" ? { error: body } : body)
      : readHttpError(status, new Headers(headers), textOf(body), "host");
  if (!error?.upstream) throw new Error("it is not read as an error");
  return error.upstream;
}

/** What the sample says is to be read in it. */
function expected(kind: Topic["kind"], { sample }: Row): object {
  return {
    kind,
    ...(sample.numbers && { numbers: sample.numbers }),
    ...(sample.refusal && { refusal: sample.refusal }),
    ...(sample.retry_after_ms !== undefined && { retry_after_ms: sample.retry_after_ms }),
  };
}

test("the table is whole", () => {
  expect(problemsOf(TOPICS, fileOf)).toEqual([]);
});

test("a row that lacks something is told by its file and id", () => {
  const rows = [
    { id: "x", words: ["y"], source: "", date: "soon" },
    { id: "x", source: "a host", date: "2026-11", sample: { status: 400, body: "" } },
  ] as unknown as Row[];
  expect(problemsOf([{ kind: "refused", rows }], () => "some.ts")).toEqual([
    `src/core/upstream-errors/rows/some.ts: row "x" of refused has no sample: add the body, with its status, as the upstream sent it; it is the row's test`,
    `src/core/upstream-errors/rows/some.ts: row "x" of refused has no source: say which server and version, or which report`,
    `src/core/upstream-errors/rows/some.ts: row "x" of refused has no date: write the year and the month, 2026-11`,
    `src/core/upstream-errors/rows/some.ts: row "x" of refused refuses nothing: add what it refuses as \`refusal\``,
    `src/core/upstream-errors/rows/some.ts: row "x" of refused has the id of another row: give it one of its own`,
    `src/core/upstream-errors/rows/some.ts: row "x" of refused matches everything: give it a status, a name or words`,
    `src/core/upstream-errors/rows/some.ts: row "x" of refused refuses nothing: add what it refuses as \`refusal\``,
  ]);
});

test.each(ROWS)("%s (%s) reads its own sample, as it was seen", (id, kind, row) => {
  expect(faultOf(row.sample, row.sample.body)).toMatchObject({ row: id, ...expected(kind, row) });
});

describe.each(WRAPPINGS.map((each) => [each.name, each] as const))("%s", (_, { carries, wrap }) => {
  // A name cannot be read where there is no place for it.
  const fitting = ROWS.filter(
    ([, , { names, sample }]) => saidIn(sample.body).message !== "" && (!names || carries === "names"),
  );
  test.each(fitting)("%s is %s with the same numbers", (id, kind, row) => {
    const said = saidIn(row.sample.body);
    const body = wrap(said);
    const { refusal } = row.sample;
    const wanted = expected(kind, row);
    // Nor can a field's name, unless the words have it.
    if (refusal && "path" in refusal && said.param !== "" && !textOf(body).includes(said.param)) {
      const { path, ...less } = refusal;
      const own = row.refusal && "path" in row.refusal ? { path } : {};
      Object.assign(wanted, { refusal: { ...less, ...own } });
    }
    expect(faultOf(row.sample, body)).toMatchObject({ row: id, ...wanted });
  });
});
