/** `ae encode`: rows to codes, and a map of them. */
import { extname } from "node:path";
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Matrix } from "../base/tensor.ts";
import type { Rows, Source } from "../data/source.ts";
import type { LatentMap } from "../model/types.ts";
import { formatCount } from "../report/format.ts";
import { freeName, numberColumns, textColumn } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions, labelsOf } from "./data-options.ts";
import type { LoadedModel } from "./model-verb.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink, requireFolder } from "./outputs.ts";
import { rowProgress } from "./progress.ts";
import { pour } from "./pour.ts";
import { windowPlaces } from "./series-columns.ts";
import { count } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly map?: string;
  readonly seed: string;
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
    .option("--map <file>", "a picture of the rows in two dimensions, .svg or .png")
    .option("--seed <number>", "which rows a map arranges, and how", "0")
    .option("--json", "rows as JSON on standard output; with -o or --map, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae encode payments.onnx payments.csv -o codes.parquet",
    "ae encode digits.onnx t10k-images-idx3-ubyte.gz --label t10k-labels-idx1-ubyte.gz -o codes.csv",
    "ae encode faces.onnx faces/ -o codes.npy",
    "ae encode payments.onnx payments.csv --label fraud --map map.svg -o codes.csv",
  ]);
  command.addHelpText(
    "after",
    `
One row a sample, in the order of the data: columns latent0, latent1, …, and the label if there is one.
Of series, one row a window: the series and the time and row of its first point come before.

--map draws the latent itself where it has two dimensions, else UMAP of it: points coloured by --label,
or by score. With -o the positions stand there too, as map_x and map_y; without, the picture is all.`,
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal } = context;
  const { output, map: picture, json = false } = options;
  const seed = count(0)(options.seed, "--seed");
  const format = picture === undefined ? undefined : await pictureFormat(picture);
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const map = format === undefined ? undefined : await mapOf(context, model, source, seed);
    if (map !== undefined && picture !== undefined) {
      const { writeFileSafely } = await import("../model/file.ts");
      await writeFileSafely(picture, await map.picture({ format: format ?? "svg" }));
      terminal.say(`map of ${formatCount(source.rows, "row")} written to ${picture}`);
      for (const note of map.notes) terminal.say(terminal.colors.dim(note));
    }
    if (map === undefined || output !== undefined)
      await writeCodes(context, model, source, map, options);
    if (!json || (output === undefined && map === undefined)) return;
    const { latent } = model.info;
    const { how, trustworthiness } = map ?? {};
    const summary = {
      model: path,
      data: source.name,
      rows: source.rows,
      latent,
      ...(output === undefined ? {} : { output }),
      ...(map === undefined ? {} : { map: picture, how, trustworthiness }),
    };
    await terminal.out(`${JSON.stringify(summary)}\n`);
  });
}

/** Refuses before any work is done. */
async function pictureFormat(path: string): Promise<"svg" | "png"> {
  const ending = extname(path).toLowerCase();
  if (ending !== ".svg" && ending !== ".png") {
    throw inputError("output.format", {
      place: `--map ${path}`,
      expected: "a name that ends in .svg or .png",
      got: ending === "" ? "a name without an ending" : `a name that ends in ${ending}`,
      hint: "give the picture one of these endings; positions as columns go to -o",
    });
  }
  await requireFolder(path);
  return ending === ".svg" ? "svg" : "png";
}

async function mapOf(
  { terminal, signal }: Context,
  model: LoadedModel,
  source: Source,
  seed: number,
): Promise<LatentMap> {
  const map = await model.map(source, {
    seed,
    signal,
    onArrange: ({ step, of }) => terminal.status(`arranging  ${Math.floor((100 * step) / of)}%`),
    onProgress: rowProgress(terminal, "placing"),
  });
  terminal.status("");
  return map;
}

async function writeCodes(
  { terminal, signal }: Context,
  model: LoadedModel,
  source: Source,
  map: LatentMap | undefined,
  { output, json = false }: Options,
): Promise<void> {
  const toArray = output?.toLowerCase().endsWith(".npy") === true;
  const kind = toArray ? "array" : "table";
  const sink = await openSink(output, { terminal, json, kind, rows: source.rows });
  const codes = model.encodeBatches(source, {
    signal,
    onProgress: rowProgress(terminal, "encoding"),
  });
  await pour(toArray ? arraysFrom(codes, map) : tablesFrom(codes, source, map), sink);
  if (output === undefined) return;
  const { latent } = model.info;
  const more = map === undefined ? "" : " and their places on the map";
  terminal.say(
    `${formatCount(source.rows, "code")} of ${formatCount(latent, "number")}${more} written to ${output}`,
  );
}

/** Where `rows` rows from `first` lie, two numbers each. */
function placesOf({ points }: LatentMap, first: number, rows: number): Float32Array {
  return points.data.subarray(2 * first, 2 * (first + rows));
}

async function* arraysFrom(
  codes: AsyncIterable<Matrix>,
  map: LatentMap | undefined,
): AsyncIterable<Rows> {
  let first = 0;
  for await (const { data, rows, columns } of codes) {
    if (map === undefined) yield { kind: "array", rows, shape: [columns], data };
    else {
      const wide = new Float32Array(rows * (columns + 2));
      const places = placesOf(map, first, rows);
      for (let row = 0; row < rows; row += 1) {
        wide.set(data.subarray(row * columns, (row + 1) * columns), row * (columns + 2));
        wide.set(places.subarray(2 * row, 2 * row + 2), row * (columns + 2) + columns);
      }
      yield { kind: "array", rows, shape: [columns + 2], data: wide };
    }
    first += rows;
  }
}

async function* tablesFrom(
  codes: AsyncIterable<Matrix>,
  source: Source,
  map: LatentMap | undefined,
): AsyncIterable<Rows> {
  const labels = await labelsOf(source);
  let first = 0;
  for await (const { data, rows } of codes) {
    const places =
      map === undefined
        ? []
        : numberColumns("map", placesOf(map, first, rows), rows).map((column, axis) => ({
            ...column,
            name: axis === 0 ? "map_x" : "map_y",
          }));
    const columns = [...numberColumns("latent", data, rows), ...places];
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
    const where =
      source.kind === "series"
        ? windowPlaces(source, first, rows)
        : source.kind === "interactions" && source.data.users !== undefined
          ? [textColumn("user", source.data.users.slice(first, first + rows))]
          : [];
    yield { kind: "table", rows, columns: [...where, ...columns, ...extra] };
    first += rows;
  }
}
