import { describe, expect, test } from "bun:test";
import { reworded, ShimError } from "../../src/core/errors.ts";
import type { UpstreamFault } from "../../src/core/upstream-errors/fault.ts";
import { redactError, redactor } from "../../src/server/access/redact.ts";

const upstream: UpstreamFault = { kind: "overflow", numbers: { prompt_tokens: 9 }, row: "x", status: 400 };
const given = { param: "input[0]", code: "c", retry_after_ms: 7, upstream, cause: "why" };

describe("an error in other words", () => {
  test("keeps all else", () => {
    const error = reworded(new ShimError("context_overflow", "no", given), (text) => (text === "no" ? "yes" : text));
    expect(error).toMatchObject({ kind: "context_overflow", message: "yes", ...given });
    expect(reworded(new ShimError("internal", "no", { code: null }), () => "yes").code).toBeNull();
  });

  test("keeps its code and what the upstream said when a secret is taken out of it", () => {
    const redact = redactor(["secret-key"]);
    const error = new ShimError("context_overflow", "bad secret-key", given);
    expect(redactError(error, redact)).toMatchObject({ message: "bad [secret]", ...given });
    const plain = new ShimError("context_overflow", "bad", given);
    expect(redactError(plain, redact)).toMatchObject({ message: "bad", ...given });
  });
});
