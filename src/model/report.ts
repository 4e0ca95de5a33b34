/** Gathers what the report shows of a model on data. */
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { Picture } from "../evaluate/denoising/picture.ts";
import { featuresOf } from "../losses/layout.ts";
import { collect } from "../data/memory.ts";
import { windowValues } from "../data/series-windows.ts";
import type { Rows, SeriesWindows, Source } from "../data/source.ts";
import type { Exhibit, ImageSheet, ReportData } from "../report/report-data.ts";
import { scaledDifference } from "../data/scaling.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import { tableCell } from "./blame.ts";
import { pickSource } from "./companions.ts";
import { shortName, sourceOf } from "./data.ts";
import { evaluateModel } from "./evaluate.ts";
import type { Inner } from "./runner.ts";
import { measureDenoising } from "./measure-denoising.ts";
import { usualMark } from "./measure-detection.ts";
import { shownScores, unusualIn } from "./report-unusual.ts";
import type {
  Data,
  Dimensions,
  Generative,
  Model,
  ModelInfo,
  ReportOptions,
  ScoreOptions,
  VerbOptions,
} from "./types.ts";

const MAP_ROWS = 3000;
const TYPICAL = 10;
const UNUSUAL = 10;
const SAMPLES = 40;
const DENOISED = 16;
const REPORT_SITE = 0x4e9;

export async function reportOn(
  inner: Inner,
  model: Model & Partial<Generative>,
  data: Data,
  options: ReportOptions,
): Promise<string> {
  const source = sourceOf(data);
  const { seed = 0, anomalies, signal } = options;
  const scored = await model.score(source, options);
  const points = source.kind === "series" ? await model.scorePoints(source, options) : undefined;
  const mark = anomalies === undefined ? await usualMark(source) : String(anomalies);
  const { clean, ...asked } = options;
  // Scored once is enough.
  const known = {
    ...model,
    score: async (rows: Data, verb: ScoreOptions = {}) =>
      rows === source ? scored : model.score(rows, verb),
    scorePoints: async (rows: Data, verb: VerbOptions = {}) =>
      (rows === source ? points : undefined) ?? model.scorePoints(rows, verb),
  };
  const evaluation = await evaluateModel(inner, known, source, { ...asked, curves: true });
  const labels = await source.labels?.();
  const mapped = permutation(atSite(keyAt(seed, 0), REPORT_SITE), source.rows)
    .slice(0, MAP_ROWS)
    .sort();
  const codes = await model.encode(await pickSource(source, mapped, signal), options);
  const { info } = model;
  const samples = model.origins.length === 0 ? undefined : await model.generate(SAMPLES, { seed });
  // Plots, pictures and maps take longer to load than the rest of the package together.
  const { renderReport } = await import("../report/render-report.ts");
  return renderReport({
    title: `${titleOf(info)} on ${shortName(info.training.data)}`,
    created: info.created,
    version: info.version,
    model: {
      family: info.family.name,
      body: info.body.name,
      latent: info.latent,
      inputs: featuresOf(inner.preprocessing.layout),
      parameters: info.parameters,
      options: { ...info.family.options, ...info.body.options },
    },
    data: describeData(info, source),
    training: {
      epochs: info.training.history,
      bestEpoch: info.training.bestEpoch,
      stopped: info.training.stopped,
      seconds: info.training.seconds,
      seed: info.training.seed,
      units: info.terms,
      warnings: info.training.warnings,
    },
    evaluation: describeEvaluation(evaluation),
    reconstructions: await exhibits(inner, model, source, scored.scores),
    latent: {
      codes: codes.data,
      rows: codes.rows,
      dimensions: codes.columns,
      labels: labels && Array.from(mapped, (row) => labels[row] ?? null),
      label: source.label,
      activity: deviations(codes.data, codes.columns),
      kl: evaluation.dimensions["kl"],
    },
    dimensions: describeDimensions(
      await model.dimensions(source, signal === undefined ? {} : { signal }),
    ),
    scores: shownScores(model, scored, points),
    unusual: await unusualIn(model, source, {
      scored,
      points,
      detection: evaluation.detection,
      anomalies: mark,
      signal,
    }),
    samples: samples && exhibitOf(samples),
    denoising: clean && describeDenoising(await measureDenoising(model, source, clean, asked)),
    compression: options.compression,
    judged: evaluation.samples,
  });
}

function describeDenoising({
  comparison,
  pictures: { noisy, denoised, clean, range },
}: Awaited<ReturnType<typeof measureDenoising>>): ReportData["denoising"] {
  return {
    comparison,
    noisy: sheetOf(noisy, range),
    denoised: sheetOf(denoised, range),
    clean: sheetOf(clean, range),
  };
}

/** Some pictures as bytes, black at 0 and white at the end of the range. */
function sheetOf(pictures: readonly Picture[], range: number): ImageSheet {
  const [{ height, width, channels } = { height: 1, width: 1, channels: 1 }] = pictures;
  const some = pictures.slice(0, DENOISED);
  const data = new Uint8ClampedArray(some.length * height * width * channels);
  for (const [i, picture] of some.entries())
    data.set(
      picture.data.map((value) => (255 * value) / range),
      i * height * width * channels,
    );
  return {
    kind: "images",
    count: some.length,
    height,
    width,
    channels,
    data: new Uint8Array(data.buffer),
  };
}

function titleOf({ family }: ModelInfo): string {
  return `${family.name.charAt(0).toUpperCase()}${family.name.slice(1)} autoencoder`;
}

function describeData(info: ModelInfo, source: Source): ReportData["data"] {
  const { schema, training } = info;
  const base = {
    name: shortName(training.data),
    kind: source.kind,
    trainingRows: training.rows,
    validationRows: training.validationRows,
  };
  switch (schema.kind) {
    case "table":
      return {
        ...base,
        description: `${schema.columns.length} columns`,
        leftOut: schema.leftOut,
        columns: schema.columns.map((column) => ({
          name: column.name,
          role: column.role,
          note:
            "words" in column
              ? `${column.words.length} categories`
              : column.scaling.tail
                ? "heavy-tailed"
                : "",
        })),
      };
    case "images":
      return {
        ...base,
        leftOut: [],
        columns: [],
        description: `${schema.width} × ${schema.height} × ${schema.channels}`,
      };
    case "array":
      return {
        ...base,
        leftOut: [],
        columns: [],
        description: `${schema.shape.join(" × ")} numbers a row`,
      };
    case "series":
      return {
        ...base,
        leftOut: [],
        columns: schema.channels.map(({ name, scaling }) => ({
          name,
          role: "channel",
          note: scaling.low === scaling.high ? "always the same" : "",
        })),
        description: `windows of ${schema.window} steps, ${schema.channels.length} channel${schema.channels.length === 1 ? "" : "s"}`,
      };
  }
}

function describeEvaluation(evaluation: Evaluation): ReportData["evaluation"] {
  return {
    on: shortName(evaluation.data),
    rows: evaluation.rows,
    metrics: evaluation.metrics,
    controls: evaluation.controls,
    notes: evaluation.notes,
    verdict: evaluation.findings,
  };
}

/** Of tables the columns tell enough; all else is shown as pictures or lines. */
function describeDimensions(found: Dimensions): ReportData["dimensions"] {
  const { dimensions, rows, ends, changes } = found;
  return {
    list: dimensions,
    rows,
    ends: ends.kind === "table" ? undefined : exhibitOf(ends),
    changes,
  };
}

/** Rows around the middle of the scores, and those at the top. */
async function exhibits(
  inner: Inner,
  model: Model,
  source: Source,
  scores: Float32Array,
): Promise<ReportData["reconstructions"]> {
  const order = Int32Array.from(scores.keys()).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number),
  );
  const unusualCount = Math.min(UNUSUAL, Math.floor(order.length / 2));
  const typicalCount = Math.min(TYPICAL, order.length - unusualCount);
  const middle = Math.max(0, Math.floor((order.length - unusualCount - typicalCount) / 2));
  const typical = order.slice(middle, middle + typicalCount);
  const unusual = order.slice(order.length - unusualCount).reverse();
  const picked = await pickSource(source, Int32Array.of(...typical, ...unusual));
  const chosen = await collect(picked);
  const again = await model.reconstruct(picked);
  const cellErrors = cellErrorsOf(inner, chosen, again);
  return {
    originals: exhibitOf(chosen, inner),
    reconstructions: exhibitOf(again, inner),
    ...(cellErrors === undefined ? {} : { cellErrors }),
    captions: [
      ...Array.from(typical, () => "typical"),
      ...Array.from(unusual, () => "most unusual"),
    ],
  };
}

/** @param inner given for tables, to keep to the model's own columns in its order */
function exhibitOf(rows: Rows, inner?: Inner): Exhibit {
  switch (rows.kind) {
    case "images":
      return {
        kind: "images",
        count: rows.rows,
        height: rows.height,
        width: rows.width,
        channels: rows.channels,
        data: rows.data,
      };
    case "array":
      return {
        kind: "lines",
        count: rows.rows,
        length: rows.data.length / rows.rows,
        data: Float32Array.from(rows.data),
      };
    case "series":
      // A line a window, its channels one after another.
      return {
        kind: "lines",
        count: rows.rows,
        length: rows.window * rows.channels.length,
        data: channelsInTurn(rows),
      };
    case "table": {
      const names = inner?.preprocessing.columns ?? rows.columns.map(({ name }) => name);
      const columns = names.flatMap(
        (name) => rows.columns.find((column) => column.name === name) ?? [],
      );
      return {
        kind: "table",
        columns: columns.map(({ name }) => name),
        rows: Array.from({ length: rows.rows }, (_, row) =>
          columns.map((column) => textOf(tableCell(column, row))),
        ),
      };
    }
  }
}

function channelsInTurn(windows: SeriesWindows): Float32Array {
  const { window, channels } = windows;
  const size = window * channels.length;
  const values = windowValues(windows);
  return Float32Array.from(values, (_, i) => {
    const [row, at] = [Math.floor(i / size), i % size];
    const [channel, step] = [Math.floor(at / window), at % window];
    return values[row * size + step * channels.length + channel] as number;
  });
}

function textOf(cell: ReturnType<typeof tableCell>): string | null {
  if (typeof cell === "number" && !Number.isInteger(cell))
    return String(Number(cell.toPrecision(6)));
  return cell === null ? null : String(cell);
}

/** For each cell of a table: distance in the column's spread; 1 for another category or missing-or-not. */
function cellErrorsOf(inner: Inner, actual: Rows, expected: Rows): Float32Array | undefined {
  const { schema } = inner.preprocessing;
  if (schema.kind !== "table" || actual.kind !== "table" || expected.kind !== "table")
    return undefined;
  const errors = new Float32Array(actual.rows * schema.columns.length);
  for (const [i, column] of schema.columns.entries()) {
    const [a, b] = [actual, expected].map(({ columns }) =>
      columns.find(({ name }) => name === column.name),
    );
    if (a === undefined || b === undefined) continue;
    for (let row = 0; row < actual.rows; row += 1) {
      const [x, y] = [tableCell(a, row), tableCell(b, row)];
      const numbers =
        "scaling" in column && x !== null && y !== null && a.type !== "text" && b.type !== "text";
      errors[row * schema.columns.length + i] = numbers
        ? scaledDifference(a.values[row] as number, b.values[row] as number, column.scaling)
        : Number(x !== y);
    }
  }
  return errors;
}

function deviations(codes: Float32Array, columns: number): number[] {
  const rows = codes.length / columns;
  return Array.from({ length: columns }, (_, column) => {
    const values = Array.from(
      { length: rows },
      (_unused, row) => codes[row * columns + column] as number,
    );
    const mean = values.reduce((a, b) => a + b, 0) / rows;
    return Math.sqrt(values.reduce((a, x) => a + (x - mean) ** 2, 0) / rows);
  });
}
