import { describe, expect, test } from "bun:test";
import { ShimError } from "../../src/core/errors.ts";
import type { UpstreamFault } from "../../src/core/upstream-errors/fault.ts";
import { redactError, redactor } from "../../src/server/access/redact.ts";

const upstream: UpstreamFault = { kind: "overflow", numbers: { prompt_tokens: 9 }, row: "x", status: 400 };
const given = { param: "input[0]", code: "c", retry_after_ms: 7, upstream, cause: "why" };

describe("an error in other words", () => {
  test("keeps all else", () => {
    const error = new ShimError("context_overflow", "no", given).reworded("yes");
    expect(error).toMatchObject({ kind: "context_overflow", message: "yes", ...given });
    expect(new ShimError("internal", "no", { code: null }).reworded("yes").code).toBeNull();
  });

  test("keeps its code and what the upstream said when a secret is taken out of it", () => {
    const redact = redactor(["secret-key"]);
    const error = new ShimError("context_overflow", "bad secret-key", given);
    expect(redactError(error, redact)).toMatchObject({ message: "bad [secret]", ...given });
    const plain = new ShimError("context_overflow", "bad", given);
    expect(redactError(plain, redact)).toBe(plain);
  });
});
