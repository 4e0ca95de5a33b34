/**
 * Errors that people read. Each names the place, what was expected, what came,
 * and what to do next; `code` is stable and safe to test against.
 */

/** Who has to act: the person who gave the input, or us. */
export type Fault = "input" | "internal";

export interface ErrorParts {
  /** File, row, column, option or argument the problem was found at. */
  readonly place: string;
  readonly expected: string;
  readonly got: string;
  /** The next step, as an imperative sentence without a full stop. */
  readonly hint?: string;
}

/**
 * The one error class of the package.
 *
 * @example
 * throw inputError("data.empty", {
 *   place: "payments.csv",
 *   expected: "at least 2 rows",
 *   got: "0 rows",
 *   hint: "check that the file was written completely",
 * });
 */
export class AutoencoderError extends Error {
  override readonly name = "AutoencoderError";
  readonly code: string;
  readonly fault: Fault;
  readonly parts: ErrorParts;

  constructor(code: string, fault: Fault, parts: ErrorParts, options?: { cause?: unknown }) {
    const hint = parts.hint === undefined ? "" : `\n  ${capitalize(parts.hint)}.`;
    super(`${parts.place}: expected ${parts.expected}, got ${parts.got}.${hint}`, options);
    this.code = code;
    this.fault = fault;
    this.parts = parts;
  }
}

/** An error the user can mend. Exit code 1 on the command line. */
export function inputError(
  code: string,
  parts: ErrorParts,
  options?: { cause?: unknown },
): AutoencoderError {
  return new AutoencoderError(code, "input", parts, options);
}

/** A broken promise of ours. Exit code 2 on the command line. */
export function internalError(
  code: string,
  parts: ErrorParts,
  options?: { cause?: unknown },
): AutoencoderError {
  return new AutoencoderError(code, "internal", parts, options);
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
