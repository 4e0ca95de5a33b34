/** Programs that are measured: talked to line by line, or run from start to end. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import type { Measures, Missing, Seat } from "./types.ts";

export type Words = readonly [string, ...string[]];

const MB = 1e6;

/** Most memory that a process had resident so far, in MB; undefined where the system does not say. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kibibytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / MB;
  } catch {
    return undefined;
  }
}

function memory(peak: number | undefined): Measures {
  return peak === undefined ? {} : { memory: peak };
}

interface Line {
  readonly ready?: Readonly<Record<string, unknown>>;
  readonly missing?: string;
  readonly [key: string]: unknown;
}

/** Text of a stream as it comes; the end of it tells what went wrong. */
function collected(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (part: string) => {
    text = (text + part).slice(-100_000);
  });
  return () => text.trim();
}

/** What a program said of its end: the last line that names an error, or the last of all. */
function lastWords(text: string): string {
  const lines = text.split("\n");
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "").slice(0, 300);
}

function whyNot(command: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ENOENT"
    ? `${basename(command)} is not there: AE_PYTHON names the interpreter that has bench/peers/requirements.txt`
    : message;
}

/** Lines of JSON that a program writes; others, as warnings of its libraries, are passed over. */
async function* linesOf(child: ChildProcess): AsyncGenerator<Line> {
  if (child.stdout === null) return;
  for await (const text of createInterface({ input: child.stdout })) {
    if (text.startsWith("{")) yield JSON.parse(text) as Line;
  }
}

/**
 * Starts a program that says `{"ready": …}`, then answers each line `turn` with its measures, or
 * says `{"missing": why}`.
 *
 * @param measuresOf from its answer to measures
 */
export async function openTalker(
  [command, ...words]: Words,
  measuresOf: (answer: Readonly<Record<string, number>>) => Measures,
): Promise<Seat | Missing> {
  const child = spawn(command, words, { stdio: ["pipe", "pipe", "pipe"] });
  const complaints = collected(child.stderr);
  const failed = once(child, "error").then(([error]: unknown[]) => {
    throw error as Error;
  });
  const lines = linesOf(child);
  const next = async (): Promise<Line | undefined> => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    return done === true ? undefined : value;
  };
  let first: Line | undefined;
  try {
    first = await next();
  } catch (error) {
    return { missing: whyNot(command, error) };
  }
  failed.catch(() => {});
  if (first?.ready === undefined) {
    child.kill();
    return { missing: first?.missing ?? `ended before it was ready: ${lastWords(complaints())}` };
  }
  const { version, ...about } = first.ready;
  return {
    version: version as string | undefined,
    note: about["way"] as string | undefined,
    turn: async () => {
      child.stdin.write("turn\n");
      const answer = await next();
      if (answer === undefined) throw new Error(`${command} ended: ${complaints()}`);
      return measuresOf(answer as Readonly<Record<string, number>>);
    },
    close: async () => {
      const peak = peakOf(child.pid);
      const exited = child.exitCode === null ? once(child, "exit") : undefined;
      child.stdin.end();
      await exited;
      return memory(peak);
    },
  };
}

/** What a program's `--check` says. */
export async function readiness(
  words: Words,
  folder: string,
): Promise<{ readonly version: string } | Missing> {
  try {
    const { stdout } = await runToEnd(words, folder);
    const line = stdout.split("\n").findLast((text) => text.startsWith("{")) ?? "{}";
    const { ready, missing = "says nothing" } = JSON.parse(line) as Line;
    return ready === undefined ? { missing } : { version: String(ready["version"]) };
  } catch (error) {
    return { missing: whyNot(words[0], error) };
  }
}

export interface Finished {
  readonly seconds: number;
  readonly memory: Measures;
  readonly stdout: string;
}

/** How often a running program's memory is looked at: the peak only grows, so little is missed. */
const LOOK_EVERY = 10;

/** Runs a program from its start to its end. @throws when it fails, with what it said */
export async function runToEnd([command, ...words]: Words, folder: string): Promise<Finished> {
  const began = performance.now();
  const child = spawn(command, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const said = collected(child.stdout);
  const complaints = collected(child.stderr);
  let peak: number | undefined;
  const timer = setInterval(() => {
    peak = peakOf(child.pid) ?? peak;
  }, LOOK_EVERY);
  let seconds = NaN;
  child.once("exit", () => {
    seconds = (performance.now() - began) / 1000;
  });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(lastWords(complaints()) || `exit code ${code}`);
  } finally {
    clearInterval(timer);
  }
  return { seconds, memory: memory(peak), stdout: said() };
}
