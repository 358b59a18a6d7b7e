/** Signals that end a process by default, and must not end a server: log rotation, monitors and timers send them. */
import process from "node:process";

/** Not those by which people stop a program, nor those that report a fault of its own. */
const BORNE = "SIGHUP SIGUSR1 SIGUSR2 SIGPIPE SIGALRM SIGVTALRM SIGPROF SIGIO SIGPOLL".split(" ");

/** Called first of all: a signal may come while the config is read, and while the server ends. */
export function bearSignals(): void {
  for (const signal of BORNE) {
    try {
      process.on(signal, () => {});
    } catch {
      // This system has no such signal.
    }
  }
}
