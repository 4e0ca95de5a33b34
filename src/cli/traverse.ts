/** `ae traverse`: a sheet of what each dimension of the code does to a row. */
import { extname } from "node:path";
import type { Command } from "commander";
import type { Column, Rows } from "../data/source.ts";
import type { Traversal } from "../model/types.ts";
import { formatCount, formatShare } from "../report/format.ts";
import { asChances, asTable, freeName, textColumn, tidy, tidyRows } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import { requireRow, writeStrip } from "./interpolate.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink, requireFolder } from "./outputs.ts";
import { pour } from "./pour.ts";
import { count, list } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly row?: string;
  readonly steps: string;
  readonly dimensions?: string;
  readonly class?: string;
  readonly output?: string;
  readonly json?: boolean;
}

type Given = [model: string, data: string | undefined, options: Options];

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument(
      "[data]",
      "rows whose codes say how far each dimension goes (default: what the model file knows of them)",
    )
    .option(
      "--row <number>",
      "the row that all starts from, from 1 (default: the most typical one)",
    )
    .option("--steps <count>", "values that each dimension goes through", "9")
    .option("--dimensions <numbers>", "only these, as 0,3 (default: all)")
    .option("--class <label>", "the class that codes are read with, for families that take labels")
    .option(
      "-o, --output <file>",
      "images: .png sheet; tables and arrays: .csv .tsv .parquet .ndjson .json (default: CSV on standard output)",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((...given: Given) => run(context, ...given));
  addDataOptions(command);
  addExamples(command, [
    "ae traverse digits.onnx -o sheet.png",
    "ae traverse digits.onnx t10k-images-idx3-ubyte.gz --row 4 --dimensions 0,3 -o sheet.png",
    "ae traverse penguins.onnx penguins.csv -o dimensions.csv",
  ]);
  command.addHelpText(
    "after",
    `
One line of the sheet a dimension, latent0 first: it goes from its 5% to its 95% quantile while the rest of
the code stays. In a table the columns dimension, quantile and value come before those of the rows. What
moves how much, in figures: ae dimensions.`,
  );
}

async function run(context: Context, ...[path, data, options]: Given): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false } = options;
  const steps = count(2)(options.steps, "--steps");
  const row = options.row === undefined ? undefined : count()(options.row, "--row") - 1;
  const dimensions =
    options.dimensions === undefined
      ? undefined
      : list(options.dimensions, "--dimensions").map((one) => count(0)(one, "--dimensions"));
  const sheet = output !== undefined && extname(output).toLowerCase() === ".png";
  if (sheet) await requireFolder(output);
  await withModel(path, options, async (model) => {
    const source = data === undefined ? undefined : await openSource(context, data, options, model);
    if (source !== undefined && row !== undefined) requireRow(source, row + 1, "--row");
    const { kind } = model.info.schema;
    const toSheet = sheet && kind === "images";
    const lines = (dimensions?.length ?? model.info.latent) * steps;
    const sink = toSheet
      ? undefined
      : await openSink(output, { terminal, json, kind, rows: lines });
    const found = await model.traverse(source, {
      steps,
      signal,
      ...(row === undefined ? {} : { row }),
      ...(dimensions === undefined ? {} : { dimensions }),
      ...(options.class === undefined ? {} : { label: options.class }),
    });
    if (sink === undefined) await writeStrip(output ?? "", found.rows, steps);
    else
      await pour(
        tidyRows([
          kind === "images"
            ? found.rows
            : tableOf({ ...found, rows: asChances(found.rows, model.info.schema) }),
        ]),
        sink,
      );
    if (output === undefined) return;
    terminal.say(
      `${formatCount(found.dimensions.length, "dimension")} through ${formatCount(steps, "value")} each written to ${output}`,
    );
    if (json) {
      const { dimensions: went, quantiles } = found;
      const summary = { model: path, data: source?.name ?? null, steps, quantiles };
      await terminal.out(`${JSON.stringify({ ...summary, dimensions: went, output })}\n`);
    }
  });
}

/** A line a value that a dimension takes. Of series a line a step of its window. */
function tableOf({ rows, dimensions, quantiles }: Traversal): Rows {
  const table = asTable(rows);
  const each = table.rows / rows.rows;
  const at = Array.from({ length: table.rows }, (_, line) => {
    const place = Math.floor(line / each);
    return [Math.floor(place / quantiles.length), place % quantiles.length] as const;
  });
  const names = table.columns.map(({ name }) => name);
  const of = (d: number) => dimensions[d] as Traversal["dimensions"][number];
  const before: Column[] = [
    textColumn(
      freeName("dimension", names),
      at.map(([d]) => `latent${of(d).dimension}`),
    ),
    textColumn(
      freeName("quantile", names),
      at.map(([, step]) => formatShare(quantiles[step] as number)),
    ),
    {
      name: freeName("value", names),
      type: "number",
      values: Float64Array.from(at, ([d, step]) => tidy(of(d).values[step] as number)),
    },
  ];
  return { kind: "table", rows: table.rows, columns: [...before, ...table.columns] };
}
