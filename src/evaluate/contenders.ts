/** Who an evaluation measures: the model, and the controls that share its rows and its code size. */
import { tensor } from "../base/tensor.ts";
import type { Family } from "../families/family.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import type { Scope } from "../nn/scope.ts";
import { createScope } from "../nn/scope.ts";
import { add, flatten, gemm, reshape, sub } from "../ops/index.ts";
import type { Network } from "../train/network.ts";
import { completeLabel, partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";
import type { ContenderName, Subject } from "./metrics/metric.ts";
import type { Pca } from "./pca.ts";

export interface Contender {
  readonly name: ContenderName;
  /** Size of its code. */
  readonly latent: number;
  /** Absent for controls that are no network. */
  readonly family?: Family;
  /**
   * What it does with a batch, in the graph.
   *
   * @param key uint32 `[2]`, of the batch's draws
   */
  subject(batch: Batch, key: Value): Subject;
}

export function networkContender(
  name: ContenderName,
  network: Network,
  weights: Weights,
): Contender {
  const { family, latent, preprocessing } = network;
  return {
    name,
    latent,
    family,
    subject: (batch, key) => {
      const held = weightedScope(weights);
      // One set of weights, however many draws: each scope has them from the first.
      const partsAt = (drawn: Value) => partsIn(drawingScope(held, drawn), network);
      const parts = partsAt(key);
      const label = completeLabel(network, parts, batch);
      const codes = family.encode(parts, label === undefined ? batch : { ...batch, label });
      return {
        name,
        layout: preprocessing.layout,
        batch,
        codes,
        shown: family.decode(parts, codes, label),
        network: { family, parts, key, partsAt },
      };
    },
  };
}

function drawingScope(held: Scope, key: Value): Scope {
  return createScope({
    parameter: ({ name, shape, initial, decays }) =>
      held.parameter(name, shape, initial, { decays }),
    buffer: ({ name, shape, initial }) => held.buffer(name, shape, initial),
    training: false,
    key,
  });
}

export function pcaContender(pca: Pca, layout: Layout): Contender {
  return {
    name: "pca",
    latent: pca.size,
    subject: (batch) => ({
      name: "pca",
      layout,
      batch,
      codes: pcaCodes(pca, batch.x),
      shown: pcaFeatures(pca, layout, batch.x),
    }),
  };
}

/** The features as they are: what a code is worth less than, or more. */
export function rawContender(layout: Layout): Contender {
  return {
    name: "raw",
    latent: featuresOf(layout),
    subject: (batch) => ({ name: "raw", layout, batch, codes: flatten(batch.x), shown: batch.x }),
  };
}

/** `[batch, size]` */
export function pcaCodes({ mean, components, size }: Pca, x: Value): Value {
  const basis = constant(tensor("float32", components, [mean.length, size]));
  return gemm(sub(flatten(x), constant(tensor("float32", mean))), basis);
}

/** `[batch, …layout.shape]` */
export function pcaFeatures(pca: Pca, layout: Layout, x: Value): Value {
  const { mean, components, size } = pca;
  const basis = constant(tensor("float32", components, [mean.length, size]));
  const back = gemm(pcaCodes(pca, x), basis, { transB: 1 });
  return reshape(add(back, constant(tensor("float32", mean))), [-1, ...layout.shape]);
}
