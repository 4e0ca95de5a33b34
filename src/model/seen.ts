/** What a network makes of a row, in the graph. */
import type { Value } from "../graph/value.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { add, mul, sub } from "../ops/index.ts";
import type { Network } from "../train/network.ts";
import { batchFromRaw, completeLabel, partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";

/**
 * A step of a window that was not measured is taken to be as the network expects it: a hole is no
 * jump to the mean.
 */
function withoutHoles({ x, observed }: Batch, shown: Value): Value {
  if (observed === undefined) return x;
  return add(mul(x, observed), mul(shown, sub(1, observed)));
}

/** A row in the graph: features, code, features again, and the family's own score. */
export function seenInGraph(
  network: Network,
  weights: Weights,
  inputs: Readonly<Record<string, Value>>,
) {
  const { family } = network;
  const batch = batchFromRaw(network, inputs);
  const parts = partsIn(weightedScope(weights), network);
  const label = completeLabel(network, parts, batch);
  const code = family.encode(parts, label === undefined ? batch : { ...batch, label });
  const { score: reconstruction, parts: shares } = family.score(parts, batch);
  const shown = family.decode(parts, code, label);
  return {
    batch,
    parts,
    label,
    x: network.preprocessing.kind === "series" ? withoutHoles(batch, shown) : batch.x,
    code,
    shown,
    reconstruction,
    shares,
  };
}
