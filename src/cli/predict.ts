/** `ae predict`: the label of each row, by a model that learned labels. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Table } from "../data/source.ts";
import { predictedName } from "../model/predict.ts";
import type { Predictions } from "../model/types.ts";
import { formatCount } from "../report/format.ts";
import { textColumn, tidy } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { rowProgress } from "./progress.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument(
      "<model>",
      "a model trained with --labelled, or of a family that predicts labels: semi-supervised",
    )
    .argument("<data>", "a file, a folder of images, a glob or demo:NAME")
    .option(
      "-o, --output <file>",
      ".csv .tsv .parquet .ndjson or .json (default: CSV on standard output)",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae predict digits.onnx new-digits/ -o names.csv",
    "ae predict customers.onnx march.parquet -o march-predicted.parquet",
  ]);
  command.addHelpText(
    "after",
    "\nOne row a sample, in the order of the data: the likeliest class and the chance of\neach, or the number, where labels are numbers. Labels that the data has are not looked at.",
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false } = options;
  await withModel(path, options, async (model) => {
    if (model.predict === undefined) {
      throw inputError("model.cannot-predict", {
        place: path,
        expected: "a model that learned to predict labels",
        got: `a ${model.info.family.name} autoencoder that was told none`,
        hint: "train one with --label and --labelled: ae train DATA --label NAME --labelled all",
      });
    }
    const source = await openSource(context, data, options, model);
    const sink = await openSink(output, { terminal, json, kind: "table", rows: source.rows });
    const onProgress = rowProgress(terminal, "predicting");
    const found = await model.predict(source, { signal, onProgress });
    await pour([tableOf(found, predictedName(model.info))], sink);
    if (output === undefined) return;
    terminal.say(`${formatCount(source.rows, "prediction")} written to ${output}`);
    if (json) {
      const summary = { model: path, data: source.name, rows: source.rows, output };
      await terminal.out(`${JSON.stringify(summary)}\n`);
    }
  });
}

function tableOf({ labels, classes, chances, numbers }: Predictions, label: string): Table {
  const { data, rows, columns } = chances;
  // A path of a label file makes a poor heading.
  const name = /[\\/]/.test(label) ? "label" : label;
  return {
    kind: "table",
    rows,
    columns: [
      numbers === undefined
        ? textColumn(name, labels)
        : { name, type: "number", values: Float64Array.from(numbers, tidy) },
      ...classes.map((label, at) => ({
        name: `p(${label})`,
        type: "number" as const,
        values: Float64Array.from({ length: rows }, (_, row) =>
          tidy(data[row * columns + at] as number),
        ),
      })),
    ],
  };
}
