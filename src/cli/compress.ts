/** `ae compress`: data to a file from which every element comes back within a bound. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { OpenOptions } from "../data/open.ts";
import { resultText } from "./compress-text.ts";
import type { Context } from "./context.ts";
import { addDataOptions, readDataOptions } from "./data-options.ts";
import { addExamples } from "./model-verb.ts";
import { toKebab } from "./names.ts";
import { requireFolder } from "./outputs.ts";
import { printable } from "./terminal.ts";
import { duration, number } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly errorBound?: string;
  readonly relative?: boolean;
  readonly psnr?: string;
  readonly lossless?: boolean;
  readonly time?: string;
  readonly embed?: boolean;
  readonly controls: boolean;
  readonly output: string;
  readonly json?: boolean;
}

/** What says what rows are to a model. */
const UNFIT = ["timeColumn", "window", "stride", "key", "label"] as const;

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
    .option(
      "--psnr <decibels>",
      "images and arrays: instead of a bound, the largest with which all elements together come this near, as 40",
    )
    .option("--lossless", "keep every bit")
    .option(
      "--time <time>",
      "without a model: let a network learn while it codes; up to ten times slower",
    )
    .option("--embed", "put the model into the file (default: ae decompress needs it again)")
    .option(
      "--no-controls",
      "do not pack the data with brotli and zstd, nor images with JPEG, WebP and PNG, to compare",
    )
    .option("--json", "the figures as one object")
    .action((files: readonly string[], options: Options) => run(context, files, options));
  addDataOptions(command, UNFIT);
  addExamples(command, [
    "ae compress field.npy --error-bound 1e-3 --relative -o field.aez",
    "ae compress ecg.npy --error-bound 0.005 --time 60s -o ecg.aez",
    "ae compress weather.onnx weather.npy --error-bound 0.1 -o weather.aez",
    "ae compress images/ --lossless -o images.aez",
    "ae compress images/ --psnr 40 -o images.aez",
    "ae compress payments.csv --lossless -o payments.aez",
    "ae decompress field.aez -o field.npy",
  ]);
  command.addHelpText(
    "after",
    `
Every element comes back within the bound, which is looked at before the file is finished; NaN and infinities
come back bit for bit. In tables the bound is for numbers with decimals; whole numbers, dates, words and
missing cells are always exact. One of --error-bound, --psnr and --lossless is needed; 0 as a bound is --lossless.
--psnr counts in decibels below the peak, 255 for images and the range for other numbers: 40 dB is a root mean
square error of a hundredth of it. A model only helps to predict: the file is never larger than without.`,
  );
}

async function run(
  { terminal, signal }: Context,
  files: readonly string[],
  options: Options,
): Promise<void> {
  const { model, data } = modelAndData(files);
  const { output, errorBound, relative, psnr, lossless, time, embed, controls } = options;
  if (time !== undefined && model !== undefined) {
    throw inputError("options.invalid", {
      place: "--time",
      expected: "no model: with one, a network learns beside it in any case",
      got: model,
      hint: "leave out one of the two",
    });
  }
  if (embed === true && model === undefined) {
    throw inputError("options.invalid", {
      place: "--embed",
      expected: "a model before the data",
      got: files.join(" "),
      hint: "leave it out: the network of --time needs no room in the file",
    });
  }
  const exactness = {
    ...(errorBound === undefined ? {} : { errorBound: number(errorBound, "--error-bound") }),
    ...(relative === undefined ? {} : { relative }),
    ...(psnr === undefined ? {} : { psnr: number(psnr, "--psnr") }),
    ...(lossless === undefined ? {} : { lossless }),
  };
  await requireFolder(output);
  const { compress } = await import("../uses/compression/compress.ts");
  const result = await compress(data, {
    ...readingOf(options),
    output,
    controls,
    signal,
    ...exactness,
    ...(time === undefined ? {} : { time: duration(time, "--time") }),
    ...(embed === undefined ? {} : { embed }),
    ...(model === undefined ? {} : { model }),
    onNote: (note) => terminal.say(terminal.colors.dim(note)),
    onProgress: ({ done, of }) => terminal.status(`compressing  block ${done} of ${of}`),
  } as Parameters<typeof compress>[1]);
  terminal.status("");
  const asked = { data, output, ...exactness };
  await terminal.out(
    options.json === true
      ? `${JSON.stringify({ data, output, ...result })}\n`
      : `${printable(resultText(result, asked, terminal.outColors))}\n`,
  );
}

/** Labels are no part of rows, and windows of series overlap: neither is compressed. */
function readingOf(options: Options): OpenOptions {
  const unfit = UNFIT.find((name) => options[name] !== undefined);
  if (unfit === undefined) return readDataOptions(options);
  throw inputError("options.invalid", {
    place: `--${toKebab(unfit)}`,
    expected: "an option that says what to compress",
    got: String(options[unfit]),
    hint: "leave it out: all columns are kept",
  });
}

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
