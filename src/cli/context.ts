/** What a verb gets from its surroundings, so that a test can give others. */
import type { Terminal } from "./terminal.ts";

export interface Context {
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C; the second ends the process. */
  readonly signal: AbortSignal;
  /** The words after `ae`, to repeat the command in messages. */
  readonly argv: readonly string[];
}
