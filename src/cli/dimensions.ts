/** `ae dimensions`: what each number of the code stands for. */
import { extname } from "node:path";
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Rows, Source } from "../data/source.ts";
import type { Dimension, Dimensions, Move } from "../model/types.ts";
import { formatCount, formatNumber, formatShare } from "../report/format.ts";
import { moveText } from "../report/moves.ts";
import { tidy } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import { textColumn } from "./columns.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink, requireFolder } from "./outputs.ts";
import { pour } from "./pour.ts";
import type { Colors } from "./terminal.ts";
import { printable } from "./terminal.ts";
import { count } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly top: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument("<data>", "rows to look at it on")
    .option(
      "-o, --output <file>",
      "a line a column: .csv .tsv .parquet .ndjson .json; of images a sheet: .png",
    )
    .option("--top <count>", "columns named for each dimension", "5")
    .option("--json", "one object: dimensions, with share, ends and moves; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae dimensions payments.onnx payments.csv",
    "ae dimensions payments.onnx payments.csv --top 3 -o dimensions.csv",
    "ae dimensions digits.onnx t10k-images-idx3-ubyte.gz -o dimensions.png",
  ]);
  command.addHelpText(
    "after",
    `
For each dimension of the code, the most important first: its share of the reconstruction (of the rise in
error when it is held at its mean), and the columns that move with it when it goes from its 5% to its 95%
quantile while the rest of each row's code stays. All is a mean over up to 1,000 rows. latent0 is the first
column of ae encode. A sheet shows a dimension a line: a typical image at its low end, at its high end,
and the mean change over rows, orange brighter, blue darker.`,
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false } = options;
  const top = count()(options.top, "--top");
  if (output !== undefined) await requireFolder(output);
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const sheet = output !== undefined && extname(output).toLowerCase() === ".png";
    if (sheet && source.kind !== "images") throw noSheet(output, source.kind);
    const found = await model.dimensions(source, {
      top,
      signal,
      onDimension: ({ dimension, of }) => terminal.status(`dimension  ${dimension} of ${of}`),
    });
    terminal.status("");
    const summary = { model: path, data: source.name, latent: model.info.latent, rows: found.rows };
    if (output === undefined) {
      await terminal.out(
        json
          ? `${JSON.stringify({ ...summary, error: found.error, dimensions: found.dimensions }, null, 2)}\n`
          : `${printable(dimensionsText(found, path, source, terminal.outColors))}\n`,
      );
      return;
    }
    if (sheet) await writeSheet(output, found);
    else await pour([tableOf(found)], await openSink(output, sinkOptions(context, found)));
    terminal.say(`${formatCount(found.dimensions.length, "dimension")} written to ${output}`);
    if (json) await terminal.out(`${JSON.stringify({ ...summary, output })}\n`);
  });
}

function sinkOptions({ terminal }: Context, { dimensions }: Dimensions) {
  return { terminal, json: false, kind: "table", rows: dimensions.length } as const;
}

function noSheet(output: string, kind: string) {
  return inputError("output.format", {
    place: `-o ${output}`,
    expected: "a name that ends in .csv, .tsv, .parquet, .ndjson or .json",
    got: `a sheet of pictures, and the data are ${kind === "table" ? "a table" : `of kind ${kind}`}`,
    hint: "give the output one of these endings",
  });
}

function byShare({ dimensions }: Dimensions): readonly Dimension[] {
  return dimensions.toSorted((a, b) => b.share - a.share);
}

export function dimensionsText(
  found: Dimensions,
  path: string,
  { name, kind }: Pick<Source, "name" | "kind">,
  colors: Pick<Colors, "bold" | "dim">,
): string {
  const over =
    found.rows < found.of
      ? `${formatNumber(found.rows)} of ${formatCount(found.of, "row")}`
      : formatCount(found.rows, "row");
  return [
    `${colors.bold(path)}: ${formatCount(found.dimensions.length, "dimension")}, on ${name}, a mean over ${over}`,
    ...byShare(found).flatMap((dimension) => ["", ...linesOf(dimension, kind, colors)]),
    ...(kind === "images" ? ["", "Pictures of what each changes: -o dimensions.png"] : []),
  ].join("\n");
}

function linesOf(
  { dimension, share, low, high, moves }: Dimension,
  kind: Source["kind"],
  colors: Pick<Colors, "bold" | "dim">,
): readonly string[] {
  const head = `${colors.bold(`latent${dimension}`)}  ${formatShare(share)} of the reconstruction, from ${formatNumber(low)} to ${formatNumber(high)}`;
  if (moves.length === 0) return [head, colors.dim("  moves nothing")];
  if (kind === "images") return [head];
  const width = Math.max(...moves.map(({ column }) => column.length));
  return [
    head,
    ...moves.map((move) =>
      `  ${move.column.padEnd(width)}  ${moveText(move)}  ${colors.dim(sizeText(move))}`.trimEnd(),
    ),
  ];
}

function sizeText({ size, words, steady }: Move): string {
  const way = steady ? "" : ", in some rows the other way";
  return words === undefined ? `${formatNumber(size)} spreads${way}` : way.slice(2);
}

/** A line a column and dimension; of categories, a line a word. */
function tableOf(found: Dimensions): Rows {
  const lines = byShare(found).flatMap(({ dimension, share, low, high, moves }) =>
    moves.flatMap((move) =>
      (move.words ?? [{ word: null, from: move.from ?? null, to: move.to ?? null }]).map(
        ({ word, from, to }) => ({ dimension, share, low, high, ...move, word, from, to }),
      ),
    ),
  );
  const text = (value: string | number | null): string | null =>
    typeof value === "number" ? String(tidy(value)) : value;
  const numbers = (name: string, of: (line: (typeof lines)[number]) => number) =>
    ({ name, type: "number", values: Float64Array.from(lines, (line) => tidy(of(line))) }) as const;
  const words = (name: string, of: (line: (typeof lines)[number]) => string | null) =>
    textColumn(name, lines.map(of));
  return {
    kind: "table",
    rows: lines.length,
    columns: [
      words("dimension", ({ dimension }) => `latent${dimension}`),
      numbers("share", ({ share }) => share),
      numbers("low", ({ low }) => low),
      numbers("high", ({ high }) => high),
      words("column", ({ column }) => column),
      words("word", ({ word }) => word),
      numbers("size", ({ size }) => size),
      words("steady", ({ steady }) => (steady ? "yes" : "no")),
      words("from", ({ from }) => text(from)),
      words("to", ({ to }) => text(to)),
    ],
  };
}

async function writeSheet(output: string, found: Dimensions): Promise<void> {
  const { contactSheet } = await import("../report/contact-sheet.ts");
  const { dimensionSheet } = await import("../report/change-sheet.ts");
  const { writeFileSafely } = await import("../model/file.ts");
  const { ends, changes } = found;
  if (ends.kind !== "images" || changes === undefined) return;
  const sheet = dimensionSheet(
    { ...ends, count: ends.rows },
    changes,
    byShare(found).map(({ dimension }) => dimension),
  );
  await writeFileSafely(output, await contactSheet(sheet, { columns: 3 }));
}
