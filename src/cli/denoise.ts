/** `ae denoise`: rows without their noise, tables without gaps. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Rows, Source } from "../data/source.ts";
import type { DenoiseOptions, Denoised } from "../model/types.ts";
import { formatCount } from "../report/format.ts";
import { freeName, textColumn, tidyRows } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions, labelsOf } from "./data-options.ts";
import type { Changes } from "./denoise-changes.ts";
import { changedColumn, changesText, createChanges } from "./denoise-changes.ts";
import { openPictures, pictureSink } from "./denoise-pictures.ts";
import type { LoadedModel } from "./model-verb.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { rowProgress } from "./progress.ts";
import { pointTables } from "./reconstruct-series.ts";
import { realPoints } from "./series-columns.ts";
import { count, number, share } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly repair?: string;
  readonly rounds?: string;
  readonly noise?: string;
  readonly marks?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train, best of the family denoising or masked")
    .argument("<data>", "a file, a folder of images, a glob or demo:NAME")
    .option(
      "-o, --output <file>",
      "tables, arrays, series: .csv .tsv .parquet .ndjson .json; images: folder/, .png or .npy (default: CSV on standard output)",
    )
    .option(
      "--repair <rate>",
      "tables: replace cells as far off as less than this share of usual ones; off: only fill in what is missing (default: 0.0001)",
    )
    .option(
      "--rounds <count>",
      "tables: times that gaps are filled in, each from the last (default: 2)",
    )
    .option(
      "--marks <file>",
      "tables: also a table of the changed cells: row, column, was, now, why",
    )
    .option(
      "--noise <deviation>",
      "models trained on noisy data alone: how strong the noise is, of images from 0 to 1 (default: estimated)",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae denoise scans.onnx scans/ -o clean/",
    "ae denoise patients.onnx patients.csv -o complete.csv --marks changes.csv",
    "ae denoise patients.onnx patients.csv -o complete.csv --repair off",
    "ae denoise pump.onnx pump.csv --as series -o smooth.csv",
  ]);
  command.addHelpText(
    "after",
    `
Images may be larger or smaller than those of training, each of its own size: overlapping tiles are
blended. Tables keep every cell but those that were missing or that the rest of the row contradicts; a
column changed names these. Series come back a row a point, holes filled in.

How to train, by what you have:
  clean data               ae train clean/ --family denoising --corruption gaussian --level 0.2
  noisy and clean pairs    ae train noisy/ --clean clean/ --family denoising
  noisy data alone         ae train noisy/ --family masked --patch 1
  a table                  ae train table.csv --family masked`,
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const asked = askedFrom(options);
  await withModel(path, options, async (model) => {
    const { kind } = model.info.schema;
    const notes: string[] = [];
    const verb: DenoiseOptions = {
      ...asked,
      signal,
      onProgress: rowProgress(terminal, "denoising"),
      onNote: (note) => void (notes.includes(note) || notes.push(note)),
    };
    const job = { context, model, data, options, verb };
    const summary =
      kind === "images"
        ? await images(job)
        : kind === "series"
          ? await series(job)
          : await cells(job);
    for (const note of notes) terminal.say(terminal.colors.dim(note));
    const { output, json = false } = options;
    if (output === undefined || !json) return;
    const all = { model: path, data, ...summary, ...(notes.length > 0 ? { notes } : {}), output };
    await terminal.out(`${JSON.stringify(all)}\n`);
  });
}

function askedFrom({ repair, rounds, noise }: Options): DenoiseOptions {
  return {
    ...(repair === undefined ? {} : { repair: repair === "off" ? false : rateOf(repair) }),
    ...(rounds === undefined ? {} : { rounds: count()(rounds, "--rounds") }),
    ...(noise === undefined ? {} : { noise: number(noise, "--noise") }),
  };
}

function rateOf(repair: string): number {
  const rate = share(repair, "--repair");
  if (rate > 0) return rate;
  throw inputError("options.invalid", {
    place: "--repair",
    expected: "a share of usual cells above 0, such as 0.0001, or off",
    got: repair,
    hint: "off replaces nothing; a smaller share replaces less",
  });
}

type Summary = Readonly<Record<string, unknown>>;

interface Job {
  readonly context: Context;
  readonly model: LoadedModel;
  readonly data: string;
  readonly options: Options;
  readonly verb: DenoiseOptions;
}

async function images({ context, model, data, options, verb }: Job): Promise<Summary> {
  const { terminal } = context;
  refuseMarks(options);
  const { output, json = false } = options;
  const sources = await openPictures(context, model, data, options);
  const rows = sources.reduce((sum, source) => sum + source.rows, 0);
  const sink =
    pictureSink(output, sources) ??
    (await openSink(output, { terminal, json, kind: "images", rows }));
  await pour(eachOf(model, sources, verb), sink);
  if (output !== undefined) terminal.say(`${formatCount(rows, "image")} written to ${output}`);
  return { rows };
}

async function* eachOf(
  model: LoadedModel,
  sources: readonly Source[],
  verb: DenoiseOptions,
): AsyncGenerator<Rows> {
  for (const source of sources)
    for await (const { rows } of model.denoiseBatches(source, verb)) yield rows;
}

async function series({ context, model, data, options, verb }: Job): Promise<Summary> {
  const { terminal } = context;
  const { signal, onProgress, ...asked } = verb;
  refuseMarks(options);
  const { output, json = false } = options;
  const source = await openSource(context, data, options, model);
  if (source.kind !== "series") throw new TypeError("a model of series opens series");
  const rows = realPoints(source.points).length;
  const sink = await openSink(output, { terminal, json, kind: "table", rows });
  const { onNote: _, ...given } = asked;
  const reading = {
    ...given,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  };
  await pour(tidyRows(pointTables(source, await model.denoisePoints(source, reading))), sink);
  if (output !== undefined) terminal.say(`${formatCount(rows, "row")} written to ${output}`);
  return { rows };
}

async function cells({ context, model, data, options, verb }: Job): Promise<Summary> {
  const { terminal } = context;
  const { output, marks, json = false } = options;
  if (output !== undefined && marks !== undefined && resolve(output) === resolve(marks)) {
    throw inputError("options.invalid", {
      place: "--marks",
      expected: "another file than -o",
      got: marks,
      hint: "the rows and the list of changes are two tables",
    });
  }
  const source = await openSource(context, data, options, model);
  const { kind } = model.info.schema;
  const changes = createChanges();
  const sink = await openSink(output, { terminal, json, kind, rows: source.rows });
  const list =
    marks === undefined
      ? undefined
      : await openSink(marks, { terminal, json: false, kind: "table", rows: source.rows });
  try {
    await pour(
      tidyRows(
        marked(source, model.denoiseBatches(withGiven(source, changes), verb), changes, list),
      ),
      sink,
    );
  } catch (error) {
    await list?.discard();
    throw error;
  }
  await list?.close();
  terminal.say(changesText(changes));
  if (output !== undefined) terminal.say(`${formatCount(source.rows, "row")} written to ${output}`);
  return { rows: source.rows, imputed: changes.imputed, repaired: changes.repaired };
}

/** The rows as they were read, kept until what became of them is known. */
function withGiven(source: Source, changes: Changes): Source {
  const read = async function* (options: Parameters<Source["read"]>[0]): AsyncGenerator<Rows> {
    changes.given.length = 0;
    for await (const rows of source.read(options)) {
      changes.given.push(rows);
      // The walk that judges what is usual gives nothing back: keep no more than one chunk of it.
      if (changes.given.length > 2) changes.given.shift();
      yield rows;
    }
  };
  return { ...source, read } as Source;
}

async function* marked(
  source: Source,
  batches: AsyncIterable<Denoised>,
  changes: Changes,
  list: Awaited<ReturnType<typeof openSink>> | undefined,
): AsyncGenerator<Rows> {
  const labels = await labelsOf(source);
  let first = 0;
  for await (const batch of batches) {
    const { rows } = batch;
    const cells = changes.add(batch, first);
    if (cells !== undefined) await list?.write(cells);
    if (rows.kind !== "table") yield rows;
    else {
      const names = rows.columns.map(({ name }) => name);
      const label =
        labels === undefined
          ? []
          : [
              textColumn(
                freeName(labels.name, names),
                labels.values.slice(first, first + rows.rows),
              ),
            ];
      const changed = freeName("changed", [...names, ...label.map(({ name }) => name)]);
      yield {
        ...rows,
        columns: [...rows.columns, ...label, changedColumn(changed, batch)],
      };
    }
    first += rows.rows;
  }
}

function refuseMarks({ marks }: Options): void {
  if (marks === undefined) return;
  throw inputError("options.invalid", {
    place: "--marks",
    expected: "a table, whose cells are marked one by one",
    got: "other data",
    hint: "leave it out",
  });
}
