/** `ae generate`: new rows or images from the model's prior. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import { formatCount } from "../report/format.ts";
import { tidyRows } from "./columns.ts";
import type { Context } from "./context.ts";
import { THREADS_FLAGS, addExamples, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { count, positive } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly count: string;
  readonly seed: string;
  readonly temperature: string;
  readonly label?: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model of a family that can generate, such as variational")
    .option("-n, --count <count>", "how many", "16")
    .option("--seed <number>", "same seed, same samples", "0")
    .option(
      "--temperature <number>",
      "spread of the draws: below 1 more typical, above 1 stranger",
      "1",
    )
    .option("--label <class>", "of this class alone, for families that take labels")
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
  ]);
}

async function run({ terminal, signal }: Context, path: string, options: Options): Promise<void> {
  const { output, json = false } = options;
  const rows = count()(options.count, "--count");
  const seed = count(0)(options.seed, "--seed");
  const temperature = positive(options.temperature, "--temperature");
  await withModel(path, options, async (model) => {
    if (model.generate === undefined) {
      throw inputError("model.cannot-generate", {
        place: path,
        expected: "a model of a family that can generate",
        got: `a ${model.info.family.name} autoencoder, which has no prior to draw from`,
        hint: "train one with --family variational",
      });
    }
    const sink = await openSink(output, { terminal, json, kind: model.info.schema.kind, rows });
    const generated = await model.generate(rows, {
      seed,
      temperature,
      signal,
      ...(options.label === undefined ? {} : { label: options.label }),
    });
    await pour(tidyRows([generated]), sink);
    if (output === undefined) return;
    const noun = generated.kind === "images" ? "image" : "row";
    terminal.say(`${formatCount(rows, `new ${noun}`)} written to ${output}`);
    if (json)
      await terminal.out(`${JSON.stringify({ model: path, rows, seed, temperature, output })}\n`);
  });
}
