/** `ae` as a process of its own. */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

export const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Words after `ae`: in one line between blanks, or one by one where they hold blanks. */
type Line = string | readonly string[];

interface AeOptions {
  /** What comes on standard input. */
  readonly input?: string;
  /** Called with all of standard error so far, and a way to send a signal. */
  readonly watch?: (err: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** @param folder that commands are run in, asked for at each of them */
export function commandLine(folder: () => string) {
  /** The process, what it has printed so far, and how it ends. */
  function start(line: Line, { watch }: Pick<AeOptions, "watch"> = {}) {
    const args = typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line;
    const env = { ...process.env, NO_COLOR: "1", AE_DEBUG: "" };
    const child = spawn(process.execPath, [main, ...args], { cwd: folder(), env });
    const text = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (part: string) => (text.out += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      text.err += part;
      watch?.(text.err, (signal) => child.kill(signal));
    });
    // Who stops reading may have gone before all was written.
    child.stdin.on("error", () => {});
    const ended = new Promise<Ended>((done, fail) => {
      child.on("error", fail);
      child.on("close", (code) => done({ code, ...text }));
    });
    return { child, text, ended };
  }

  function ae(line: Line, { input = "", ...options }: AeOptions = {}): Promise<Ended> {
    const { child, ended } = start(line, options);
    child.stdin.end(input);
    return ended;
  }

  /** Expects success and gives what was printed. */
  async function ok(line: Line): Promise<Ended> {
    const ended = await ae(line);
    const said = typeof line === "string" ? line : line.join(" ");
    expect(ended.code, `ae ${said}\n${ended.err}`).toBe(0);
    return ended;
  }

  return { start, ae, ok };
}
