import { expect, test } from "bun:test";
import { domainFilter } from "../../src/server/hosted/domains.ts";

const ADDRESSES = [
  "https://a.example/",
  "https://www.a.example/docs",
  "https://www.a.example/DOCS/more?q",
  "https://a.example/docsmore",
  "http://b.example/docs/",
  "https://nota.example/docs",
  "ftp://a.example/docs",
  "https://a.example/docs\nhttps://b.example",
  `https://a.example/docs/${"x".repeat(2000)}`,
  "a.example",
];
const of = (...places: number[]): string[] => ADDRESSES.filter((_, n) => places.includes(n));

test.each([
  ["all web pages", undefined, [], of(0, 1, 2, 3, 4, 5)],
  ["none", [], [], []],
  ["a domain, and those below it", ["a.example"], [], of(0, 1, 2, 3)],
  ["a path, and those below it", ["a.example/docs"], [], of(1, 2)],
  ["several paths of a domain", ["a.example/other", "a.example/docs"], [], of(1, 2)],
  ["a top level", ["example"], ["a.example"], of(4, 5)],
  ["not those of a path", undefined, ["a.example/docs"], of(0, 3, 4, 5)],
  ["wanted ones without unwanted ones", ["a.example", "b.example"], ["www.a.example"], of(0, 3, 4)],
])("%s", (_, domains, not_domains, expected) => {
  expect(ADDRESSES.filter(domainFilter(domains, not_domains))).toEqual(expected);
});
