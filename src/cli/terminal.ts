/** Results to standard output; progress and words to standard error. */
import { createColors } from "picocolors";

export type Colors = ReturnType<typeof createColors>;

export interface Terminal {
  /** Writes a result; resolves when it is on its way, so that pipes set the pace. */
  readonly out: (data: string | Uint8Array) => Promise<void>;
  /** A line for people. Replaces the status line. */
  readonly say: (line?: string) => void;
  /** Shows one line that the next one replaces. Does nothing unless `live`. */
  readonly status: (line: string) => void;
  /** Standard error is a terminal that somebody may be looking at. */
  readonly live: boolean;
  /** For standard error. */
  readonly colors: Colors;
  /** For standard output, which may be a pipe while the other is a terminal. */
  readonly outColors: Colors;
}

interface Stream {
  write(data: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const ESCAPE = "\u001b";
const CLEAR_LINE = `\r${ESCAPE}[2K`;

/**
 * @param env `NO_COLOR`, `FORCE_COLOR` and `TERM` decide on colours as everywhere
 */
export function createTerminal(
  stdout: Stream,
  stderr: Stream,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const dumb = env["TERM"] === "dumb";
  const live = stderr.isTTY === true && !dumb;
  const plain = (env["NO_COLOR"] ?? "") !== "";
  const forced = (env["FORCE_COLOR"] ?? "0") !== "0";
  // Terminals that do not tell their width say 0.
  const widthOf = (): number => (stderr.columns ?? 0) || 80;
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
  return {
    live,
    colors: createColors(!plain && (forced || live)),
    outColors: createColors(!plain && (forced || (stdout.isTTY === true && !dumb))),
    out: (data) => {
      // On a terminal both streams share the screen.
      if (stdout.isTTY === true) clear();
      return new Promise((done, fail) => {
        stdout.write(data, (error) => {
          if (error === null || error === undefined) done();
          else fail(error);
        });
      });
    },
    say: (line = "") => {
      clear();
      stderr.write(`${printable(line)}\n`);
    },
    status: (line) => {
      if (!live) return;
      stderr.write(`${CLEAR_LINE}${fit(printable(line), widthOf() - 1)}`);
      shown = true;
    },
  };
}

const controls = new RegExp(`${ESCAPE}\\[\\d*m|\\p{Cc}`, "gu");

/**
 * Without control characters, which names from a file may hold, except for line ends and
 * our own colours: a hostile column name must not take over the terminal.
 */
export function printable(text: string): string {
  return text.replaceAll(controls, (found) => {
    if (found === "\n" || found.length > 1) return found;
    return found === "\t" ? " " : "\ufffd";
  });
}

/** Cuts to a width: a line that wraps could not be replaced. */
function fit(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
