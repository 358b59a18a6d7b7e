/**
 * The least that a bridge in JavaScript does, in a process of its own: chunks are read and handed on, or parsed and
 * written as deltas of Responses, without a check, an echo, an item or an error. No bridge to use; it shows what part
 * of a cost is the runtime's. Prints its port.
 */
const [target] = process.argv.slice(2);
const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder() };
const PLACE = '"item_id":"msg_0123456789abcdef","output_index":0,"content_index":0';

interface Chunk {
  choices?: { delta?: { content?: string } }[];
}

/** One Chat chunk as the event that Responses has for it. */
function eventOf(data: string, sequence: number): string {
  if (data === "[DONE]")
    return `event: response.completed\ndata: {"type":"response.completed","sequence_number":${sequence}}\n\n`;
  const text = (JSON.parse(data) as Chunk).choices?.[0]?.delta?.content;
  if (!text) return "";
  const type = "response.output_text.delta";
  return `event: ${type}\ndata: {"type":"${type}",${PLACE},"delta":${JSON.stringify(text)},"sequence_number":${sequence}}\n\n`;
}

function translated(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let rest = "";
  let sequence = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (let out = ""; out === "";) {
        const { value, done } = await reader.read();
        if (done) return controller.close();
        rest += utf8.decoder.decode(value, { stream: true });
        let at = 0;
        for (let end = rest.indexOf("\n\n"); end !== -1; end = rest.indexOf("\n\n", at)) {
          out += eventOf(rest.slice(at + "data: ".length, end), sequence++);
          at = end + 2;
        }
        rest = rest.slice(at);
        if (out !== "") controller.enqueue(utf8.encoder.encode(out));
      }
    },
  });
}

function handedOn(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

interface Asked {
  model: string;
  instructions: string;
  input: object[];
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  async fetch(request) {
    const text = await request.text();
    const same = new URL(request.url).pathname.endsWith("/chat/completions");
    const { model, instructions, input } = JSON.parse(text) as Asked;
    const messages = same ? [] : [{ role: "system", content: instructions }, ...input];
    const body = same ? text : JSON.stringify({ model, messages, stream: true });
    const reply = await fetch(`${target}/v1/chat/completions`, { method: "POST", body, signal: request.signal });
    if (!reply.body) return reply;
    const stream = same ? handedOn(reply.body) : translated(reply.body);
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  },
});
console.log(server.port);
export {};
