/** How unusual the histories of users are, and which items come next: in the graph. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { InteractionSchema } from "../data/preprocessing.ts";
import type { Source } from "../data/source.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import {
  div,
  gatherElements,
  greater,
  less,
  max,
  mul,
  neg,
  sub,
  sum,
  topK,
  where,
  wordAt,
} from "../ops/index.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { writeModel } from "../onnx/write.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { rawInputs } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { chunksOf } from "./chunks.ts";
import { pickSource } from "./companions.ts";
import type { LinearPart } from "./linear-part/fit.ts";
import { withLinearPart } from "./linear-part/graph.ts";
import { seenInGraph } from "./seen.ts";
import type { ModelInfo } from "./types.ts";

/** Names of the file's inputs and outputs beside those of all models. */
export const RECOMMEND = {
  /** int64 `[1]`: how many. */
  k: "k",
  /** float32 `[1]`: 0 the likeliest, 1 those that are likelier than their popularity says. */
  diversity: "diversity",
  item: "recommendation",
  score: "recommendation.score",
} as const;

export const CHOICE_UNIT = "nats an interaction";

type Seen = ReturnType<typeof seenInGraph>;

/** What is shown of a history, and what its items cost, by the network and the linear part together. */
export function withLinear(seen: Seen, linear: LinearPart | undefined): Seen {
  if (linear === undefined) return seen;
  const shown = withLinearPart(seen.x, seen.shown, linear);
  return { ...seen, shown, shares: neg(mul(seen.x, shown)) };
}

/** −log p of a row's items, a mean over them, `[batch]`. */
export function choiceScore({ shares, x }: Pick<Seen, "shares" | "x">): Value {
  return div(sum(shares, { axes: [1] }), max(sum(x, { axes: [1] }), 1));
}

/** Below all logarithms of chances: items that a row has already. */
const TAKEN = -1e30;

/**
 * The k items that are likeliest next, those of the row left out; their names, and the logarithms of
 * their chances. Names are empty where a row has nearly all items already.
 */
export function recommendations(
  { x, shown }: Pick<Seen, "x" | "shown">,
  { items, users }: InteractionSchema,
): { readonly inputs: readonly Value[]; readonly outputs: Readonly<Record<string, Value>> } {
  const k = input(RECOMMEND.k, "int64", [1]);
  const diversity = input(RECOMMEND.diversity, "float32", [1]);
  const total = users.reduce((all, count) => all + count, 0);
  const shares = Float32Array.from(items, (_, i) => Math.log(((users[i] ?? 0) + 1) / (total + 1)));
  const popularity = constant(tensor("float32", shares, [1, items.length]), "popularity");
  const ranked = where(greater(x, 0), TAKEN, sub(shown, mul(popularity, diversity)));
  const { values, index } = topK(ranked, k, 1);
  const open = where(less(values, TAKEN / 2), items.length, index);
  return {
    inputs: [k, diversity],
    outputs: {
      [RECOMMEND.item]: wordAt(open, items, ""),
      [RECOMMEND.score]: gatherElements(shown, index, 1),
    },
  };
}

/** What `k` and `diversity` are when they are not given: then they need not be. */
export function recommendDefaults(items: number): readonly { name: string; tensor: Tensor }[] {
  return [
    { name: RECOMMEND.k, tensor: tensor("int64", BigInt64Array.of(BigInt(Math.min(10, items)))) },
    { name: RECOMMEND.diversity, tensor: tensor("float32", Float32Array.of(0)) },
  ];
}

export interface Given {
  readonly engine: Engine;
  readonly network: Network;
  readonly weights: Weights;
  readonly info: Pick<ModelInfo, "label" | "family">;
  /** Rows in memory. */
  readonly rows: Source;
  readonly calibration: Int32Array;
  readonly linear: LinearPart | undefined;
}

/** Scores of some rows, and the family's own. */
export async function scoresOfChoices({
  engine,
  network,
  weights,
  info,
  rows,
  calibration,
  linear,
}: Given): Promise<{ readonly scores: Float32Array; readonly reconstruction: Float32Array }> {
  const session = await engine.open(writeModel(scoringProgram(network, weights, linear)));
  const found = {
    score: new Float32Array(calibration.length),
    reconstruction: new Float32Array(calibration.length),
  };
  try {
    const picked = await pickSource(rows, calibration);
    for await (const { first, feeds } of chunksOf(network.preprocessing, info, picked, {})) {
      const out = await session.run(feeds);
      for (const name of ["score", "reconstruction"] as const)
        found[name].set((out[name] as Tensor<"float32">).data, first);
    }
  } finally {
    await session.release();
  }
  return { scores: found.score, reconstruction: found.reconstruction };
}

function scoringProgram(
  network: Network,
  weights: Weights,
  linear: LinearPart | undefined,
): OnnxModel {
  const inputs = rawInputs(network);
  const seen = withLinear(seenInGraph(network, weights, inputs), linear);
  return exportModel({
    name: "scoring",
    inputs: Object.values(inputs),
    outputs: { score: choiceScore(seen), reconstruction: seen.reconstruction },
  });
}
