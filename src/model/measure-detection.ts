/** How well a model's score finds the rows that a label marks, beside the controls. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Labels } from "../data/labels.ts";
import type { SeriesSource, Source } from "../data/source.ts";
import { rawContender } from "../evaluate/contenders.ts";
import type { Detection, FittedControls } from "../evaluate/detection/compare.ts";
import { fitControls, judged } from "../evaluate/detection/compare.ts";
import type { Lanes } from "../evaluate/detection/compare-series.ts";
import { compareSeries } from "../evaluate/detection/compare-series.ts";
import type { Points } from "../evaluate/detection/detector.ts";
import { drawnRows } from "../evaluate/detection/points.ts";
import { codesProgram } from "../evaluate/program.ts";
import { featuresOf } from "../losses/layout.ts";
import { writeModel } from "../onnx/write.ts";
import type { Network } from "../train/network.ts";
import { sourceOf } from "./data.ts";
import type { Inner } from "./runner.ts";
import { requireSeries } from "./score-points.ts";
import type { EvaluateOptions, Model } from "./types.ts";

/** Rows that controls are fitted on, at most, and the numbers they hold: 16 MB. */
const MOST_ROWS = 20_000;
const MOST_NUMBERS = 2 ** 22;
/** Which rows are drawn, and the controls' own chance, are fixed: same data, same figures. */
const SEED = 0;

interface Setting {
  readonly engine: ReturnType<Inner["engine"]>;
  readonly network: Network;
  readonly blocks: (rows: Source) => ReturnType<Inner["chunks"]>;
  readonly scored: Pick<Model, "score" | "scorePoints">;
}

/** What is asked for, and whether the curves are to be drawn. */
export interface DetectionRequest {
  readonly controlsFrom?: EvaluateOptions["controlsFrom"] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly curves?: boolean;
}

/** Labels that answer yes or no, and the one of them that means yes. */
const MARKS = [
  { no: "0", yes: "1" },
  { no: "false", yes: "true" },
];

/**
 * The label that marks anomalies where nobody says which: of labels that are 0 and 1, or false and
 * true, the 1, if it is the rarer one.
 */
export async function usualMark(source: Source): Promise<string | undefined> {
  const labels = labelsOf(source, await source.labels?.());
  const counts = new Map<string, number>();
  for (const label of labels ?? []) {
    if (label === null) continue;
    counts.set(label, (counts.get(label) ?? 0) + 1);
    if (counts.size > 2) return undefined;
  }
  const rarer = ({ no, yes }: (typeof MARKS)[number]): boolean => {
    const [zeros, ones] = [counts.get(no), counts.get(yes)];
    return zeros !== undefined && ones !== undefined && ones < zeros;
  };
  return MARKS.find(rarer)?.yes;
}

/** Of series, labels are those of the points. */
function labelsOf(source: Source, labels: Labels | undefined): Labels | undefined {
  return source.kind === "series" ? source.points.labels : labels;
}

/** @throws `data.labels` where there are no labels, no anomaly, or nothing else */
export async function measureDetection(
  setting: Setting,
  source: Source,
  anomalies: string,
  { controlsFrom, signal, curves = false }: DetectionRequest,
): Promise<Detection> {
  if (source.kind === "series")
    return measureSeries(setting, source, anomalies, { controlsFrom, signal, curves });
  const { network, scored } = setting;
  const { known, marks } = marked(source, await source.labels?.(), anomalies);
  const usual = controlsFrom === undefined ? source : sourceOf(controlsFrom);
  const { scores } = await scored.score(source, signal === undefined ? {} : { signal });
  const width = featuresOf(network.preprocessing.layout);
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_NUMBERS / width)));
  const chosen = drawnRows(usual.rows, most, SEED);
  const points = await featuresAt(setting, usual, chosen, width);
  const controls = fitControls(points, { seed: SEED, toScore: source.rows });
  const own = controlsFrom === undefined ? chosen : undefined;
  const found = await controlScores(setting, source, controls, own);
  const kept = (values: ArrayLike<number>) => Array.from(known, (row) => values[row] as number);
  const ours = kept(scores);
  const detection = judged(marks, ours, controls, found.map(kept), { curves }) as Detection;
  const unlabelled = source.rows - known.length;
  const how =
    controlsFrom === undefined
      ? "on these same rows, not knowing their labels; --controls-from names others to learn from"
      : `on ${usual.name}, not knowing any labels`;
  return {
    ...detection,
    notes: [
      `Controls of anomaly detection were fitted ${how}.`,
      ...(chosen.length < usual.rows
        ? [`They learned from ${counted(chosen.length)} of its ${counted(usual.rows)} rows.`]
        : []),
      ...(unlabelled > 0
        ? [`${counted(unlabelled)} rows without a label were left out of anomaly detection.`]
        : []),
      ...controls.notes,
    ],
  };
}

/** Of series the points are judged, beside the control for series. */
async function measureSeries(
  { scored }: Setting,
  source: SeriesSource,
  anomalies: string,
  { controlsFrom, signal, curves }: DetectionRequest,
): Promise<Detection> {
  const { labels, rows } = source.points;
  marked(
    source,
    labels?.filter((_, point) => rows[point] !== -1),
    anomalies,
  );
  const usual = controlsFrom === undefined ? source : requireSeries(controlsFrom);
  const { scores } = await scored.scorePoints(source, signal === undefined ? {} : { signal });
  // A point that fills a gap is no row of the data.
  const marks = Int8Array.from(scores, (_, point) => {
    const label = labels?.[point] ?? null;
    return label === null || rows[point] === -1 ? -1 : Number(label === anomalies);
  });
  const own = { lanes: lanesOf(source), marks, scores };
  const detection = compareSeries(lanesOf(usual), own, { seed: SEED, curves: curves === true });
  if (detection === undefined) throw noneCovered(source);
  const how = controlsFrom === undefined ? "these same series" : usual.name;
  const unlabelled = rows.filter((row) => row !== -1).length - detection.rows;
  return {
    ...detection,
    notes: [
      `Sub-sequence PCA learned from ${how}, not knowing any labels${controlsFrom === undefined ? "; --controls-from names others to learn from" : ""}.`,
      ...(unlabelled > 0
        ? [`${counted(unlabelled)} points without a label were left out of anomaly detection.`]
        : []),
      ...detection.notes,
    ],
  };
}

function lanesOf({ values, channels, points }: SeriesSource): Lanes {
  return { values, channels: channels.length, series: points.series };
}

function noneCovered({ name }: Source): Error {
  return inputError("data.labels", {
    place: `${name}, labelled points that have a score`,
    expected: "some that are anomalies and some that are not",
    got: "one kind alone",
  });
}

/** The rows that have a label, and which of them are anomalies. */
function marked(source: Source, labels: Labels | undefined, anomalies: string) {
  const known = Int32Array.from(labels?.keys() ?? []).filter((row) => labels?.[row] !== null);
  const marks = Uint8Array.from(known, (row) => Number(labels?.[row] === anomalies));
  const count = marks.reduce((sum, mark) => sum + mark, 0);
  if (count > 0 && count < marks.length) return { known, marks };
  const words = [...new Set(labels)].filter((word) => word !== null && word !== undefined);
  throw inputError("data.labels", {
    place: `${source.name}, anomalies marked by the label ${JSON.stringify(anomalies)}`,
    expected: "labelled rows, some with that label and some with another",
    got:
      labels === undefined
        ? "no labels"
        : count === 0
          ? `none of ${marks.length} with it; labels are ${listed(words)}`
          : `all ${count} with it`,
    hint:
      labels === undefined
        ? "name them with --label, or { label } when reading"
        : "check how the label is written",
  });
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, 5).map((word) => JSON.stringify(word));
  return words.length > 5 ? `${shown.join(", ")} …` : shown.join(", ");
}

/** Blocks of features, as the network sees them. */
async function* featureBlocks(
  { engine, network, blocks }: Setting,
  source: Source,
): AsyncIterable<{ readonly first: number; readonly points: Points }> {
  const contender = rawContender(network.preprocessing.layout);
  const session = await engine.open(writeModel(codesProgram(network, [contender])));
  try {
    for await (const { first, rows, feeds } of blocks(source)) {
      const { data } = (await session.run(feeds))[contender.name] as Tensor<"float32">;
      yield { first, points: { rows: rows.rows, columns: contender.latent, data } };
    }
  } finally {
    await session.release();
  }
}

/** @param chosen rising */
async function featuresAt(
  setting: Setting,
  source: Source,
  chosen: Int32Array,
  columns: number,
): Promise<Points> {
  const data = new Float32Array(chosen.length * columns);
  let next = 0;
  for await (const { first, points } of featureBlocks(setting, source)) {
    for (; next < chosen.length; next += 1) {
      const at = (chosen[next] as number) - first;
      if (at >= points.rows) break;
      data.set(points.data.subarray(at * columns, (at + 1) * columns), next * columns);
    }
  }
  return { rows: chosen.length, columns, data };
}

/** @param own the rows of the source that the controls were fitted on, rising */
async function controlScores(
  setting: Setting,
  source: Source,
  controls: FittedControls,
  own: Int32Array | undefined,
): Promise<readonly Float64Array[]> {
  const all = controls.names.map(() => new Float64Array(source.rows));
  const places = new Map(Array.from(own ?? [], (row, place) => [row, place]));
  for await (const { first, points } of featureBlocks(setting, source)) {
    const fittedRow = Int32Array.from(
      { length: points.rows },
      (_, at) => places.get(first + at) ?? -1,
    );
    for (const [i, scores] of controls.score(points, { fittedRow }).entries())
      all[i]?.set(scores, first);
  }
  return all;
}

function counted(rows: number): string {
  return rows.toLocaleString("en");
}
