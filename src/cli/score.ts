/** `ae score`: how unusual each row is, and which raise an alarm. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Source } from "../data/source.ts";
import type { DriftWatch } from "../detect/calibration.ts";
import { alarmsOf, watchDrift } from "../detect/calibration.ts";
import type { ModelInfo, Scores } from "../model/types.ts";
import { formatCount, formatNumber, formatShare } from "../report/format.ts";
import { alarmSummary, driftText, firstGiven, requireAlarmsWith } from "./alarm-words.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import type { LoadedModel } from "./model-verb.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { rowProgress } from "./progress.ts";
import { createRanking } from "./ranking.ts";
import type { Shown } from "./score-tables.ts";
import { alarmsAlone, scoreTables } from "./score-tables.ts";
import { count, oneOf } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly by: string;
  readonly explain?: string;
  readonly alarms?: boolean;
  readonly top?: string;
  readonly sort?: boolean;
  readonly intervals?: boolean;
  readonly heatmap?: string;
  readonly keep?: readonly string[];
  readonly all?: boolean;
  readonly adapt?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** Rows a chunk when everything was held back for sorting. */
const CHUNK = 8192;

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument("<data>", "a file, a folder of images, a glob, demo:NAME, or - for rows as they come")
    .option(
      "-o, --output <file>",
      ".csv .tsv .parquet .ndjson .json (default: CSV on standard output)",
    )
    .option(
      "--by <distance|reconstruction>",
      "distance from what was learned, or the family's own reconstruction loss, which is faster and raises no alarms",
      "distance",
    )
    .option(
      "--explain <count>",
      "add the columns (or pixels) that the score comes from, so many a row",
    )
    .option("--alarms", "only the rows that raise an alarm")
    .option("--top <count>", "only the most unusual rows, most unusual first")
    .option("--sort", "most unusual rows first")
    .option("--intervals", "series: when something was unusual, an interval a row, and where")
    .option(
      "--heatmap <folder>",
      "images: pictures of where the most unusual ones are (default: 20, else --top)",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS);
  command
    .optionsGroup("Rows as they come (DATA is -):")
    .option("--keep <fields>", "fields of each row to repeat beside its score, as id,time", listed)
    .option("--all", "repeat all fields of each row")
    .option("--adapt <count>", "let the threshold follow the scores of so many rows before")
    .option("--strict", "stop at the first line that is no row")
    .optionsGroup("Options:")
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae score payments.onnx today.csv -o scores.csv",
    "ae score payments.onnx today.csv --alarms --explain 3",
    "ae score machine.onnx today.csv --intervals",
    "ae score films.onnx ratings.csv --explain 3 --top 20",
    "ae score parts.onnx photos/ --heatmap where/ --top 10",
    "ae score shuttle.onnx shuttle.npz --array X --label y --sort -o scores.parquet",
    "tail -f payments.ndjson | ae score payments.onnx - --keep id --explain 2",
  ]);
  command.addHelpText(
    "after",
    `
Columns: row (data rows counted from 1, as in error messages), score (how far the row lies from all
that was learned from: 1 is usual, 2 twice as far out), p_value (the chance that a usual row scores as
high), alarm (whether the score lies above the threshold, see ae threshold), the label if there is one,
and with --explain for each k: column_k, share_k (what it adds to the distance beyond the usual),
actual_k (what was there) and expected_k (what the training rows have that lie nearest, on average).
With --by reconstruction the score is the family's own loss, share_k its part of that, expected_k what
the model gives back, and there is no p_value and no alarm.

Of interactions, a row a user: user comes first, the score is in nats an interaction, and with --explain
for each k: item_k, share_k (its part of the surprise, in nats) and chance_k (its chance to be next).

Of series, a row a point: its series and time come before. With --intervals a row an interval of
points above the threshold: start, end, first_row, last_row, how many points are above, the peak,
and the channels to blame with their share of the score.

With - for DATA, rows come from standard input as NDJSON, an object a line (for models of arrays and
images, an array of numbers), and go to standard output as soon as they are scored, in their order:
  {"row":1,"score":0.93,"p_value":0.61,"alarm":false}
with "reasons" by --explain and the fields named by --keep. Fields that the model does not know are
passed over; null is a missing value. A line that is no row gives {"row":n,"error":"…"}, and exit code 1
at the end. --adapt N sets the threshold anew by the last N rows, by the model's rule, alarms included:
what stays unusual for so many rows becomes usual.`,
  );
}

function listed(value: string, before: readonly string[] = []): readonly string[] {
  return [
    ...before,
    ...value
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  ];
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false, sort = false, intervals = false, heatmap } = options;
  const by = oneOf(["distance", "reconstruction"])(options.by, "--by");
  const explain = options.explain === undefined ? 0 : count(0)(options.explain, "--explain");
  const top = options.top === undefined ? undefined : count()(options.top, "--top");
  requireAlarmsWith(by, { "--alarms": options.alarms, "--adapt": options.adapt });
  if (data === "-") {
    const { scoreStream } = await import("./score-stream.ts");
    const adapt = options.adapt === undefined ? undefined : count()(options.adapt, "--adapt");
    refuse("as rows come there is no end to wait for", {
      "--top": top,
      "--sort": sort,
      "--intervals": intervals,
      "--heatmap": heatmap,
      "-o": output,
    });
    const { keep = [], all = false, strict = false, alarms: only = false } = options;
    await withModel(path, options, (model) =>
      scoreStream(context, process.stdin, model, {
        path,
        by,
        explain,
        keep,
        all,
        strict,
        only,
        adapt,
      }),
    );
    return;
  }
  refuse("it is for rows as they come, with - for DATA", {
    "--keep": options.keep,
    "--all": options.all,
    "--adapt": options.adapt,
    "--strict": options.strict,
  });
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    if (source.kind === "series") {
      if (by === "reconstruction") throw noSeries();
      const { scoreSeries } = await import("./score-series.ts");
      const { alarms: only = false } = options;
      const asked = { path, data, explain, top, sort, intervals, only, output, json };
      await scoreSeries(context, model, source, asked);
      return;
    }
    if (intervals) throw noIntervals(source);
    if (heatmap !== undefined && source.kind !== "images") throw noImages(source);
    const tally = createTally(model, by);
    const sink = await openSink(output, { terminal, json, kind: "table", rows: source.rows });
    const batches = model.scoreBatches(source, {
      by,
      explain,
      signal,
      onProgress: rowProgress(terminal, "scoring"),
    });
    const most = createRanking(top ?? HEATMAPS);
    const parts = counted(batches, tally, heatmap === undefined ? undefined : most);
    const ordered =
      top !== undefined || sort ? sorted(parts, top ?? Infinity, model, by) : inOrder(parts);
    const shown = options.alarms === true ? alarmsAlone(ordered) : ordered;
    await pour(scoreTables(shown, source, explain), sink);
    terminal.say(summaryOf(tally, model, by));
    const drift = tally.drift?.drift();
    if (drift?.drifted === true) {
      const words = driftText(drift, model.info, { which: "these rows", model: path, data });
      terminal.say(`${terminal.colors.yellow("warning:")} ${words}`);
    }
    if (heatmap !== undefined) {
      const { writeHeatPictures } = await import("./heat-pictures.ts");
      const rows = Int32Array.from(most.rows(), ({ row }) => row);
      await writeHeatPictures(context, model, source, rows, heatmap);
    }
    if (output === undefined) return;
    terminal.say(`scores written to ${output}`);
    if (json) {
      const { rows, above, limit } = tally;
      const unusual = { above: limit, rows: above };
      const found = { rows, unusual, drifted: drift?.drifted, output };
      await terminal.out(`${JSON.stringify({ model: path, data: source.name, ...found })}\n`);
    }
  });
}

/** Pictures of the most unusual images, where nobody says how many. */
const HEATMAPS = 20;

function refuse(why: string, given: Readonly<Record<string, unknown>>): void {
  const flag = firstGiven(given);
  if (flag === undefined) return;
  throw inputError("options.invalid", {
    place: flag,
    expected: why,
    got: flag,
    hint: flag === "-o" ? "send standard output to a file: > scores.ndjson" : `leave out ${flag}`,
  });
}

function noIntervals({ name, kind }: Source): Error {
  return inputError("options.invalid", {
    place: "--intervals",
    expected: "series, whose rows follow each other in time",
    got: `${name}, ${kind === "images" ? "images" : `a plain ${kind}`}`,
    hint: "train the model with --as series",
  });
}

function noSeries(): Error {
  return inputError("options.invalid", {
    place: "--by reconstruction",
    expected: "rows that stand for themselves",
    got: "series, whose points have a score by distance alone",
    hint: "leave it out",
  });
}

function noImages({ name, kind }: Source): Error {
  return inputError("options.invalid", {
    place: "--heatmap",
    expected: "images",
    got: `${name}, ${kind === "array" ? "an array" : `a ${kind}`}`,
    hint: "--explain names the columns that a score comes from",
  });
}

interface Tally {
  rows: number;
  above: number;
  /** Score above which a row is unusual. */
  readonly limit: number;
  /** Whether rows are still like those of the calibration; of scores by distance. */
  readonly drift: DriftWatch | undefined;
}

/** Quantile of usual rows above which a row counts as unusual by its reconstruction. */
const UNUSUAL = 0.99;

function createTally({ info, calibration }: LoadedModel, by: "distance" | "reconstruction"): Tally {
  if (by === "distance") {
    const limit = Math.fround(info.alarms.value);
    return { rows: 0, above: 0, limit, drift: watchDrift(calibration) };
  }
  const { quantiles } = info.scores.reconstruction;
  const limit = quantiles.find(({ quantile }) => quantile === UNUSUAL)?.value ?? Infinity;
  return { rows: 0, above: 0, limit, drift: undefined };
}

function summaryOf({ rows, above, limit }: Tally, model: LoadedModel, by: string): string {
  if (by === "distance") return alarmSummary({ rows, alarms: above }, model);
  const { scores }: Pick<ModelInfo, "scores"> = model.info;
  const whose = scores.heldOut ? "rows held out in training" : "training rows";
  const share = formatShare(above / rows);
  return `${formatNumber(above)} of ${formatCount(rows, "row")} (${share}) score above ${formatNumber(limit)} ${scores.reconstruction.unit}, as 1% of the ${whose} do`;
}

interface Part extends Scores {
  /** Row of the first score, counted from 0. */
  readonly first: number;
}

/** @param most where the highest scores are to be kept too */
async function* counted(
  batches: AsyncIterable<Scores>,
  tally: Tally,
  most: ReturnType<typeof createRanking> | undefined,
): AsyncIterable<Part> {
  const { drift, limit } = tally;
  for await (const batch of batches) {
    const first = tally.rows;
    tally.rows += batch.scores.length;
    for (const score of batch.scores) if (score > limit) tally.above += 1;
    if (drift !== undefined) for (const pValue of batch.pValues ?? []) drift.add(pValue);
    most?.add(first, batch.scores);
    yield { first, ...batch };
  }
}

async function* inOrder(parts: AsyncIterable<Part>): AsyncIterable<Shown> {
  for await (const { first, ...part } of parts) {
    const rows = new Float64Array(part.scores.length);
    for (let i = 0; i < rows.length; i += 1) rows[i] = first + i;
    yield { ...part, rows };
  }
}

async function* sorted(
  parts: AsyncIterable<Part>,
  most: number,
  { info, calibration }: LoadedModel,
  by: "distance" | "reconstruction",
): AsyncIterable<Shown> {
  const ranking = createRanking(most);
  for await (const { first, scores, blame } of parts) ranking.add(first, scores, blame);
  const rows = ranking.rows();
  for (let at = 0; at < rows.length; at += CHUNK) {
    const some = rows.slice(at, at + CHUNK);
    const scores = Float32Array.from(some, ({ score }) => score);
    yield {
      rows: some.map(({ row }) => row),
      scores,
      ...(by === "distance" ? alarmsOf(scores, calibration, info.alarms) : {}),
      blame: some.map(({ blame }) => blame),
    };
  }
}
