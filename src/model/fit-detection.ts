/**
 * Fits the detection rule to a trained network, and measures what is usual on held-out rows.
 *
 * Of rows, each distance counts in its median over held-out ones. Of windows of series, in its median
 * over those that it was fitted to: where there are few, no covariance tells how far a new window of
 * the usual kind may lie, and then all distances to new windows are long; but those of odd ones most.
 * All are then divided by the median of the held-out scores, so that 1 is usual there too.
 *
 * A series may be short, and its held-out stretch with what overlaps it may be half of it. So it is
 * measured by a covariance of the other windows, and the one to keep is of all: what that knows
 * better makes scores of new windows smaller, if anything. References stay as they are: as few as
 * twelve of others would be as much as a tenth nearer or further.
 */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Source } from "../data/source.ts";
import type { Detector, Distance, Measure, Rule } from "../detect/detector.ts";
import { RULES } from "../detect/detector.ts";
import type { SeenRows } from "../detect/fit.ts";
import { FIT_ROWS, fitDetector } from "../detect/fit.ts";
import { distancesInGraph, nearestInGraph, partsInGraph, scoreInGraph } from "../detect/graph.ts";
import { exportModel } from "../graph/export.ts";
import { input } from "../graph/value.ts";
import { featuresOf, partOfFeature } from "../losses/layout.ts";
import { flatten } from "../ops/index.ts";
import { writeModel } from "../onnx/write.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { rawInputs } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { COMPARED_ROWS, chunkRows, chunksOf, explainedRows } from "./chunks.ts";
import { pickSource } from "./companions.ts";
import { seenInGraph } from "./seen.ts";
import type { ModelInfo } from "./types.ts";

/** Scores of rows, by the rule and by the family's own loss. */
export interface Measured {
  readonly detector: Detector;
  /** Of the calibration rows, in their order. */
  readonly scores: Float32Array;
  readonly reconstruction: Float32Array;
}

interface Given {
  readonly engine: Engine;
  readonly network: Network;
  readonly weights: Weights;
  readonly info: Pick<ModelInfo, "label" | "family">;
  /** Rows in memory. */
  readonly rows: Source;
  readonly training: Int32Array;
  /** Rows that set what is usual: held out, where there are some. */
  readonly calibration: Int32Array;
  /** Rows that the covariance to keep is of; without, `training`. */
  readonly all?: Int32Array | undefined;
  readonly seed: number;
}

const SITE = 0xde7;

/** @returns the rule as fitted, with scores of the calibration rows */
export async function fitDetection(given: Given): Promise<Measured> {
  const { engine, network, training, all } = given;
  const rule = network.preprocessing.kind === "series" ? RULES.series : RULES.rows;
  const seeing = await engine.open(writeModel(seeingProgram(network, given.weights)));
  try {
    const first = await fittedTo(training, rule, given, seeing);
    const { found, reconstruction } = await measured(first.measure, given, seeing);
    const scored = async (usual: Usual): Promise<Float32Array> =>
      scoresOf(engine, { rule, usual }, found);
    const done = { reconstruction: Float32Array.from(reconstruction) };
    if (first.usual === undefined) {
      const usual = usualsOf(found);
      const usualParts = await usualPartsOf(given, seeing, first.measure);
      const detector = { ...first.measure, usual, usualParts };
      return { ...done, detector, scores: await scored(usual) };
    }
    const middle = usualOf(await scored(first.usual));
    const last = all === undefined ? first : await fittedTo(all, rule, given, seeing);
    const usual = times({ ...first.usual, spread: last.usual?.spread ?? 1 }, middle);
    const { spread } = last.measure;
    const detector = { ...first.measure, spread, usual, usualParts: new Float32Array(0) };
    return { ...done, detector, scores: await scored(times(first.usual, middle)) };
  } finally {
    await seeing.release();
  }
}

type Usual = Detector["usual"];

/** The rule fitted to some of the rows; of series with the median distances of those very rows. */
async function fittedTo(
  rows: Int32Array,
  rule: Rule,
  given: Given,
  seeing: Session,
): Promise<{ readonly measure: Measure; readonly usual?: Usual }> {
  const { engine, network, seed } = given;
  const key = atSite(keyAt(seed, 0), SITE);
  const order = permutation(atSite(key, 0), rows.length);
  const some = order.slice(0, fitRows(network)).map((at) => rows[at] as number);
  const { seen } = await seenRows(given, seeing, some);
  const measure = fitDetector(rule, seen, network.preprocessing.layout, atSite(key, 1));
  if (network.preprocessing.kind !== "series") return { measure };
  const measuring = await engine.open(writeModel(distanceProgram(network, measure)));
  try {
    return { measure, usual: usualsOf(await distancesOf(seen, measure, measuring)) };
  } finally {
    await measuring.release();
  }
}

async function distancesOf(
  seen: SeenRows,
  { rule }: Measure,
  measuring: Session,
): Promise<Map<Distance, Float32Array>> {
  const out = await measuring.run(feedsOf(seen), { block: COMPARED_ROWS });
  const names = Object.keys(rule.weights) as Distance[];
  return new Map(names.map((name) => [name, (out[name] as Tensor<"float32">).data]));
}

/** Distances of the calibration rows by name, and the family's own loss. */
async function measured(measure: Measure, given: Given, seeing: Session) {
  const { calibration: rows, engine, network } = given;
  const { latent, preprocessing } = network;
  const found = new Map<Distance, number[]>();
  const reconstruction: number[] = [];
  const most = chunkRows(2 * featuresOf(preprocessing.layout) + latent);
  const measuring = await engine.open(writeModel(distanceProgram(network, measure)));
  try {
    for (let from = 0; from < rows.length; from += most) {
      const part = await seenRows(given, seeing, rows.slice(from, from + most));
      for (const [name, distances] of await distancesOf(part.seen, measure, measuring)) {
        const all = found.get(name) ?? [];
        found.set(name, all);
        for (const distance of distances) all.push(distance);
      }
      for (const loss of part.reconstruction) reconstruction.push(loss);
    }
  } finally {
    await measuring.release();
  }
  return { found, reconstruction };
}

/** Rows the rule is fitted to: fewer of wide ones, for their memory. */
function fitRows({ preprocessing, latent }: Network): number {
  const numbers = 2 * featuresOf(preprocessing.layout) + latent;
  return Math.max(256, Math.min(FIT_ROWS, Math.floor(2 ** 24 / numbers)));
}

/** Raw rows → what the rule looks at, and the family's own score. */
function seeingProgram(network: Network, weights: Weights) {
  const inputs = rawInputs(network);
  const { x, code, shown, reconstruction } = seenInGraph(network, weights, inputs);
  return exportModel({
    name: "seeing",
    inputs: Object.values(inputs),
    outputs: { x: flatten(x), code, shown: flatten(shown), reconstruction },
  });
}

function distanceProgram({ preprocessing, latent }: Network, fitted: Measure) {
  const seen = seenInputs(featuresOf(preprocessing.layout), latent);
  return exportModel({
    name: "distances",
    inputs: Object.values(seen),
    outputs: { ...distancesInGraph(fitted, seen, nearestInGraph(fitted, seen)) },
  });
}

/** Calibration rows that say what each part usually adds. */
const PART_ROWS = 512;

async function usualPartsOf(given: Given, seeing: Session, fitted: Measure): Promise<Float32Array> {
  const { engine, network, calibration } = given;
  const { layout } = network.preprocessing;
  const session = await engine.open(writeModel(partsProgram(network, fitted)));
  const sums = new Float64Array((partOfFeature(layout).at(-1) ?? -1) + 1);
  const rows = Math.min(PART_ROWS, calibration.length);
  const most = explainedRows(featuresOf(layout));
  try {
    for (let from = 0; from < rows; from += most) {
      const part = calibration.slice(from, Math.min(rows, from + most));
      const { parts } = await session.run(feedsOf((await seenRows(given, seeing, part)).seen));
      for (const [i, added] of (parts as Tensor<"float32">).data.entries()) {
        const at = i % sums.length;
        sums[at] = (sums[at] as number) + added / rows;
      }
    }
  } finally {
    await session.release();
  }
  return Float32Array.from(sums);
}

function partsProgram({ preprocessing, latent }: Network, fitted: Measure) {
  const { layout } = preprocessing;
  const seen = seenInputs(featuresOf(layout), latent);
  return exportModel({
    name: "parts",
    inputs: Object.values(seen),
    outputs: {
      parts: partsInGraph(fitted, nearestInGraph(fitted, seen), partOfFeature(layout)),
    },
  });
}

function seenInputs(features: number, latent: number) {
  return {
    x: input("x", "float32", ["batch", features]),
    code: input("code", "float32", ["batch", latent]),
    shown: input("shown", "float32", ["batch", features]),
  };
}

/** By the graph, so that what is stored is what any runtime gives. */
async function scoresOf(
  engine: Engine,
  detector: Pick<Detector, "rule" | "usual">,
  found: ReadonlyMap<Distance, readonly number[]>,
): Promise<Float32Array> {
  const distances = Object.fromEntries(
    [...found.keys()].map((name) => [name, input(name, "float32", ["batch"])]),
  );
  const session = await engine.open(
    writeModel(
      exportModel({
        name: "scores",
        inputs: Object.values(distances),
        outputs: { score: scoreInGraph(detector, distances) },
      }),
    ),
  );
  try {
    const { score } = await session.run(
      Object.fromEntries(
        [...found].map(([name, all]) => [name, tensor("float32", Float32Array.from(all))]),
      ),
    );
    return (score as Tensor<"float32">).data;
  } finally {
    await session.release();
  }
}

function usualsOf(found: ReadonlyMap<Distance, ArrayLike<number>>): Usual {
  return Object.fromEntries([...found].map(([name, all]) => [name, usualOf(all)]));
}

function times(usual: Usual, factor: number): Usual {
  return Object.fromEntries(Object.entries(usual).map(([name, one]) => [name, one * factor]));
}

/** The median; where more than half are copies of each other, the mean; 1 where all are. */
function usualOf(distances: ArrayLike<number>): number {
  const sorted = Float64Array.from(distances).sort();
  const middle = sorted[sorted.length >> 1] ?? 0;
  const mean = sorted.reduce((sum, one) => sum + one, 0) / Math.max(1, sorted.length);
  return middle > 1e-3 * mean && middle > 0 ? middle : mean || 1;
}

function feedsOf({ x, code, shown }: SeenRows) {
  const matrix = ({ data, rows, columns }: Matrix): Tensor =>
    tensor("float32", data, [rows, columns]);
  return { x: matrix(x), code: matrix(code), shown: matrix(shown) };
}

/** Rows of the source as the network sees them. */
async function seenRows({ network, info, rows }: Given, seeing: Session, which: Int32Array) {
  const { preprocessing, latent } = network;
  const features = featuresOf(preprocessing.layout);
  const matrix = (columns: number): Matrix => ({
    rows: which.length,
    columns,
    data: new Float32Array(which.length * columns),
  });
  const seen = { x: matrix(features), code: matrix(latent), shown: matrix(features) };
  const reconstruction = new Float32Array(which.length);
  for await (const { first, feeds } of chunksOf(
    preprocessing,
    info,
    await pickSource(rows, which),
    { chunk: chunkRows(2 * features + latent) },
  )) {
    const out = await seeing.run(feeds);
    for (const name of ["x", "code", "shown"] as const)
      seen[name].data.set((out[name] as Tensor<"float32">).data, first * seen[name].columns);
    reconstruction.set((out["reconstruction"] as Tensor<"float32">).data, first);
  }
  return { seen, reconstruction };
}
