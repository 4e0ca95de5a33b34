/** `ae reconstruct`: rows as the model sees them. */
import type { Command } from "commander";
import type { InteractionSource, Rows } from "../data/source.ts";
import { formatCount } from "../report/format.ts";
import { asChances, tidyRows } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import type { LoadedModel } from "./model-verb.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { rowProgress } from "./progress.ts";
import { reconstructedPoints } from "./reconstruct-series.ts";
import { realPoints } from "./series-columns.ts";

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
      "tables and arrays: .csv .tsv .parquet .ndjson .json; arrays also .npy; images: folder/, .png sheet or .npy (default: CSV on standard output)",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae reconstruct adult.onnx adult.csv -o again.csv",
    "ae reconstruct faces.onnx faces/ -o again/",
    "ae reconstruct digits.onnx demo:digits -o again.npy",
  ]);
  command.addHelpText(
    "after",
    "\nNumbers come back in their own units, categories as categories, missing values where the model expects them.\nSeries come back a row a point, the mean over the windows that it is in; as .npy a window a row. Of interactions\nthe chance of each item to be next comes back, a row a user and a column an item.",
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false } = options;
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const { kind } = model.info.schema;
    const sink = await openSink(output, { terminal, json, kind, rows: source.rows });
    const onProgress = rowProgress(terminal, "reconstructing");
    const rows =
      source.kind === "series" && !isArray(output)
        ? reconstructedPoints(context, model, source)
        : model.reconstructBatches(source, { signal, onProgress });
    await pour(
      tidyRows(source.kind === "interactions" ? chancesOf(rows, model, source) : rows),
      sink,
    );
    if (output === undefined) return;
    const what =
      source.kind === "interactions"
        ? "user"
        : source.kind === "series" && isArray(output)
          ? "window"
          : "row";
    const count =
      source.kind === "series" && what === "row" ? realPoints(source.points).length : source.rows;
    terminal.say(`${formatCount(count, what)} written to ${output}`);
    if (json) {
      const summary = { model: path, data: source.name, rows: count, output };
      await terminal.out(`${JSON.stringify(summary)}\n`);
    }
  });
}

async function* chancesOf(
  parts: AsyncIterable<Rows>,
  { info }: LoadedModel,
  { data }: InteractionSource,
): AsyncIterable<Rows> {
  let first = 0;
  for await (const rows of parts) {
    yield asChances(rows, info.schema, data.users?.slice(first, first + rows.rows));
    first += rows.rows;
  }
}

/** Arrays hold windows as they are. */
function isArray(output: string | undefined): boolean {
  return output?.toLowerCase().endsWith(".npy") === true;
}
