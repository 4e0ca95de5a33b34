/** Gathers what the report shows of a model on data. */
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { Picture } from "../evaluate/denoising/picture.ts";
import type { RecommendationJudgement } from "../evaluate/recommendation/index.ts";
import { isEven } from "../evaluate/recommendation/index.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Source } from "../data/source.ts";
import type { ImageSheet, ReportData } from "../report/report-data.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import { pickSource } from "./companions.ts";
import { shortName, sourceOf } from "./data.ts";
import { evaluateModel } from "./evaluate.ts";
import type { Inner } from "./runner.ts";
import { measureDenoising } from "./measure-denoising.ts";
import { usualMark } from "./measure-detection.ts";
import { peopleIn } from "./report-choices.ts";
import { exhibitOf, exhibits } from "./report-exhibits.ts";
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
  const learned = model.info.head !== undefined;
  const usual = learned ? undefined : await usualMark(source);
  const mark = anomalies === undefined ? usual : String(anomalies);
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
      source.kind,
      options.titles,
    ),
    scores: shownScores(model, scored, points),
    unusual: await unusualIn(model, source, {
      scored,
      points,
      detection: evaluation.detection,
      anomalies: mark,
      titles: options.titles,
      signal,
    }),
    samples: samples && exhibitOf(samples),
    denoising: clean && describeDenoising(await measureDenoising(model, source, clean, asked)),
    labels: evaluation.labels,
    recommendation:
      source.kind === "interactions" ? await peopleIn(inner, model, source, options) : undefined,
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
    case "interactions":
      return {
        ...base,
        leftOut: [],
        columns: [],
        description: `${schema.items.length.toLocaleString("en")} items`,
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
    even: evaluation.recommendation && evenIn(evaluation.recommendation),
    notes: evaluation.notes,
    verdict: evaluation.findings,
  };
}

function evenIn({ controls }: RecommendationJudgement): ReportData["evaluation"]["even"] {
  return Object.fromEntries(
    Object.entries(controls).map(([name, { lead }]) => [
      name,
      Object.entries(lead).flatMap(([figure, one]) => (isEven(one) ? [figure] : [])),
    ]),
  );
}

/**
 * Of tables and interactions the columns and items tell enough; all else is shown as pictures or lines.
 */
function describeDimensions(
  found: Dimensions,
  kind: Source["kind"],
  titles: ReportOptions["titles"] = new Map(),
): ReportData["dimensions"] {
  const { dimensions, rows, ends, changes } = found;
  return {
    list: dimensions.map((one) => ({
      ...one,
      moves: one.moves.map((move) => ({ ...move, column: titles.get(move.column) ?? move.column })),
    })),
    rows,
    ends: kind === "table" || kind === "interactions" ? undefined : exhibitOf(ends),
    changes,
  };
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
