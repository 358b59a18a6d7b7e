/**
 * A small MCP server over stdio with one tool, `echo`. It writes what it was asked into the file `$ECHO_LOG`, so
 * that a test can tell that the tool really ran.
 */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

interface Call {
  id?: number | string;
  method: string;
  params?: { protocolVersion?: string; name?: string; arguments?: { text?: string } };
}

const TOOL = {
  name: "echo",
  description: "Says the text again.",
  inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
};

function resultOf({ method, params }: Call): object | undefined {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "tiny", version: "1" },
      };
    case "tools/list":
      return { tools: [TOOL] };
    case "tools/call": {
      const text = params?.arguments?.text ?? "";
      appendFileSync(process.env["ECHO_LOG"] ?? "/dev/null", `${text}\n`);
      return { content: [{ type: "text", text: `echo: ${text}` }] };
    }
    case "ping":
      return {};
    default:
      return undefined;
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const call = JSON.parse(line) as Call;
  if (call.id === undefined) return;
  const result = resultOf(call);
  const answer = result ? { result } : { error: { code: -32601, message: `no method ${call.method}` } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: call.id, ...answer })}\n`);
});
