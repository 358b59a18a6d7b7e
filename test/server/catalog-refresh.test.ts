/** Hosts come and go while the shim runs. */
import { expect, test } from "bun:test";
import { Catalog } from "../../src/server/upstreams/catalog.ts";
import type { FoundProvider } from "../../src/server/upstreams/probe.ts";
import { foundAt } from "./serving.ts";

const URL = "http://127.0.0.1:9/v1";
const FIRST = foundAt(URL, ["one"], "first");
const SECOND = foundAt(URL, ["two"], "second");

/** As if the last search were long ago. */
const age = (catalog: Catalog): unknown => Object.assign(catalog, { searchedAt: -1e9 });

/** A catalog, and how often it has searched. */
function watched(search: () => FoundProvider[], one_upstream = false): { catalog: Catalog; searches: () => number } {
  let searches = 0;
  const catalog = new Catalog(
    async () => {
      searches++;
      return search();
    },
    { one_upstream },
  );
  return { catalog, searches: () => searches };
}

test("a model of a second host that starts later goes there, not to the first as an unlisted name", async () => {
  const found = [FIRST];
  const { catalog } = watched(() => found.slice());
  expect((await catalog.choose("one")).provider.id).toBe("first");
  found.push(SECOND);
  age(catalog);
  expect((await catalog.choose("two")).provider.id).toBe("second");
});

test("a name that nobody lists goes to the only host, after one more search and no more", async () => {
  const { catalog, searches } = watched(() => [FIRST]);
  await catalog.choose("one");
  age(catalog);
  for (let i = 0; i < 3; i++) expect((await catalog.choose("unlisted")).provider.id).toBe("first");
  expect(searches()).toBe(2);
});

test("the upstream that was named gets every name without a search for each", async () => {
  const { catalog, searches } = watched(() => [FIRST], true);
  for (let i = 0; i < 3; i++) {
    age(catalog);
    expect(await catalog.choose("unlisted")).toMatchObject({ model: "unlisted", provider: { id: "first" } });
  }
  expect(searches()).toBe(1);
});

test("the demo never takes over the threads of hosts that have gone", async () => {
  const found = [FIRST];
  const { catalog } = watched(() => found.slice());
  await catalog.choose("one");
  found.pop();
  age(catalog);
  expect((await catalog.list(true)).map(({ provider }) => provider.id)).toEqual(["first"]);
  for (const model of ["one", "unlisted"]) expect((await catalog.choose(model)).provider.id).toBe("first");
});

test("what is known is answered at once while a slow search goes on", async () => {
  const never = new Promise<FoundProvider[]>(() => {});
  let slow = false;
  const catalog = new Catalog(() => (slow ? never : Promise.resolve([FIRST])));
  await catalog.choose("one");
  slow = true;
  age(catalog);
  void catalog.list(true);
  expect((await catalog.choose("one")).provider.id).toBe("first");
});

test("requests that come before the first search has ended wait for it", async () => {
  const search = Promise.withResolvers<FoundProvider[]>();
  const catalog = new Catalog(() => search.promise);
  const early = [catalog.choose("one"), catalog.choose("one")];
  search.resolve([FIRST]);
  expect((await Promise.all(early)).map(({ provider }) => provider.id)).toEqual(["first", "first"]);
});
