/** Our side of the talk with the bench: ready, then an answer to each line. */
import { createInterface } from "node:readline";
import process from "node:process";

export interface Turn {
  readonly steps: number;
  readonly seconds: number;
  /** Seconds of processor, of all threads. */
  readonly processor: number;
}

function tell(words: object): void {
  process.stdout.write(`${JSON.stringify(words)}\n`);
}

export async function takeTurns(
  ready: { readonly version: string; readonly way?: string },
  turn: () => Promise<object>,
): Promise<void> {
  tell({ ready });
  for await (const _line of createInterface({ input: process.stdin })) tell(await turn());
}

/** Wall and processor time since a moment. */
export function stopwatch(): () => { readonly seconds: number; readonly processor: number } {
  const began = performance.now();
  const { user, system } = process.cpuUsage();
  return () => {
    const now = process.cpuUsage();
    return {
      seconds: (performance.now() - began) / 1000,
      processor: (now.user - user + now.system - system) / 1e6,
    };
  };
}
