/** The one way to the terminal: no text can steer it, and lost output is handled. */
import process from "node:process";
import { printableText } from "../core/printable.ts";

/** Names must be one line each already (`printable`); anything else that would steer a terminal is replaced here. */
export function writeOut(text: string): void {
  process.stdout.write(printableText(text));
}

export function writeError(text: string): void {
  process.stderr.write(printableText(text));
}

/** A command whose output is lost has failed, unless its reader ended (`juscode-shim check | head`). */
export function failOnLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code, message }: Error & { code?: string }) => {
      if (code === "EPIPE") process.exit();
      if (stream === process.stdout) process.stderr.write(`juscode-shim: its output cannot be written: ${message}\n`);
      process.exit(1);
    });
  }
}

/** Neither the end of a log reader (`juscode-shim | head`) nor a full disk may stop the server. */
export function surviveLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
