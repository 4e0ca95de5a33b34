/** `ae interpolate`: the way from one row to another through the codes. */
import { extname } from "node:path";
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Rows, Source } from "../data/source.ts";
import { formatCount } from "../report/format.ts";
import { asChances, tidyRows } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink, requireFolder } from "./outputs.ts";
import { pour } from "./pour.ts";
import { count, oneOf } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly fromRow?: string;
  readonly toRow?: string;
  readonly steps: string;
  readonly path: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument("<data>", "where the way begins: a file, a folder of images, a glob or demo:NAME")
    .argument("[end]", "where it ends (default: another row of the same data)")
    .option("--from-row <number>", "the row it begins at, from 1 (default: 1)")
    .option("--to-row <number>", "the row it ends at, from 1 (default: 2; of other data: 1)")
    .option("--steps <count>", "rows on the way, both ends among them", "8")
    .option(
      "--path <path>",
      "linear: straight; spherical: along the arc around the middle",
      "linear",
    )
    .option(
      "-o, --output <file>",
      "images: .png strip, folder/ or .npy; tables and arrays: .csv .tsv .parquet .ndjson .json (default: CSV on standard output)",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, end: string | undefined, options: Options) =>
      run(context, model, data, end, options),
    );
  addDataOptions(command);
  addExamples(command, [
    "ae interpolate digits.onnx t10k-images-idx3-ubyte.gz --from-row 3 --to-row 17 -o strip.png",
    "ae interpolate faces.onnx anna.png bert.png --steps 12 --path spherical -o strip.png",
    "ae interpolate penguins.onnx penguins.csv --from-row 1 --to-row 200 -o between.csv",
  ]);
  command.addHelpText(
    "after",
    `
Both rows become codes, and codes between the two become rows: the first and the last are the two as the
model sees them. Spherical suits families whose codes fill a ball, such as variational: half-way, a
straight line passes nearer to the middle than codes usually lie.`,
  );
}

async function run(
  context: Context,
  path: string,
  data: string,
  end: string | undefined,
  options: Options,
): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false } = options;
  const steps = count(2)(options.steps, "--steps");
  const way = oneOf(["linear", "spherical"])(options.path, "--path");
  const from = count()(options.fromRow ?? "1", "--from-row");
  const to = count()(options.toRow ?? (end === undefined ? "2" : "1"), "--to-row");
  const strip = output !== undefined && extname(output).toLowerCase() === ".png";
  if (strip) await requireFolder(output);
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const other = end === undefined ? source : await openSource(context, end, options, model);
    requireRow(source, from, "--from-row");
    requireRow(other, to, "--to-row");
    const toStrip = strip && source.kind === "images";
    const sink = toStrip
      ? undefined
      : await openSink(output, { terminal, json, kind: model.info.schema.kind, rows: steps });
    const rows = await model.interpolate(source, other, {
      rows: [from - 1, to - 1],
      steps,
      path: way,
      signal,
    });
    if (sink === undefined) await writeStrip(output ?? "", rows, steps);
    else await pour(tidyRows([asChances(rows, model.info.schema)]), sink);
    if (output === undefined) return;
    terminal.say(
      `${formatCount(steps, rows.kind === "images" ? "image" : "row")}, a ${way} way from row ${from} of ${source.name} to row ${to} of ${other.name}, written to ${output}`,
    );
    if (json) {
      const summary = { model: path, from: { data: source.name, row: from } };
      const rest = { to: { data: other.name, row: to }, steps, path: way, output };
      await terminal.out(`${JSON.stringify({ ...summary, ...rest })}\n`);
    }
  });
}

/**
 * @param number from 1
 * @throws `options.invalid` beyond the last row
 */
export function requireRow({ rows, name }: Source, number: number, flag: string): void {
  if (number <= rows) return;
  throw inputError("options.invalid", {
    place: flag,
    expected: `a row from 1 to ${rows}, as ${name} has`,
    got: String(number),
  });
}

/** A strip, or several under one another. */
export async function writeStrip(output: string, rows: Rows, columns: number): Promise<void> {
  if (rows.kind !== "images") return;
  const { contactSheet } = await import("../report/contact-sheet.ts");
  const { writeFileSafely } = await import("../model/file.ts");
  const { rows: images, ...picture } = rows;
  await writeFileSafely(output, await contactSheet({ ...picture, count: images }, { columns }));
}
