/** The table [store]: where it is, by which of three ways, and what is wrong with it; never its password. */
import { describe, expect, test } from "bun:test";
import { shownPlace } from "../../../src/config/file/resolve-store.ts";
import { parseConfig } from "../../../src/config/file/parse.ts";
import type { StoreConfig } from "../../../src/config/file/config-file.ts";

const PLANTED = "sk-planted";
const POSTGRES = `postgres://shim:${PLANTED}@db.example:5433/kept?sslmode=require`;

function parsed(table: string): { store?: StoreConfig; problems: string[] } {
  const env = { HOME: "/home/me", STORE_URL: POSTGRES, EMPTY: " " };
  const files: Record<string, string> = { "/dir/url": `${POSTGRES}\n`, "/dir/empty": "\n" };
  const readFile = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
    return text;
  };
  const result = parseConfig(`[store]\n${table}\n`, "/dir/c.toml", { env, readFile });
  if ("config" in result) return { store: result.config.store, problems: [] };
  return { problems: result.problems.map(({ key, message, fix }) => `${key}: ${message}; ${fix}`) };
}

test("what holds by default", () => {
  expect(parsed("").store).toEqual({ enabled: true, place: { kind: "sqlite" }, max_age_days: 30, max_mb: 1024 });
  const { store } = parsed("enabled = false\nmax_age_days = 7\nmax_mb = 10");
  expect(store).toEqual({ enabled: false, place: { kind: "sqlite" }, max_age_days: 7, max_mb: 10 });
});

describe("a place", () => {
  test.each([
    ['url = "sqlite:/srv/a.sqlite"', "/srv/a.sqlite"],
    ['url = "sqlite:~/a.sqlite"', "/home/me/a.sqlite"],
    ['url = "sqlite:a.sqlite"', "/dir/a.sqlite"],
    ['url = "a.sqlite"', "/dir/a.sqlite"],
    ['url = "$HOME/a.sqlite"', "/home/me/a.sqlite"],
  ])("%s is a file", (table, file) => expect(parsed(table).store?.place).toEqual({ kind: "sqlite", file }));

  test.each([`url = "${POSTGRES}"`, 'url_env = "STORE_URL"', 'url_file = "url"'])("%s is a server", (table) => {
    const place = parsed(table).store?.place;
    expect(place).toEqual({ kind: "postgres", url: POSTGRES });
    expect(place && shownPlace(place)).toBe("postgres://shim@db.example:5433/kept");
  });

  test("a server by its socket", () => {
    const place = parsed('url = "postgresql:///kept?host=/run/postgresql&user=shim&password=sk-planted"').store?.place;
    expect(place && shownPlace(place)).toBe("postgresql://shim@/run/postgresql/kept");
  });
});

describe("what is wrong", () => {
  test.each([
    [`url = "${POSTGRES}"\nurl_env = "STORE_URL"`, "store.url_env: the URL is already given by url; keep one of"],
    ['url_env = "MISSING"', "store.url_env: the environment variable MISSING is not set; run: export MISSING=…"],
    ['url_env = "EMPTY"', "store.url_env: the environment variable EMPTY is set, but empty"],
    [`url_env = "${POSTGRES}"`, "store.url_env: is not the name of an environment variable; is it the URL itself?"],
    ['url_file = "empty"', "store.url_file: /dir/empty is empty; write the URL into it"],
    ['url_file = "missing"', "store.url_file: there is no file /dir/missing"],
    [`url = "mysql://shim:${PLANTED}@db.example/kept"`, "store.url: `mysql:` is not a supported store"],
    [`url = "postgres://shim:${PLANTED}#?@db.example/kept"`, "store.url: is not the URL of a database"],
    ['url = "postgres:///kept"', "store.url: is not the URL of a database"],
    ["max_age_days = 0", "store.max_age_days: "],
    ["max_mb = 0.5", "store.max_mb: "],
  ])("%s", (table, problem) => {
    const { problems } = parsed(table);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).not.toContain(PLANTED);
  });
});
