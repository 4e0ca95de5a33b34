/** `ae score`: how unusual each row is. */
import type { Command } from "commander";
import type { Column, Rows, Source, Table } from "../data/source.ts";
import type { Blame, ModelInfo, Scores } from "../model/types.ts";
import { formatCount, formatNumber, formatShare } from "../report/format.ts";
import { textColumn, tidy } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions, labelsOf } from "./data-options.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { rowProgress } from "./progress.ts";
import { createRanking } from "./ranking.ts";
import { count } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly explain?: string;
  readonly top?: string;
  readonly sort?: boolean;
  readonly json?: boolean;
}

/** Rows a chunk when everything was held back for sorting. */
const CHUNK = 8192;

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .argument("<data>", "a file, a folder of images, a glob or demo:NAME")
    .option(
      "-o, --output <file>",
      ".csv .tsv .parquet .ndjson .json (default: CSV on standard output)",
    )
    .option(
      "--explain <count>",
      "add the columns (or pixels) that the score comes from, so many a row",
    )
    .option("--top <count>", "only the most unusual rows, most unusual first")
    .option("--sort", "most unusual rows first")
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, data: string, options: Options) => run(context, model, data, options));
  addDataOptions(command);
  addExamples(command, [
    "ae score payments.onnx today.csv -o scores.csv",
    "ae score payments.onnx today.csv --explain 3 --top 20",
    "ae score shuttle.onnx shuttle.npz --array X --label y --sort -o scores.parquet",
  ]);
  command.addHelpText(
    "after",
    `
Columns: row (data rows counted from 1, as in error messages), score (higher = more unusual),
the label if there is one, and with --explain for each k: column_k, share_k (its part of the
score), actual_k (what was there) and expected_k (what the model expected).`,
  );
}

async function run(context: Context, path: string, data: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false } = options;
  const explain = options.explain === undefined ? 0 : count(0)(options.explain, "--explain");
  const top = options.top === undefined ? undefined : count()(options.top, "--top");
  await withModel(path, options, async (model) => {
    const source = await openSource(context, data, options, model);
    const limit = unusualFrom(model.info);
    const tally = { rows: 0, above: 0 };
    const sink = await openSink(output, { terminal, json, kind: "table", rows: source.rows });
    const batches = model.scoreBatches(source, {
      explain,
      signal,
      onProgress: rowProgress(terminal, "scoring"),
    });
    const parts = counted(batches, tally, limit);
    const ranked = top !== undefined || options.sort === true;
    const ordered = ranked ? sorted(parts, top ?? Infinity) : inOrder(parts);
    await pour(tables(ordered, source, explain), sink);
    terminal.say(summaryOf(tally, limit, model.info));
    if (output !== undefined) {
      terminal.say(`scores written to ${output}`);
      if (json) {
        const unusual = { above: limit, rows: tally.above };
        const summary = { model: path, data: source.name, rows: tally.rows, unusual, output };
        await terminal.out(`${JSON.stringify(summary)}\n`);
      }
    }
  });
}

/** Quantile of held-out rows above which a row counts as unusual. */
const UNUSUAL = 0.99;

function unusualFrom({ scores }: ModelInfo): number {
  const found = scores.quantiles.find(({ quantile }) => quantile === UNUSUAL);
  return found?.value ?? Infinity;
}

function summaryOf(
  { rows, above }: { readonly rows: number; readonly above: number },
  limit: number,
  { scores }: ModelInfo,
): string {
  const whose = scores.heldOut ? "rows held out in training" : "training rows";
  const share = formatShare(above / rows);
  return `${formatNumber(above)} of ${formatCount(rows, "row")} (${share}) score above ${formatNumber(limit)}, as 1% of the ${whose} do`;
}

interface Part extends Scores {
  /** Row of the first score, counted from 0. */
  readonly first: number;
}

/** Scores in the order that they are shown in, with the row of each. */
interface Shown extends Scores {
  readonly rows: ArrayLike<number>;
}

async function* counted(
  batches: AsyncIterable<Scores>,
  tally: { rows: number; above: number },
  limit: number,
): AsyncIterable<Part> {
  for await (const batch of batches) {
    const first = tally.rows;
    tally.rows += batch.scores.length;
    for (const score of batch.scores) if (score > limit) tally.above += 1;
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

async function* sorted(parts: AsyncIterable<Part>, most: number): AsyncIterable<Shown> {
  const ranking = createRanking(most);
  for await (const { first, scores, blame } of parts) ranking.add(first, scores, blame);
  const rows = ranking.rows();
  for (let at = 0; at < rows.length; at += CHUNK) {
    const some = rows.slice(at, at + CHUNK);
    yield {
      rows: some.map(({ row }) => row),
      scores: Float32Array.from(some, ({ score }) => score),
      blame: some.map(({ blame }) => blame),
    };
  }
}

async function* tables(
  parts: AsyncIterable<Shown>,
  source: Source,
  explain: number,
): AsyncIterable<Rows> {
  const labels = await labelsOf(source);
  for await (const part of parts) yield tableOf(part, labels, explain);
}

function tableOf(
  { rows, scores, blame = [] }: Shown,
  labels: Awaited<ReturnType<typeof labelsOf>>,
  explain: number,
): Table {
  const reasons = Array.from({ length: explain }, (_, k): readonly Column[] => {
    const kth = blame.map((reason) => reason[k]);
    const words = (name: string, of: (reason: Blame | undefined) => string | null): Column =>
      textColumn(`${name}_${k + 1}`, kth.map(of));
    return [
      words("column", (reason) => reason?.column ?? null),
      {
        name: `share_${k + 1}`,
        type: "number",
        values: Float64Array.from(kth, (reason) => tidy(reason?.share ?? Number.NaN)),
      },
      words("actual", (reason) => cell(reason?.actual)),
      words("expected", (reason) => cell(reason?.expected)),
    ];
  }).flat();
  const taken = ["row", "score", ...reasons.map(({ name }) => name)];
  const label =
    labels === undefined
      ? []
      : [
          textColumn(
            taken.includes(labels.name) ? "label" : labels.name,
            Array.from(rows, (row) => labels.values[row] ?? null),
          ),
        ];
  const numbers = new Float64Array(rows.length);
  const tidied = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i += 1) {
    numbers[i] = (rows[i] as number) + 1;
    tidied[i] = tidy(scores[i] as number);
  }
  return {
    kind: "table",
    rows: rows.length,
    columns: [
      { name: "row", type: "integer", values: numbers },
      { name: "score", type: "number", values: tidied },
      ...label,
      ...reasons,
    ],
  };
}

function cell(value: string | number | boolean | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "number" ? String(tidy(value)) : String(value);
}
