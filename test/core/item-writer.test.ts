import { describe, expect, test } from "bun:test";
import { ShimError } from "../../src/core/errors.ts";
import { ItemWriter } from "../../src/core/item-writer.ts";
import type { ReplyEvent } from "../../src/core/reply.ts";

function record(write: (writer: ItemWriter) => void): string[] {
  const seen: string[] = [];
  write(new ItemWriter((event) => void seen.push(show(event))));
  return seen;
}

function show(event: ReplyEvent): string {
  switch (event.type) {
    case "item_start":
      return `+${event.item.kind}`;
    case "item_delta":
      return JSON.stringify(event.delta);
    case "item_end":
      return event.complete ? "-" : "- cut";
    case "end":
      return `end ${event.reason}`;
    case "error":
      return `error ${event.error.kind}`;
    case "start":
      return "start";
  }
}

describe("ItemWriter", () => {
  test("a new kind closes the item before it", () => {
    const seen = record((w) => {
      w.grow({ kind: "reasoning", field: "reasoning" }, "a");
      w.grow({ kind: "text" }, "b");
      w.grow({ kind: "text" }, "c");
      w.end({ reason: "stop", usage: null });
    });
    expect(seen).toEqual(["start", "+reasoning", '"a"', "-", "+text", '"b"', '"c"', "-", "end stop"]);
  });

  test("an item that was cut by length is not complete", () => {
    const seen = record((w) => {
      w.grow({ kind: "text" }, "a");
      w.end({ reason: "length", usage: null });
    });
    expect(seen).toEqual(["start", "+text", '"a"', "- cut", "end length"]);
  });

  test("after a failure nothing follows, and the open item stays open", () => {
    const seen = record((w) => {
      w.grow({ kind: "text" }, "a");
      w.fail(new ShimError("upstream_failed", "x"));
      w.fail(new ShimError("upstream_failed", "y"));
      w.end({ reason: "stop", usage: null });
      w.delta("b");
      w.close(true);
      w.grow({ kind: "reasoning", field: "reasoning" }, "c");
      w.begin({ kind: "text" });
    });
    expect(seen).toEqual(["start", "+text", '"a"', "error upstream_failed"]);
  });

  test("no delta ends within a character", () => {
    const seen = record((w) => {
      for (const half of "x😀y".split("")) w.grow({ kind: "text" }, half);
      w.grow({ kind: "text" }, "\ud83d");
      w.end({ reason: "stop", usage: null });
    });
    expect(seen).toEqual(["start", "+text", '"x"', '"😀"', '"y"', '"\ufffd"', "-", "end stop"]);
  });
});
