/** What a browser may send, by the rules of the server. */
import { describe, expect, test } from "bun:test";
import {
  corsHeaders,
  LOOPBACK_ONLY,
  preflight,
  refuseBrowsers,
  type GuardRules,
} from "../../../src/server/access/browser-guard.ts";

const RULES: GuardRules = {
  open: true,
  allowed_hosts: ["models.example", "*.lan"],
  allowed_origins: ["https://app.example", "vscode-webview://abc"],
};

function isRefused(headers: Record<string, string>, rules: GuardRules): boolean {
  try {
    refuseBrowsers(new Headers(headers), rules);
    return false;
  } catch (error) {
    expect((error as { kind: string }).kind).toBe("permission");
    return true;
  }
}

describe("who gets in", () => {
  const CASES: [headers: Record<string, string>, closed: boolean, open: boolean][] = [
    [{}, false, false],
    [{ host: "127.0.0.1:5872" }, false, false],
    [{ host: "[::1]:5872" }, false, false],
    [{ host: "localhost" }, false, false],
    [{ host: "10.1.2.3:5872" }, true, false],
    [{ host: "[fd00::1]:5872" }, true, false],
    [{ host: "models.example" }, true, false],
    [{ host: "MODELS.example:443" }, true, false],
    [{ host: "a.models.example" }, true, true],
    [{ host: "models.example.evil.example" }, true, true],
    [{ host: "box.lan" }, true, false],
    [{ host: "lan" }, true, true],
    [{ host: "evillan" }, true, true],
    [{ host: "10.1.2.3.evil.example" }, true, true],
    [{ host: "a b" }, true, true],
    [{ host: "" }, true, true],
    [{ origin: "https://app.example" }, true, false],
    [{ origin: "https://app.example", "sec-fetch-site": "cross-site" }, true, false],
    [{ origin: "https://app.example:444" }, true, true],
    [{ origin: "http://app.example" }, true, true],
    [{ origin: "https://app.example.evil.example" }, true, true],
    [{ origin: "vscode-webview://abc" }, true, false],
    [{ origin: "null" }, true, true],
    [{ origin: "" }, true, true],
    [{ "sec-fetch-site": "cross-site" }, true, true],
    [{ "sec-fetch-site": "same-site" }, true, true],
    [{ "sec-fetch-site": "none" }, false, false],
  ];
  test.each(CASES)("%p: refused on loopback %p, by the rules %p", (headers, closed, open) => {
    expect([isRefused(headers, LOOPBACK_ONLY), isRefused(headers, RULES)]).toEqual([closed, open]);
  });
});

describe("CORS", () => {
  test("is for allowed pages alone, and never for all", () => {
    expect(corsHeaders(new Headers({ origin: "https://app.example" }), RULES)["access-control-allow-origin"]).toBe(
      "https://app.example",
    );
    for (const origin of ["https://evil.example", "null", "http://localhost:3000"])
      expect(corsHeaders(new Headers({ origin }), RULES)).toEqual({});
    expect(corsHeaders(new Headers(), RULES)).toEqual({});
    expect(corsHeaders(new Headers({ origin: "https://app.example" }), LOOPBACK_ONLY)).toEqual({});
  });

  test("a preflight of an allowed page is answered, of no other", () => {
    const asked = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" };
    const answer = preflight("OPTIONS", new Headers({ ...asked, origin: "https://app.example" }), RULES);
    expect(answer?.status).toBe(204);
    expect(answer?.headers.get("access-control-allow-headers")).toBe("authorization");
    expect(answer?.headers.get("access-control-allow-methods")).toBe("GET, POST, DELETE");
    expect(answer?.headers.has("access-control-allow-credentials")).toBe(false);
    expect(preflight("OPTIONS", new Headers({ ...asked, origin: "https://evil.example" }), RULES)).toBeUndefined();
    expect(preflight("POST", new Headers({ ...asked, origin: "https://app.example" }), RULES)).toBeUndefined();
    expect(preflight("OPTIONS", new Headers({ origin: "https://app.example" }), RULES)).toBeUndefined();
  });
});
