/** What only a host on bare TCP can do wrong: the client gets one proper end that says what happened. */
import { expect, test } from "bun:test";
import { ask, post } from "../support/ask.ts";
import { aWhile } from "../support/patience.ts";
import { tell, validateResponseStream } from "../support/response-events.ts";
import {
  chunk,
  CHUNKED_HEAD,
  LAST_FRAMES,
  OPEN_HEAD,
  RawHost,
  textFrame,
  wholeAnswer,
  type RawScript,
} from "./raw-host.ts";
import { serving, until } from "./serving.ts";

/** An answer of a given type, whole. */
const answerOf = (type: string, body: string, status = "200 OK", more = ""): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** What was written has come through by then. */
const later = (act: () => void): void => void aWhile(10).then(act);

interface Row {
  script: RawScript;
  /** Told by the status, since it is known before the answer is begun. */
  status?: number;
  words: string;
}

const ROWS: Record<string, Row> = {
  "a web page that never ends": {
    script: (host) => host.write("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9999\r\n\r\n<html>"),
    status: 502,
    words: "answered with a web page",
  },
  "no HTTP at all": {
    script: (host) => {
      host.write("SSH-2.0-Server\r\n");
      later(host.end);
    },
    status: 502,
    words: "cannot be reached",
  },
  "half a head": {
    script: (host) => {
      host.write("HTTP/1.1 200 O");
      later(host.reset);
    },
    status: 502,
    words: "cannot be reached",
  },
  "a head and then a reset": {
    script: (host) => {
      host.write(CHUNKED_HEAD);
      later(host.reset);
    },
    words: "broke in mid-reply",
  },
  "text and then a reset": {
    script: (host) => {
      host.write(CHUNKED_HEAD + chunk(textFrame("Half an ")));
      later(host.reset);
    },
    words: "broke in mid-reply",
  },
  "text and then the end": {
    script: (host) => {
      host.write(OPEN_HEAD + textFrame("Half an "));
      later(host.end);
    },
    words: "ended",
  },
  "an empty JSON body": { script: (host) => host.write(answerOf("application/json", "")), words: "ended" },
  "half a frame and then the end": {
    script: (host) => {
      host.write(`${OPEN_HEAD + textFrame("Half an ")}data: {"choices":[{"del`);
      later(host.end);
    },
    words: "ended",
  },
};

test.each(Object.entries(ROWS))("%s", async (_, { script, status, words }) => {
  using host = new RawHost(script);
  await using on = await serving(host.url);
  const streamed = await ask(on.url, { input: "hi", stream: true });
  expect(host.requests).toBe(1);
  const plain = await ask(on.url, { input: "hi" });
  expect(plain.status).toBe(502);
  expect(plain.response).toMatchObject({ error: { type: "server_error", code: "server_error" } });
  expect(JSON.stringify(plain.response)).toContain(words);
  expect(streamed.status).toBe(status ?? 200);
  expect(streamed.text).toContain(words);
  if (status === undefined) {
    expect(tell(validateResponseStream(streamed.text))).toBe("");
    expect(streamed.response).toMatchObject({ status: "failed", error: { code: "server_error" } });
  }
  // Hints of the runtime for its programmers are none for our users.
  expect(streamed.text).not.toContain("verbose");
  expect(on.lines).toHaveLength(2);
});

test("nobody listens", async () => {
  await using on = await serving("http://127.0.0.1:9/v1");
  const { status, response } = await ask(on.url, { input: "hi", stream: true });
  expect(status).toBe(502);
  expect(JSON.stringify(response)).toContain(
    "(http://127.0.0.1:9/v1) cannot be reached: connection refused: nothing is listening on that port (ECONNREFUSED). Is it running, and is the address right?",
  );
});

test("a kept connection that the host has closed is no failure", async () => {
  // The first answer leaves the connection open; it breaks just as the second request arrives over it.
  using host = new RawHost((connection, n) =>
    n === 1 ? connection.reset() : connection.write(wholeAnswer(`No. ${n}`)),
  );
  await using on = await serving(host.url);
  const answers = [await ask(on.url, { input: "hi" }), await ask(on.url, { input: "hi" })];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(host.requests).toBe(3);
  expect(host.connections.length).toBe(2);
  expect(host.connections[0]?.requests).toBe(2);
});

test("a host that closes a new connection is not asked again: it may be at work", async () => {
  using host = new RawHost((connection) => connection.reset());
  await using on = await serving(host.url);
  expect((await ask(on.url, { input: "hi", stream: true })).status).toBe(502);
  expect(host.requests).toBe(1);
});

test("a host that closes the kept connection and the next one is asked twice and no more", async () => {
  using host = new RawHost((connection, n) => (n === 0 ? connection.write(wholeAnswer("Hi.")) : connection.reset()));
  await using on = await serving(host.url);
  expect((await ask(on.url, { input: "hi" })).status).toBe(200);
  expect((await ask(on.url, { input: "hi" })).status).toBe(502);
  expect(host.requests).toBe(3);
});

test.concurrent("a host that breaks after it has begun to work is not asked again", async () => {
  using host = new RawHost(async (connection, n) => {
    if (n === 0) return connection.write(wholeAnswer("Hi."));
    await Bun.sleep(2100);
    connection.reset();
  });
  await using on = await serving(host.url, { hold_ms: 60_000 });
  expect((await ask(on.url, { input: "hi" })).status).toBe(200);
  expect((await ask(on.url, { input: "hi", stream: true })).status).toBe(502);
  expect(host.requests).toBe(2);
});

test.concurrent("an error whose body never ends is told all the same", async () => {
  using host = new RawHost((connection) =>
    connection.write(
      'HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n{"error":"no room"',
    ),
  );
  await using on = await serving(host.url);
  const { status, response } = await ask(on.url, { input: "hi" });
  expect(status).toBe(400);
  expect(JSON.stringify(response)).toContain("no room");
});

test("after the end nothing more is read, and the connection is given up", async () => {
  using host = new RawHost((connection) => {
    connection.write(OPEN_HEAD + textFrame("All.") + LAST_FRAMES + textFrame(" And more."));
  });
  await using on = await serving(host.url);
  // The host never ends its stream; the answer is whole nevertheless.
  const text = await (await post(on.url, { model: "m", input: "hi", stream: true })).text();
  expect(tell(validateResponseStream(text))).toBe("");
  expect(text).not.toContain("And more");
  await until("the connection is closed", () => host.connections[0]?.closed === true);
});

test("what is sent: our own headers and key, nothing of the client's", async () => {
  using host = new RawHost((connection) => connection.write(wholeAnswer("Hi.")));
  await using on = await serving(`${host.url}?version=2`);
  const secret = { authorization: "Bearer client-secret", cookie: "a=client-secret", "x-codex-window-id": "client:0" };
  const answer = await ask(on.url, { input: "hi" }, secret);
  const sent = host.connections[0]?.text ?? "";
  expect(sent).toStartWith("POST /v1/chat/completions?version=2 HTTP/1.1\r\n");
  expect(sent.toLowerCase()).toContain("authorization: bearer test-key\r\n");
  expect(sent.toLowerCase()).toContain("accept: text/event-stream\r\n");
  expect(sent).not.toContain("client-secret");
  expect(sent).not.toContain("x-codex");
  expect(on.lines.join("\n") + JSON.stringify([...answer.headers])).not.toContain("test-key");
});

test("headers of the upstream's answer go no further", async () => {
  const frames = textFrame("Hi.") + LAST_FRAMES;
  using host = new RawHost((connection) =>
    connection.write(answerOf("text/event-stream", frames, "200 OK", "openai-model: other\r\nset-cookie: a=b\r\n")),
  );
  await using on = await serving(host.url);
  for (const stream of [true, false]) {
    const { status, headers } = await ask(on.url, { input: "hi", stream });
    expect(status).toBe(200);
    expect(headers.has("openai-model") || headers.has("set-cookie")).toBe(false);
  }
});
