import { expect, test } from "bun:test";
import { totalmem } from "node:os";
import { defaultCeiling } from "../../../src/server/memory/ceiling.ts";

const MB = 1024 * 1024;

test("the ceiling is a quarter of what there is, and never too little for one request", () => {
  const ceiling = defaultCeiling();
  expect(ceiling).toBeGreaterThanOrEqual(256 * MB);
  expect(ceiling).toBeLessThanOrEqual(Math.max(256 * MB, totalmem() / 4));
});
