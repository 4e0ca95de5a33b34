/** `ae` as a whole: which verb, its options, help and failures. */
import { Command, CommanderError } from "commander";
import { inputError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { nearestName } from "../data/names.ts";
import type { Context } from "./context.ts";
import { describeFailure } from "./failure.ts";
import type { Terminal } from "./terminal.ts";
import { verbs } from "./verbs.ts";

const EPILOG = `
DATA is a file, a folder of images, a glob or demo:NAME; its kind is seen from its name and content:
  tables    .csv .tsv .parquet .ndjson .json, text also as .gz or .zst
  images    a folder of .png .jpg .webp, or *-idx3-ubyte, also as .gz
  arrays    .npy .npz, raw .f32 .f64 .u8 with --shape
  series    a table or an array whose rows follow each other in time, with --as series
  demo      demo:digits demo:flights demo:birdstrikes demo:weather demo:penguins demo:movies

Results go to -o or to standard output, words and progress to standard error.
Exit code 0: done. 1: the input is wrong. 2: a fault of ours. 130: stopped with Ctrl-C.
With --json a failure is one line on standard error:
  {"error":{"code":"…","place":"…","expected":"…","got":"…","hint":"…"}}

Examples:
  ae train payments.csv --drop id --label fraud -o payments.onnx
  ae score payments.onnx today.csv --explain 3 --top 20
  ae train faces/ --size 64x64 --family variational --latent 32 -o faces.onnx
  ae generate faces.onnx -n 16 --seed 7 -o sheet.png
  ae demo`;

/** Runs the words after `ae`. Resolves to the exit code; never rejects. */
export async function runProgram(argv: readonly string[], context: Context): Promise<number> {
  const { terminal, signal } = context;
  const verb = verbAsked(argv);
  try {
    const program = await buildProgram(context, verb);
    // `ae help train` as `ae train --help`.
    const words = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (isClosedPipe(error)) return 0;
    if (signal.aborted) {
      terminal.say("stopped");
      return 1;
    }
    const { text, exitCode } = describeFailure(error, {
      command: verbs.some(({ name }) => name === verb) ? `ae ${verb}` : "ae",
      json: argv.includes("--json"),
      debug: (process.env["AE_DEBUG"] ?? "") !== "",
      colors: terminal.colors,
    });
    terminal.say(text);
    return exitCode;
  }
}

/**
 * The program with all verbs by name.
 *
 * @param full verbs that get their options too: one by name, or `all`
 */
export async function buildProgram(context: Context, full: string | undefined): Promise<Command> {
  const program = new Command("ae");
  program
    .description("Train, judge and use autoencoders on your own data. One model is one .onnx file.")
    .usage("VERB [arguments] [options]")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this, or with a verb its options and examples")
    .helpCommand(false)
    .exitOverride()
    .configureOutput(outputOf(context.terminal))
    .configureHelp({ styleTitle: context.terminal.outColors.bold })
    .commandsGroup("Verbs:")
    .addHelpText("after", EPILOG);
  for (const { name, summary, load } of verbs) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${capital(summary)}.`);
    command.helpOption("-h, --help", "show this");
    if (full === "all" || full === name) await (await load()).define(command, context);
  }
  program.on("command:*", ([word = ""]: string[]) => {
    throw unknownVerb(word);
  });
  return program;
}

function unknownVerb(word: string): Error {
  const names = verbs.map(({ name }) => name);
  const near = nearestName(word, names);
  return inputError("usage.unknown-verb", {
    place: "ae",
    expected: `a verb: ${names.join(", ")}`,
    got: JSON.stringify(word),
    hint: near === undefined ? "see ae --help" : `write ae ${near} if that is what you mean`,
  });
}

/** The verb that the words name, before they are parsed. */
function verbAsked(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith("-"));
  return words[0] === "help" ? words[1] : words[0];
}

function outputOf({ out, outColors }: Terminal) {
  return {
    writeOut: (text: string): void => void out(text).catch(() => undefined),
    getOutHasColors: () => outColors.isColorSupported,
    // The failure is told once, by runProgram.
    writeErr: (): void => undefined,
    outputError: (): void => undefined,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The reader of our output has seen enough. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "EPIPE";
}
