/** From few labels to a head: which rows, what they teach, and what is learned. */
import { inputError } from "../../base/errors.ts";
import { concatRows, takeRows } from "../../data/rows.ts";
import { pickRows } from "../../data/pick.ts";
import type { Source } from "../../data/source.ts";
import type { LabelKind, Taught } from "../../evaluate/few-labels/choose.ts";
import {
  chooseLabelled,
  foldsOf,
  knownRows,
  labelKind,
  taughtBy,
} from "../../evaluate/few-labels/choose.ts";
import type { LabelFigures } from "../../evaluate/few-labels/figures.ts";
import { classFigures, numberFigures } from "../../evaluate/few-labels/figures.ts";
import type { LinearHead } from "../../evaluate/few-labels/linear.ts";
import type { ParameterSpec } from "../../nn/scope.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Network } from "../../train/network.ts";
import type { Start } from "../../train/student.ts";
import { startFrom } from "../../train/student.ts";
import type { Weights } from "../../train/weights.ts";
import { someOf } from "../checkup.ts";
import type { Material } from "../material.ts";
import { blendOf } from "./blend.ts";
import type { HeadInfo } from "./head-info.ts";
import { learn } from "./learn.ts";
import { takeCompact } from "./material.ts";
import { teach } from "./teacher.ts";

/** Rows beside the labelled ones: more change little, and comparing all with all takes long. */
const MOST_ROWS = 32_768;
/** Labelled rows that teach the others; what more there are is learned from directly. */
const MOST_TAUGHT = 4096;
/** Parts that labels are held out in. */
export const FOLDS = 5;
const ORDER_SITE = 0xfe3;

export interface Head {
  readonly info: HeadInfo;
  readonly specs: readonly ParameterSpec[];
  readonly weights: Start;
  /** What is added to the network's outputs, times its weight in `info`. */
  readonly linear: LinearHead | undefined;
}

export interface FewLabels {
  readonly labelled: number | "all";
  readonly predicts?: LabelKind | undefined;
}

/**
 * @throws `data.labels` for data without labels, `options.invalid` for more labels than there are
 */
export async function fitHead(
  engine: Engine,
  network: Network,
  weights: Weights,
  {
    source,
    material,
    asked,
    seed,
    signal,
  }: {
    readonly source: Source;
    readonly material: Material;
    readonly asked: FewLabels;
    readonly seed: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Head> {
  const { rows: chosen, texts, kind, name } = await labelledRows(source, asked, seed);
  const order = learningOrder(chosen.length, seed);
  const labelled = order.map((i) => chosen[i] as number);
  const taught = taughtBy(
    Array.from(order, (i) => texts[i] as string),
    kind,
    `label ${name}`,
  );
  const resident = material.streamed?.places;
  const isLabelled = new Set(labelled);
  const pool = Int32Array.from({ length: material.rows.rows }, (_, i) => i).filter(
    (i) => !isLabelled.has(resident?.[i] ?? i),
  );
  const others = someOf(pool, Math.max(MOST_ROWS - labelled.length, MOST_ROWS / 4));
  const rows = concatRows([
    await pickRows(source, labelled, signal),
    takeRows(material.rows, others),
  ]);
  const compact = network.preprocessing.ingest(rows, source.name);
  const teaching = firstOf(taught, MOST_TAUGHT);
  const folds = foldsOf(teaching, FOLDS, seed);
  // Rows with a label that do not teach need not be told theirs either.
  const told = Int32Array.from({ length: rows.rows }, (_, row) => row).filter(
    (row) => row < folds.length || row >= labelled.length,
  );
  const teacher = await teach(engine, network, weights, {
    compact: told.length === rows.rows ? compact : takeCompact(compact, told),
    taught: teaching,
    folds,
  });
  const ofAll = (said: Float32Array): Float32Array => {
    const all = new Float32Array(rows.rows * taught.outputs);
    all.set(said.subarray(0, folds.length * taught.outputs));
    all.set(said.subarray(folds.length * taught.outputs), labelled.length * taught.outputs);
    return all;
  };
  const lesson = { network, taught, folds, seed, signal };
  // Where neighbours say nothing, the teacher repeats the linear model, which stands beside the
  // network anyway: a new network that learns from labels alone errs elsewhere, and both err less.
  const learned = await learn(
    engine,
    teacher.spreads
      ? {
          ...lesson,
          start: startFrom(weights),
          compact,
          said: { folds: teacher.folds.map(ofAll), all: ofAll(teacher.all) },
        }
      : {
          ...lesson,
          start: new Map(),
          compact: takeCompact(compact, firstPlaces(labelled.length)),
          said: { folds: teacher.folds.map(() => taught.target), all: taught.target },
        },
  );
  const blend = blendOf(learned.heldOut, teacher.linear, teaching, { heard: teacher.spreads });
  return {
    specs: learned.specs,
    weights: learned.weights,
    linear: blend.linear,
    info: {
      label: name,
      kind,
      classes: taught.classes,
      shares: taught.shares,
      center: taught.center,
      scale: taught.scale,
      rows: [...chosen],
      others: teacher.spreads ? others.length : 0,
      encoder: learned.encoder,
      epochs: learned.epochs,
      weights: blend.weights,
      members: teacher.members,
      heldOut: {
        rows: learned.heldOut.rows.length,
        figures: figuresOf(taught, { rows: learned.heldOut.rows, said: blend.said }),
      },
    },
  };
}

/** The order that labelled rows are learned from in: folds are dealt by it. */
export function learningOrder(rows: number, seed: number): Int32Array {
  return permutation(atSite(keyAt(seed, 0), ORDER_SITE), rows);
}

/**
 * The rows whose labels may be looked at, with them.
 *
 * @throws `data.labels` for data without labels
 */
export async function labelledRows(
  source: Source,
  { labelled, predicts }: FewLabels,
  seed: number,
): Promise<{
  readonly rows: Int32Array;
  readonly texts: readonly string[];
  readonly kind: LabelKind;
  readonly name: string;
}> {
  const labels = await source.labels?.();
  const name = source.label ?? "label";
  if (labels === undefined || knownRows(labels).length === 0) {
    throw inputError("data.labels", {
      place: source.name,
      expected: "labels, at least of some rows, to learn from",
      got: labels === undefined ? "none" : `no row with one (${name})`,
      hint: "name them with --label, or { label } when reading",
    });
  }
  const kind = predicts ?? labelKind(labels);
  const rows = chooseLabelled(labels, labelled, kind, { seed, place: source.name });
  return { rows, texts: Array.from(rows, (row) => labels[row] as string), kind, name };
}

function firstPlaces(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

function firstOf(taught: Taught, most: number): Taught {
  const { target, outputs } = taught;
  return target.length <= most * outputs
    ? taught
    : { ...taught, target: target.subarray(0, most * outputs) };
}

function figuresOf(
  { kind, target, outputs, center, scale }: Taught,
  { rows, said }: { readonly rows: Int32Array; readonly said: Float32Array },
): LabelFigures {
  if (kind === "classes") {
    const truth = Int32Array.from(rows, (row) =>
      target.subarray(row * outputs, (row + 1) * outputs).indexOf(1),
    );
    return classFigures(said, truth, outputs);
  }
  const back = (value: number): number => center + scale * value;
  return numberFigures(
    Array.from(said, back),
    Float64Array.from(rows, (row) => back(target[row] as number)),
  );
}
