/** `ae evaluate`: figures, with controls beside them. */
import type { Command } from "commander";
import type { Source } from "../data/source.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { EvaluateOptions } from "../model/types.ts";
import type { Context } from "./context.ts";
import { addDataOptions, openForModel, readDataOptions } from "./data-options.ts";
import { evaluationText, summaryText } from "./figures.ts";
import { readFactors } from "./factors.ts";
import type { LoadedModel } from "./model-verb.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { rowProgress } from "./progress.ts";
import { printable } from "./terminal.ts";
import { count, text } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
  readonly samples?: string;
  readonly probeTrain?: string;
  readonly probeLabel?: string;
  readonly factors?: string;
  readonly factorsFrom?: string;
  readonly encoder?: string;
  readonly anomalies?: string;
  readonly controlsFrom?: string;
  readonly target?: string;
  readonly clean?: string;
  readonly byTime?: boolean;
}

export const ANOMALIES_FLAGS = [
  "--anomalies <label>",
  "how well the score finds rows of this --label, beside controls (default: 1 where labels are 0 and 1)",
] as const;
export const CONTROLS_FLAGS = [
  "--controls-from <data>",
  "what controls learn from, best the training rows; new rows are then judged too",
] as const;
export const TARGET_FLAGS = [
  "--target <column>",
  "of tables, with --controls-from: how well this column is learned from new rows alone",
] as const;

export const BY_TIME_FLAGS = [
  "--by-time",
  "of interactions: ask for what came after the model's training data (see ae train --until)",
] as const;
export const CLEAN_FLAGS = [
  "--clean <data>",
  "the clean side of noisy images, row by row: PSNR and SSIM of denoising, beside simple filters",
] as const;

export function define(command: Command, context: Context): void {
  command
    .usage("[options] <model...> <data>")
    .argument("<model>", "a model made by ae train")
    .argument(
      "<data...>",
      "data it was not trained on, for an honest answer; before it, the same model of other seeds",
    )
    .option("--samples <count>", "also the log-likelihood, by so many draws a row (200 is usual)")
    .option("--probe-train <data>", "rows to fit the linear probe on (default: half of the data)")
    .option("--probe-label <name>", "their label, where it is not --label")
    .option("--factors <columns>", "known factors of variation, as a,b: the information gap")
    .option("--factors-from <file>", "a table with the factors, a row a row of the data")
    .option("--encoder <model>", "compare new samples with rows in the codes of this model")
    .option(...ANOMALIES_FLAGS)
    .option(...CONTROLS_FLAGS)
    .option(...TARGET_FLAGS)
    .option(...CLEAN_FLAGS)
    .option(...BY_TIME_FLAGS)
    .option("--json", "one object: model, data, rows, metrics, controls, dimensions, verdict")
    .option(...THREADS_FLAGS)
    .action((first: string, rest: readonly string[], options: Options) =>
      run(context, [first, ...rest.slice(0, -1)], rest.at(-1) as string, options),
    );
  addDataOptions(command);
  addExamples(command, [
    "ae evaluate fashion.onnx t10k-images-idx3-ubyte.gz",
    "ae evaluate payments.onnx next-month.csv --label fraud --json",
    "ae evaluate pumps.onnx march.csv --label state --anomalies broken --controls-from train.csv",
    "ae evaluate digits.onnx t10k-images-idx3-ubyte.gz --samples 200",
    "ae evaluate adult.onnx test.csv --controls-from train.csv --target income",
    "ae evaluate scans.onnx noisy/ --clean clean/",
    "ae evaluate films.onnx ratings.csv --by-time",
    "ae evaluate seed1.onnx seed2.onnx seed3.onnx test.csv",
  ]);
  command.addHelpText(
    "after",
    `
Beside the model stand two controls with as many numbers a row: PCA of the training rows, and the
same network before training. A model that does not beat them was not worth training. With several
models, each figure is a mean with its 95% interval. With --label, a linear probe tells how much of
the label a straight line finds in the codes. With --anomalies, the score's ranking (AUROC, average
precision) stands beside that of isolation forest, nearest neighbours, PCA and robust covariance,
which learn from --controls-from: give the model's training rows for a fair comparison. Of series the
points are judged, by VUS-PR too, beside sub-sequence PCA. Where labels are 0 and 1 (or false and true)
and the 1 is the rarer, it need not be named.

New rows are judged where --controls-from names the training rows (and nothing is said of anomalies): whether
they lie where real rows lie, hang together as those do, and repeat what was learned; beside a Gaussian
copula and a bootstrap of tables, PCA with a Gaussian and a pixel mixture of anything else. That takes
its time: what is no table is compared in a space that is learned first (--encoder names one that was).

Models of interactions rank what was kept back of histories, beside popularity, item k-NN and EASE. With
--by-time all that came before the end of the model's training data is given, and what came after is asked
for: train with --time-column and --until 80%, say, and evaluate on the whole table.`,
  );
}

async function run(
  context: Context,
  models: readonly string[],
  data: string,
  options: Options,
): Promise<void> {
  const { terminal } = context;
  const evaluations: Evaluation[] = [];
  for (const path of models) evaluations.push(await evaluateOne(context, path, data, options));
  terminal.status("");
  const [only] = evaluations;
  const { summarize } = await import("../evaluate/summary.ts");
  const summary = evaluations.length > 1 ? summarize(evaluations) : undefined;
  if (options.json === true) {
    const result = summary === undefined ? only : { ...summary, paths: models, evaluations };
    await terminal.out(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const shown =
    summary === undefined
      ? evaluationText(only as Evaluation, models[0] as string, terminal.outColors)
      : summaryText(summary, terminal.outColors);
  await terminal.out(`${printable(shown)}\n`);
}

async function evaluateOne(
  context: Context,
  path: string,
  data: string,
  options: Options,
): Promise<Evaluation> {
  const { terminal, signal } = context;
  return withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const request = await requestFrom(model, source, data, options);
    const measure = (more: EvaluateOptions) =>
      model.evaluate(source, {
        signal,
        onProgress: rowProgress(terminal, "evaluating"),
        ...request,
        ...more,
      });
    return options.encoder === undefined
      ? measure({})
      : withModel(options.encoder, options, (encoder) => measure({ encoder }));
  });
}

async function requestFrom(
  model: LoadedModel,
  source: Source,
  data: string,
  options: Options,
): Promise<EvaluateOptions> {
  const given = readDataOptions(options);
  const factors = await readFactors(source, data, options);
  return {
    ...(options.samples === undefined ? {} : { samples: count()(options.samples, "--samples") }),
    ...(options.probeTrain === undefined
      ? {}
      : {
          probeTrain: await openForModel(
            options.probeTrain,
            {
              ...given,
              ...(options.probeLabel === undefined
                ? {}
                : { label: text(options.probeLabel, "--probe-label") }),
            },
            model.info,
          ),
        }),
    ...(factors === undefined ? {} : { factors }),
    ...(await detectionFrom(model, given, options)),
  };
}

/** @throws what opening the data throws */
export async function detectionFrom(
  model: LoadedModel,
  given: ReturnType<typeof readDataOptions>,
  {
    anomalies,
    byTime,
    clean,
    controlsFrom,
    target,
  }: Pick<Options, "anomalies" | "byTime" | "clean" | "controlsFrom" | "target">,
): Promise<Pick<EvaluateOptions, "anomalies" | "byTime" | "clean" | "controlsFrom" | "target">> {
  return {
    ...(byTime === undefined ? {} : { byTime }),
    ...(anomalies === undefined ? {} : { anomalies: text(anomalies, "--anomalies") }),
    ...(controlsFrom === undefined
      ? {}
      : { controlsFrom: await openForModel(controlsFrom, given, model.info) }),
    ...(clean === undefined ? {} : { clean: await openForModel(clean, given, model.info) }),
    ...(target === undefined ? {} : { target: text(target, "--target") }),
  };
}
