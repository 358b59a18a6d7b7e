/** A proxy that passes bytes and looks at nothing, in a process of its own: the floor for anything in between. Prints its port. */
const [target] = process.argv.slice(2);

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const { method, body, signal } = request;
    const reply = await fetch(target + pathname, { method, body, signal });
    return new Response(reply.body, { headers: { "content-type": reply.headers.get("content-type") ?? "" } });
  },
});
console.log(server.port);
export {};
