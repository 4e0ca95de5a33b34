/** `ae generate`: new rows or images from what the model has learned. */
import type { Command } from "commander";
import { formatCount } from "../report/format.ts";
import { tidyRows } from "./columns.ts";
import type { Context } from "./context.ts";
import { THREADS_FLAGS, addExamples, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { atLeast, count, oneOf } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly count: string;
  readonly seed: string;
  readonly temperature: string;
  readonly from?: string;
  readonly label?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .option("-n, --count <count>", "how many", "16")
    .option(
      "--from <origin>",
      "mixture: fitted to the codes of the training rows; prior: what variational families were trained towards, mostly worse (default: mixture)",
    )
    .option("--seed <number>", "same seed, same samples", "0")
    .option(
      "--temperature <number>",
      "spread of the draws: below 1 more typical, above 1 stranger, 0 all alike",
      "1",
    )
    .option(
      "--label <class>",
      "of this class alone, for families that take labels: conditional, semi-supervised",
    )
    .option(
      "-o, --output <file>",
      "images: .png sheet, folder/ or .npy; tables and arrays: .csv .tsv .parquet .ndjson .json (default: CSV on standard output)",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, options: Options) => run(context, model, options));
  addExamples(command, [
    "ae generate digits.onnx -n 64 --seed 7 -o sheet.png",
    "ae generate payments.onnx -n 1000 -o synthetic.csv",
    "ae generate faces.onnx -n 16 --temperature 0.7 -o faces/",
    "ae generate digits.onnx -n 20 --label 7 -o sevens.png",
  ]);
}

async function run({ terminal, signal }: Context, path: string, options: Options): Promise<void> {
  const { output, json = false } = options;
  const rows = count()(options.count, "--count");
  const seed = count(0)(options.seed, "--seed");
  const temperature = atLeast(0)(options.temperature, "--temperature");
  const from =
    options.from === undefined
      ? undefined
      : oneOf(["prior", "mixture"] as const)(options.from, "--from");
  await withModel(path, options, async (model) => {
    const sink = await openSink(output, { terminal, json, kind: model.info.schema.kind, rows });
    const generated = await model.generate(rows, {
      seed,
      temperature,
      signal,
      ...(from === undefined ? {} : { from }),
      ...(options.label === undefined ? {} : { label: options.label }),
    });
    await pour(tidyRows([generated]), sink);
    if (output === undefined) return;
    const noun = generated.kind === "images" ? "image" : "row";
    const origin = from ?? model.origins[0];
    const where = origin === "prior" ? "the prior" : "a mixture fitted to the codes of its data";
    terminal.say(`${formatCount(rows, `new ${noun}`)} from ${where} written to ${output}`);
    if (json) {
      const summary = { model: path, rows, from: origin, seed, temperature, output };
      await terminal.out(`${JSON.stringify(summary)}\n`);
    }
  });
}
