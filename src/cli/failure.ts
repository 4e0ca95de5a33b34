/** What a failure looks like to the person who typed the command. */
import { CommanderError } from "commander";
import { AutoencoderError, inputError } from "../base/errors.ts";
import type { Colors } from "./terminal.ts";

/** The input is wrong, or it is our fault. */
export type ExitCode = 1 | 2;

export interface FailureOptions {
  /** The command that failed: `ae train`. */
  readonly command: string;
  /** One JSON object instead of words. */
  readonly json: boolean;
  /** With the stack, for faults of ours. */
  readonly debug: boolean;
  readonly colors: Colors;
}

/** The text for standard error, without a line end, and the exit code. */
export function describeFailure(
  thrown: unknown,
  { command, json, debug, colors }: FailureOptions,
): { readonly text: string; readonly exitCode: ExitCode } {
  const error = toError(thrown, command);
  const exitCode = error.fault === "input" ? 1 : 2;
  if (json) {
    const { place, expected, got, hint } = error.parts;
    return {
      exitCode,
      text: JSON.stringify({ error: { code: error.code, place, expected, got, hint } }),
    };
  }
  const [first = "", ...rest] = error.message.split("\n");
  const lines = [`${colors.red("error:")} ${first}`, ...rest];
  if (exitCode === 2) {
    lines.push(
      "  This is a fault of the program, not yours. Please report it: npm bugs autoencoders",
    );
    lines.push(
      debug
        ? stackOf(thrown)
        : "  With AE_DEBUG=1 it shows where it happened; add that to the report.",
    );
  }
  return { exitCode, text: lines.join("\n") };
}

function toError(thrown: unknown, command: string): AutoencoderError {
  if (thrown instanceof AutoencoderError) return thrown;
  if (thrown instanceof CommanderError) return usageError(thrown, command);
  const system = systemError(thrown);
  if (system !== undefined) return system;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AutoencoderError("unknown", "internal", {
    place: command,
    expected: "to get through",
    got: `${thrown instanceof Error ? thrown.name : "a thrown value"}: ${message.split("\n")[0]}`,
  });
}

const FULL: Readonly<Record<string, string>> = {
  ENOSPC: "a full disk",
  EDQUOT: "a used-up quota",
  EFBIG: "a file larger than the system allows",
};

/** Failures of the disk are the user's to mend. */
function systemError(thrown: unknown): AutoencoderError | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown) || !("syscall" in thrown)) return undefined;
  const { code, path } = thrown as NodeJS.ErrnoException;
  const full = FULL[code ?? ""];
  if (full !== undefined) {
    return inputError(
      `system.${(code ?? "").toLowerCase()}`,
      {
        // A write to an open file does not say which.
        place: path ?? "the disk",
        expected: "room for what is written",
        got: full,
        hint: "free some, or write to another disk (-o; what goes to standard output waits in TMPDIR)",
      },
      { cause: thrown },
    );
  }
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "no such file or folder",
    EACCES: "no permission",
    EPERM: "no permission",
    EISDIR: "a folder",
    ENOTDIR: "a path through something that is no folder",
    EROFS: "a disk that is read-only",
    EMFILE: "too many open files",
    EEXIST: "something there already",
  };
  const reason = reasons[code ?? ""];
  if (reason === undefined) return undefined;
  return inputError(
    `system.${(code ?? "").toLowerCase()}`,
    { place: path ?? "files", expected: "files that can be read and written", got: reason },
    { cause: thrown },
  );
}

/** Commander's sentences in our form, with its suggestions. */
function usageError({ code, message }: CommanderError, command: string): AutoencoderError {
  const [sentence = "", suggestion] = message.replace(/^error: /, "").split("\n");
  const near = /\(Did you mean (?:one of )?(.+)\?\)/.exec(suggestion ?? "")?.[1];
  const quoted = /'([^']*)'/.exec(sentence)?.[1] ?? "";
  const kind = code.replace(/^commander\./, "");
  const known: Readonly<Record<string, readonly [expected: string, got: string]>> = {
    unknownOption: ["one of its options", quoted],
    unknownCommand: ["a verb", JSON.stringify(quoted)],
    missingArgument: [`an argument ${quoted.toUpperCase()}`, "none"],
    optionMissingArgument: [`a value for ${quoted}`, "none"],
    excessArguments: excessOf(sentence),
    missingMandatoryOptionValue: [`the option ${quoted}`, "none"],
  };
  const [expected, got] = known[kind] ?? ["a command as in ae --help", sentence];
  return inputError(`usage.${kind.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, {
    place: command,
    expected,
    got,
    hint: near === undefined ? `see ${command} --help` : `write ${near} if that is what you mean`,
  });
}

/** `… Expected 1 argument but got 2.` */
function excessOf(sentence: string): readonly [expected: string, got: string] {
  const [, expected, got] = /Expected (.+) but got (\d+)/.exec(sentence) ?? [];
  return [expected ?? "fewer arguments", got ?? "more"];
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? "" : `\ncaused by ${stackOf(thrown.cause)}`;
  return `${thrown.stack ?? thrown.message}${cause}`;
}
