#!/usr/bin/env node
import { runProgram } from "./program.ts";
import { createTerminal } from "./terminal.ts";

const terminal = createTerminal(process.stdout, process.stderr, process.env);
const stop = new AbortController();
let stoppedBy: NodeJS.Signals | undefined;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    if (stoppedBy !== undefined) return endAtOnce(signal);
    stoppedBy = signal;
    stop.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
    void stopQueries();
    process.once(signal, () => endAtOnce(signal));
  });
}

/** Queries over whole files look at no signal, and another may be about to begin. */
async function stopQueries(): Promise<void> {
  const { interruptQueries } = await import("../data/duck.ts");
  interruptQueries();
  setInterval(interruptQueries, 50).unref();
}

/** By the signal's own action: leaving in a regular way would wait for a run of the engine. */
function endAtOnce(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

// A reader such as `head` may close the pipe early: then there is nothing left to do. Leaving at once
// would end the process in the middle of a run of the engine, which aborts with words of its own.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") stop.abort(error);
  else process.exit(2);
});

const argv = process.argv.slice(2);
const exitCode = await runProgram(argv, { terminal, signal: stop.signal, argv });
process.exitCode =
  stoppedBy === undefined ? exitCode : { SIGINT: 130, SIGTERM: 143 }[stoppedBy as "SIGINT"];
