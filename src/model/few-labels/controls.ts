/**
 * What the same labels teach without the rows beside them: linear models on the features and on their
 * principal components, their penalty by cross-validation, and the head's own network from scratch.
 */
import type { Matrix } from "../../base/tensor.ts";
import { pickRows } from "../../data/pick.ts";
import type { Source } from "../../data/source.ts";
import { chancesOf } from "../../evaluate/few-labels/calibrate.ts";
import type { Taught } from "../../evaluate/few-labels/choose.ts";
import { foldsOf, taughtBy } from "../../evaluate/few-labels/choose.ts";
import type { LabelControl } from "../../evaluate/few-labels/compare.ts";
import { labelControls } from "../../evaluate/few-labels/compare.ts";
import type { LinearHead } from "../../evaluate/few-labels/linear.ts";
import { fitLinear } from "../../evaluate/few-labels/linear.ts";
import type { Pca } from "../../evaluate/pca.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Network } from "../../train/network.ts";
import { rowsOf, sharpnessOf } from "./blend.ts";
import type { HeadInfo } from "./head-info.ts";
import { FOLDS, learningOrder } from "./fit.ts";
import { learn, outputsOf } from "./learn.ts";
import type { Compact } from "./material.ts";
import { featuresIn, linearOutputs } from "./material.ts";

/** Linear models on more features take long. */
const MOST_FEATURES = 4096;

/** Rows → what each control says of them: chances of the classes, or numbers in raw units. */
export interface FittedControls {
  readonly say: (
    compact: Compact,
  ) => Promise<Readonly<Partial<Record<LabelControl, Float32Array>>>>;
  readonly notes: readonly string[];
}

/**
 * @param training what the model was trained on
 * @param labels of its rows
 */
export async function fitControls(
  engine: Engine,
  {
    network,
    pca,
    head,
    seed,
  }: {
    readonly network: Network;
    readonly pca: Pca | undefined;
    readonly head: HeadInfo;
    readonly seed: number;
  },
  training: Source,
  labels: readonly (string | null)[],
  signal: AbortSignal | undefined,
): Promise<FittedControls> {
  const rows = learningOrder(head.rows.length, seed).map((i) => head.rows[i] as number);
  const texts = Array.from(rows, (row) => labels[row] ?? "");
  const taught = taughtBy(texts, head.kind, `label ${head.label}`);
  const compact = network.preprocessing.ingest(
    await pickRows(training, rows, signal),
    training.name,
  );
  const folds = foldsOf(taught, FOLDS, seed);
  const notes: string[] = [];
  const linear: {
    readonly name: LabelControl;
    readonly pca?: Pca;
    readonly head: LinearHead;
    readonly sharpness: number;
  }[] = [];
  const features = await featuresIn(engine, network, compact);
  if (features.columns <= MOST_FEATURES) {
    linear.push({ name: "linearFeatures", ...(await sharpened(engine, features, taught, folds)) });
  } else
    notes.push(
      `The control ${labelControls.linearFeatures} was left out: rows have ${features.columns} features.`,
    );
  if (pca !== undefined)
    linear.push({
      name: "linearPca",
      pca,
      ...(await sharpened(engine, await projected(engine, features, pca), taught, folds)),
    });
  const said = { folds: Array.from({ length: FOLDS }, () => taught.target), all: taught.target };
  const scratch = await learn(engine, {
    network,
    start: new Map(),
    compact,
    taught,
    folds,
    said,
    seed,
    signal,
  });
  const { rows: held, outputs: heldOutputs } = scratch.heldOut;
  const scratchSharpness = sharpnessOf(
    heldOutputs,
    taught,
    rowsOf(taught.target, held, taught.outputs),
  );
  const order = head.classes.map((label) => taught.classes.indexOf(label));
  return {
    notes,
    say: async (some) => {
      const x = await featuresIn(engine, network, some);
      const found: Partial<Record<LabelControl, Float32Array>> = {};
      for (const { name, pca: own, head: one, sharpness } of linear) {
        const seen = own === undefined ? x : await projected(engine, x, own);
        found[name] = read((await linearOutputs(engine, seen, one)).data, sharpness);
      }
      const lesson = { network, compact: some, taught };
      const given = await outputsOf(engine, lesson, scratch.specs, scratch.weights);
      found.scratch = read(given, scratchSharpness);
      return found;
    },
  };

  /** Chances in the order of the head's classes, or numbers in raw units. */
  function read(outputs: Float32Array, sharpness: number): Float32Array {
    if (taught.kind === "numbers") return outputs.map((y) => taught.center + taught.scale * y);
    const classes = taught.outputs;
    const chances = chancesOf(
      outputs.map((y) => y * sharpness),
      classes,
    );
    return chances.map(
      (_, i) => chances[i - (i % classes) + (order[i % classes] as number)] as number,
    );
  }
}

async function sharpened(engine: Engine, x: Matrix, taught: Taught, folds: Int32Array) {
  const { head, outOfFold } = await fitLinear(engine, x, taught, folds);
  return { head, sharpness: sharpnessOf(outOfFold, taught, taught.target) };
}

/** Principal components are a linear model too. */
function projected(engine: Engine, x: Matrix, { mean, components, size }: Pca): Promise<Matrix> {
  const head = { center: mean, scale: 1, weights: components, bias: new Float32Array(size) };
  return linearOutputs(engine, x, head);
}
