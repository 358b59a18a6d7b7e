/** The one way to the terminal: what is written there steers nothing, and what becomes of output that cannot be written. */
import process from "node:process";
import { printableText } from "../core/printable.ts";

/** Names in it must be one line each (`printable`); whatever else would steer a terminal is made harmless here. */
export function writeOut(text: string): void {
  process.stdout.write(printableText(text));
}

export function writeError(text: string): void {
  process.stderr.write(printableText(text));
}

/** A command whose output is lost has failed; a reader that ends (`juscode-shim check | head`) has had enough. */
export function failOnLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code, message }: Error & { code?: string }) => {
      if (code === "EPIPE") process.exit();
      if (stream === process.stdout) process.stderr.write(`juscode-shim: its output cannot be written: ${message}\n`);
      process.exit(1);
    });
  }
}

/** Neither a log reader that ends (`juscode-shim | head`) nor a full disk must take the server with it. */
export function surviveLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
