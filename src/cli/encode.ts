/** `ae encode`: rows to codes. */
import type { Command } from "commander";
import type { Matrix } from "../base/tensor.ts";
import type { Rows, Source } from "../data/source.ts";
import { formatCount } from "../report/format.ts";
import { freeName, numberColumns, textColumn } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions, labelsOf } from "./data-options.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { rowProgress } from "./progress.ts";
import { pour } from "./pour.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument("<data>", "a file, a folder of images, a glob or demo:NAME")
    .option(
      "-o, --output <file>",
      ".csv .tsv .parquet .ndjson .json or .npy (default: CSV on standard output)",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae encode payments.onnx payments.csv -o codes.parquet",
    "ae encode digits.onnx t10k-images-idx3-ubyte.gz --label t10k-labels-idx1-ubyte.gz -o codes.csv",
    "ae encode faces.onnx faces/ -o codes.npy",
  ]);
  command.addHelpText(
    "after",
    "\nOne row a sample, in the order of the data: columns latent0, latent1, …, and the label if there is one.",
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false } = options;
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const toArray = output?.toLowerCase().endsWith(".npy") === true;
    const kind = toArray ? "array" : "table";
    const sink = await openSink(output, { terminal, json, kind, rows: source.rows });
    const codes = model.encodeBatches(source, {
      signal,
      onProgress: rowProgress(terminal, "encoding"),
    });
    await pour(toArray ? arraysFrom(codes) : tablesFrom(codes, source), sink);
    if (output === undefined) return;
    const { latent } = model.info;
    terminal.say(
      `${formatCount(source.rows, "code")} of ${formatCount(latent, "number")} written to ${output}`,
    );
    if (json)
      await terminal.out(
        `${JSON.stringify({ model: path, data: source.name, rows: source.rows, latent, output })}\n`,
      );
  });
}

async function* arraysFrom(codes: AsyncIterable<Matrix>): AsyncIterable<Rows> {
  for await (const { data, rows, columns } of codes) {
    yield { kind: "array", rows, shape: [columns], data };
  }
}

async function* tablesFrom(codes: AsyncIterable<Matrix>, source: Source): AsyncIterable<Rows> {
  const labels = await labelsOf(source);
  let first = 0;
  for await (const { data, rows } of codes) {
    const columns = numberColumns("latent", data, rows);
    const extra =
      labels === undefined
        ? []
        : [
            textColumn(
              freeName(
                labels.name,
                columns.map(({ name }) => name),
              ),
              labels.values.slice(first, first + rows),
            ),
          ];
    yield { kind: "table", rows, columns: [...columns, ...extra] };
    first += rows;
  }
}
