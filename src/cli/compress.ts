/** `ae compress`: data to a file from which every element comes back within a bound. */
import type { Command } from "commander";
import { formatBytes } from "../base/byte-count.ts";
import { inputError } from "../base/errors.ts";
import type { OpenOptions } from "../data/open.ts";
import { formatCount, formatDuration, formatNumber } from "../report/format.ts";
import type { Compressed } from "../uses/compression/options.ts";
import type { Context } from "./context.ts";
import { addDataOptions, readDataOptions } from "./data-options.ts";
import { addExamples } from "./model-verb.ts";
import { requireFolder } from "./outputs.ts";
import type { Colors } from "./terminal.ts";
import { printable } from "./terminal.ts";
import { duration, number } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly errorBound?: string;
  readonly relative?: boolean;
  readonly lossless?: boolean;
  readonly time?: string;
  readonly embed?: boolean;
  readonly controls: boolean;
  readonly output: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .usage("[options] [model.onnx] <data>")
    .argument("<files...>", "the data; before it a model made by ae train, if one shall predict")
    .requiredOption("-o, --output <file>", "the compressed file, such as field.aez")
    .option(
      "--error-bound <size>",
      "largest error that an element may have, as 0.01; 0 keeps each bit",
    )
    .option(
      "--relative",
      "take the error bound as a share of the range (of each column, in tables)",
    )
    .option("--lossless", "keep every bit")
    .option(
      "--time <time>",
      "without a model: let a network learn while it codes; up to ten times slower",
    )
    .option("--embed", "put the model into the file (default: ae decompress needs it again)")
    .option("--no-controls", "do not pack the data with brotli and zstd for comparison")
    .option("--json", "the figures as one object")
    .action((files: readonly string[], options: Options) => run(context, files, options));
  addDataOptions(command);
  addExamples(command, [
    "ae compress field.npy --error-bound 1e-3 --relative -o field.aez",
    "ae compress ecg.npy --error-bound 0.005 --time 60s -o ecg.aez",
    "ae compress weather.onnx weather.npy --error-bound 0.1 -o weather.aez",
    "ae compress images/ --lossless -o images.aez",
    "ae compress payments.csv --lossless -o payments.aez",
    "ae decompress field.aez -o field.npy",
  ]);
  command.addHelpText(
    "after",
    `
Every element comes back within the bound, which is looked at before the file is finished; NaN and infinities
come back bit for bit. In tables the bound is for numbers with decimals; whole numbers, dates, words and
missing cells are always exact. A model only helps to predict: the file is never larger than without.`,
  );
}

async function run(
  { terminal, signal }: Context,
  files: readonly string[],
  options: Options,
): Promise<void> {
  const { model, data } = modelAndData(files);
  const { output, errorBound, relative, lossless, time, embed, controls, json = false } = options;
  if (time !== undefined && model !== undefined) {
    throw inputError("options.invalid", {
      place: "--time",
      expected: "no model: with one, a network learns beside it in any case",
      got: model,
      hint: "leave out one of the two",
    });
  }
  await requireFolder(output);
  const { compress } = await import("../uses/compression/compress.ts");
  const result = await compress(data, {
    ...readingOf(options),
    output,
    controls,
    signal,
    ...(errorBound === undefined ? {} : { errorBound: number(errorBound, "--error-bound") }),
    ...(relative === undefined ? {} : { relative }),
    ...(lossless === undefined ? {} : { lossless }),
    ...(time === undefined ? {} : { time: duration(time, "--time") }),
    ...(embed === undefined ? {} : { embed }),
    ...(model === undefined ? {} : { model }),
    onNote: (note) => terminal.say(terminal.colors.dim(note)),
    onProgress: ({ done, of }) => terminal.status(`compressing  block ${done} of ${of}`),
  } as Parameters<typeof compress>[1]);
  terminal.status("");
  await terminal.out(
    json
      ? `${JSON.stringify({ data, output, ...result })}\n`
      : `${printable(resultText(result, data, output, terminal.outColors))}\n`,
  );
}

/** Labels are no part of rows, and windows of series overlap: neither is compressed. */
function readingOf(options: Options): Omit<OpenOptions, (typeof UNFIT)[number]> {
  const read = readDataOptions(options);
  const unfit = UNFIT.find((name) => read[name] !== undefined);
  if (unfit === undefined) return read;
  throw inputError("options.invalid", {
    place: unfit === "time" ? "--time-column" : `--${unfit}`,
    expected: "an option that says what to compress",
    got: String(read[unfit]),
    hint: "leave it out: all columns are kept",
  });
}

const UNFIT = ["time", "window", "stride", "key", "label"] as const;

function modelAndData(files: readonly string[]): {
  readonly model: string | undefined;
  readonly data: string;
} {
  const models = files.filter((file) => file.toLowerCase().endsWith(".onnx"));
  const others = files.filter((file) => !models.includes(file));
  const [data] = others;
  if (data !== undefined && others.length === 1 && models.length < 2) {
    return { model: models[0], data };
  }
  throw inputError("options.invalid", {
    place: "ae compress",
    expected: "one thing to compress, and at most one model (.onnx) before it",
    got: files.join(" "),
    hint: "several files of one kind go by a glob in quotes: 'part-*.csv'",
  });
}

export function resultText(
  result: Compressed,
  data: string,
  output: string,
  { bold, dim }: Pick<Colors, "bold" | "dim">,
): string {
  const { size, original, ratio, controls, classical, learned, path, columns } = result;
  const bytes = (count: number): string => `${formatNumber(count)} bytes`;
  const share = (count: number): string =>
    count === size ? "" : dim(`  ${formatNumber(count / size)} times the file`);
  const lines: (readonly [string, string])[] = [
    ["data", bytes(original)],
    ["file", bytes(size)],
    ["ratio", `${formatNumber(ratio)}`],
    ["error", errorText(result)],
    ["predicted by", predictionText(result)],
  ];
  if (learned !== undefined) {
    lines.push(["with the model", `${bytes(learned)}${share(learned)}`]);
    lines.push(["without it", `${bytes(classical)}${share(classical)}`]);
  }
  if (controls.brotli !== undefined) {
    lines.push(["brotli", `${bytes(controls.brotli)}${share(controls.brotli)}`]);
  }
  if (controls.zstd !== undefined) {
    lines.push(["zstd", `${bytes(controls.zstd)}${share(controls.zstd)}`]);
  }
  const width = Math.max(...lines.map(([name]) => name.length));
  const widest = Object.entries(columns ?? {}).toSorted(([, a], [, b]) => b - a);
  const most = widest.slice(0, 5).map(([name, count]) => `${name} ${formatBytes(count)}`);
  return [
    `${bold(data)} in ${bold(output)}: ${formatBytes(original)} to ${formatBytes(size)}`,
    ...lines.map(([name, value]) => `  ${dim(name.padEnd(width))}  ${value}`),
    ...(most.length === 0 ? [] : [`  ${dim("columns".padEnd(width))}  ${most.join(", ")}`]),
    verdict(result, path),
    dim(`took ${formatDuration(result.seconds)}`),
  ].join("\n");
}

function errorText({ bounds, largestError, exact }: Compressed): string {
  const allowed = Math.max(0, ...bounds);
  if (allowed === 0) return "none: every bit comes back";
  const stored = exact === 0 ? "" : `; ${formatCount(exact, "element")} stored as they are`;
  return `at most ${largestError.toPrecision(6)}, allowed ${allowed.toPrecision(6)}${stored}`;
}

function predictionText({ predictions, blocks, needs }: Compressed): string {
  const found = Object.entries(predictions).toSorted(([, a], [, b]) => b - a);
  if (found.length === 0) return "nothing: there is nothing in it";
  const shown = found.map(([how, count]) => (count === blocks ? how : `${how} (${count})`));
  const model =
    needs === undefined ? "" : `; needs its model to decompress, SHA-256 ${needs.slice(0, 16)}…`;
  return `${shown.slice(0, 3).join(", ")}${shown.length > 3 ? ", …" : ""}${model}`;
}

function verdict(
  { size, controls, learned, classical, original }: Compressed,
  path: string,
): string {
  const others = Object.entries(controls).toSorted(([, a], [, b]) => a - b);
  const [best] = others;
  const model =
    learned === undefined
      ? ""
      : path === "learned"
        ? ` The model makes it ${formatNumber((100 * (classical - size)) / classical)}% smaller.`
        : " The model does not make it smaller, so it is left out.";
  if (best === undefined) return `${formatNumber(original / size)} times smaller.${model}`;
  const [name, count] = best;
  const against =
    size < count
      ? `${formatNumber(count / size)} times smaller than ${name} makes the data`
      : `not smaller than ${name} makes the data`;
  return `${against.charAt(0).toUpperCase()}${against.slice(1)}.${model}`;
}
