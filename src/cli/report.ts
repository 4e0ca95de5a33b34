/** `ae report`: one HTML page about a model on data. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Source } from "../data/source.ts";
import type { ReportOptions } from "../model/types.ts";
import type { Context } from "./context.ts";
import { addDataOptions, readDataOptions } from "./data-options.ts";
import {
  ANOMALIES_FLAGS,
  BY_TIME_FLAGS,
  CLEAN_FLAGS,
  CONTROLS_FLAGS,
  TARGET_FLAGS,
  detectionFrom,
} from "./evaluate.ts";
import {
  THREADS_FLAGS,
  addExamples,
  openSource,
  withModel,
  type LoadedModel,
} from "./model-verb.ts";
import { requireFolder } from "./outputs.ts";
import { rowProgress } from "./progress.ts";
import { stemOf } from "./stem.ts";
import type { TitleOptions } from "./titles.ts";
import { addTitleOptions, titlesOf } from "./titles.ts";
import { count, number } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>>, TitleOptions {
  readonly output?: string;
  readonly seed: string;
  readonly anomalies?: string;
  readonly controlsFrom?: string;
  readonly target?: string;
  readonly clean?: string;
  readonly byTime?: boolean;
  readonly errorBound?: string;
  readonly relative?: boolean;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument("<data>", "data to show it on; unseen data tell most")
    .option("-o, --output <file>", "the page (default: MODEL's name.html)")
    .option("--seed <number>", "which rows are shown and what is generated", "0")
    .option(...ANOMALIES_FLAGS)
    .option(...CONTROLS_FLAGS)
    .option(...TARGET_FLAGS)
    .option(...CLEAN_FLAGS)
    .option(...BY_TIME_FLAGS)
    .option(
      "--error-bound <size>",
      "how small ae compress makes the data within this error, without and with the model",
    )
    .option("--relative", "take the error bound as a share of the range")
    .option("--json", "a summary of what was written")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addTitleOptions(command);
  addDataOptions(command);
  addExamples(command, [
    "ae report fashion.onnx t10k-images-idx3-ubyte.gz --label t10k-labels-idx1-ubyte.gz -o fashion.html",
    "ae report adult.onnx adult.csv --label income",
    "ae report scans.onnx scans/ --error-bound 4",
    "ae report films.onnx ratings.csv --titles movies.csv",
    "ae report pumps.onnx march.csv --label state --anomalies broken --controls-from train.csv",
  ]);
  command.addHelpText(
    "after",
    "\nThe page needs no network and no other files: losses, reconstructions, a map of the latent\ncoloured by --label, what is unusual and why, generated samples, and the comparison with PCA. With\n--anomalies it shows how well the score finds them, beside simple detectors. With --controls-from\na page of a family that generates says how good its new rows are. With --error-bound it shows how small\nthe first million numbers of the data get, beside brotli, JPEG and WebP. Of interactions it shows some\nusers with what they have and what they are recommended, beside popularity, item k-NN and EASE.",
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const output = options.output ?? `${stemOf(path)}.html`;
  const seed = count(0)(options.seed, "--seed");
  await requireFolder(output);
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const onProgress = rowProgress(terminal, "looking at");
    const asked = await detectionFrom(model, readDataOptions(options), options);
    const compression = await compressionOf(context, model, source, options);
    const titles = await titlesOf(terminal, options, model.info);
    const page = await model.report(source, {
      signal,
      onProgress,
      seed,
      ...asked,
      ...compression,
      ...(titles === undefined ? {} : { titles }),
    });
    const { writeFileSafely } = await import("../model/file.ts");
    await writeFileSafely(output, page);
    terminal.say(`report written to ${output}: open it in a browser`);
    if (options.json === true) {
      const summary = { model: path, data: source.name, rows: source.rows, output };
      await terminal.out(`${JSON.stringify(summary)}\n`);
    }
  });
}

async function compressionOf(
  { terminal, signal }: Context,
  model: LoadedModel,
  source: Source,
  { errorBound, relative }: Options,
): Promise<Pick<ReportOptions, "compression">> {
  if (errorBound === undefined) {
    if (relative === undefined) return {};
    throw inputError("options.invalid", {
      place: "--relative",
      expected: "an error bound beside it",
      got: "none",
      hint: "--error-bound 1e-3 --relative takes a thousandth of the range",
    });
  }
  terminal.status("compressing");
  const { examineCompression } = await import("../uses/compression/examine.ts");
  const bound = number(errorBound, "--error-bound");
  const asked = { errorBound: bound, ...(relative === undefined ? {} : { relative }), signal };
  return { compression: await examineCompression(model, source, asked) };
}
