/**
 * What is saved in the end: the head's network, and beside it the linear model on features where
 * labels that neither saw say that it adds something. Their outputs are added up, each times a
 * weight, before the softmax; where the linear model's weight is next to nothing, it is left out.
 */
import {
  ENOUGH_TO_JUDGE,
  chancesOf,
  combined,
  memberWeights,
  worthwhileWeights,
} from "../../evaluate/few-labels/calibrate.ts";
import type { Taught } from "../../evaluate/few-labels/choose.ts";
import type { LinearHead } from "../../evaluate/few-labels/linear.ts";
import type { LinearMember } from "./teacher.ts";

/** A weight below this share of both is not worth a matrix in the file. */
const LEAST_SHARE = 0.05;
/** Two that learned apart: where the few labels held out do not say which is better, their mean is. */
const APART = 5;

export interface Blend {
  /** What outputs of each are times; `linear` 0 where it is left out. */
  readonly weights: { readonly network: number; readonly linear: number };
  readonly linear: LinearHead | undefined;
  /** What both say of the rows held out: chances, or standardised numbers. */
  readonly said: Float32Array;
}

/**
 * @param heldOut labelled rows, and what the network said of them that did not see their labels
 * @param linear absent where rows have too many features for one
 * @param heard whether the network learned from what the linear model says, among others
 */
export function blendOf(
  heldOut: { readonly rows: Int32Array; readonly outputs: Float32Array },
  linear: LinearMember | undefined,
  taught: Taught,
  { heard }: { readonly heard: boolean },
): Blend {
  const wanted = rowsOf(taught.target, heldOut.rows, taught.outputs);
  if (linear !== undefined) {
    const both = [heldOut.outputs, rowsOf(linear.outOfFold, heldOut.rows, taught.outputs)];
    const labels = taught.target.length / taught.outputs;
    const [network = 1, own = 0] =
      heard && labels >= ENOUGH_TO_JUDGE
        ? worthwhileWeights(
            both.map((one, i) => ({ members: [one], choices: i })),
            taught,
            wanted,
          )
        : memberWeights(both, taught, wanted, APART).weights;
    if (own >= LEAST_SHARE * (network + own))
      return {
        weights: { network, linear: own },
        linear: linear.head,
        said: given(combined(both, [network, own]), taught),
      };
  }
  const network = sharpnessOf(heldOut.outputs, taught, wanted);
  return {
    weights: { network, linear: 0 },
    linear: undefined,
    said: given(combined([heldOut.outputs], [network]), taught),
  };
}

/** What logits are times so that chances are calibrated; numbers are as they are. */
export function sharpnessOf(outputs: Float32Array, taught: Taught, wanted: Float32Array): number {
  return taught.kind === "classes" ? (memberWeights([outputs], taught, wanted).weights[0] ?? 1) : 1;
}

function given(values: Float32Array, { kind, outputs }: Taught): Float32Array {
  return kind === "classes" ? chancesOf(values, outputs) : values;
}

/** Some rows of `[rows, outputs]`. */
export function rowsOf(all: Float32Array, rows: Int32Array, outputs: number): Float32Array {
  const made = new Float32Array(rows.length * outputs);
  for (const [i, row] of rows.entries())
    made.set(all.subarray(row * outputs, (row + 1) * outputs), i * outputs);
  return made;
}
