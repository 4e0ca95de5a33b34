/**
 * A linear part beside the network of a recommender, in closed form. With V the leading right singular
 * vectors of who took what, X ≈ U diag(s) Vᵀ,
 *
 *   B = I − P diag(P)⁻¹,   P = (I − V diag(f) Vᵀ) / λ,   f = s² / (s² + λ)
 *   chances = softmax(τ · (log p(network) + w · x B)):
 *
 * an item is told by the others of a history, never by itself. It knows which items go together, for
 * which a code of few numbers has no room; the network knows what bends. λ, w and τ are those that serve
 * held-out users best; where w = 0 does, the network stays alone.
 *
 * @see Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019), equation 8; here with as
 *   many directions as a file has room for
 */
import { counted } from "../../base/counted.ts";
import type { Tensor } from "../../base/tensor.ts";
import { placesIn, recoded, takeInteractions } from "../../data/interaction-rows.ts";
import type { InteractionSchema } from "../../data/preprocessing.ts";
import { exportModel } from "../../graph/export.ts";
import { writeModel } from "../../onnx/write.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Network } from "../../train/network.ts";
import { rawInputs } from "../../train/network.ts";
import type { Weights } from "../../train/weights.ts";
import { someOf } from "../checkup.ts";
import type { Material } from "../material.ts";
import { seenInGraph } from "../seen.ts";
import type { Scorer } from "./choose.ts";
import { askedOf, chosen, temperatureOf } from "./choose.ts";
import type { Directions } from "./directions.ts";
import { directionsOf } from "./directions.ts";
import { linearScores, shrunk, shrunkInputs } from "./graph.ts";
import type { LinearPartInfo } from "./info.ts";

export interface LinearPart {
  readonly directions: Directions;
  readonly info: LinearPartInfo;
}

/** Directions at most, and numbers of them in the file: 16 MB. */
const MOST_RANK = 512;
const MOST_NUMBERS = 2 ** 22;
/** Interactions times directions from which it takes more than some seconds, and is told. */
const LONG = 1e8;
/** Held-out users that the choice is made on. */
const MOST_USERS = 1000;

/**
 * @returns undefined where the family wants none, held-out users are too few to choose on, or are
 *   served best without
 */
export async function fitLinearPart(
  engine: Engine,
  network: Network,
  weights: Weights,
  {
    material,
    seed,
    signal,
    onNote,
  }: {
    readonly material: Pick<Material, "rows" | "split">;
    readonly seed: number;
    readonly signal: AbortSignal | undefined;
    readonly onNote: ((line: string) => void) | undefined;
  },
): Promise<LinearPart | undefined> {
  const { rows, split } = material;
  if (network.family.linearPart !== true || rows.kind !== "interactions") return undefined;
  const { items } = network.preprocessing.schema as InteractionSchema;
  const known = rows.items === items ? rows : recoded(rows, items, placesIn(items, rows.items));
  const users = takeInteractions(known, someOf(split.validation, MOST_USERS));
  const asked = askedOf(users, seed);
  if (asked === undefined) return undefined;
  const train = takeInteractions(known, split.training);
  const rank = Math.min(
    train.rows,
    items.length,
    MOST_RANK,
    Math.floor(MOST_NUMBERS / items.length),
  );
  if (rank < 1) return undefined;
  if (train.codes.length * rank > LONG)
    onNote?.(`now a linear part beside it, from ${counted(train.codes.length, "interaction")}`);
  const directions = await directionsOf(engine, train, rank, signal);
  const { scorer, close } = await openScorer(engine, network, weights, directions);
  try {
    const found = await chosen(train, asked, scorer, signal);
    if (found.weight === 0) return undefined;
    const temperature = await temperatureOf(asked, scorer, found);
    return { directions, info: { rank: directions.rank, ...found, temperature } };
  } finally {
    await close();
  }
}

/** The network as it is, and the linear part by whatever λ. */
async function openScorer(
  engine: Engine,
  network: Network,
  weights: Weights,
  directions: Directions,
): Promise<{ readonly scorer: Scorer; readonly close: () => Promise<void> }> {
  const inputs = rawInputs(network);
  const seen = seenInGraph(network, weights, inputs);
  const given = shrunkInputs(directions);
  const program = exportModel({
    name: "beside",
    inputs: [...Object.values(inputs), ...Object.values(given)],
    outputs: { network: seen.shown, linear: linearScores(seen.x, directions, given) },
  });
  const session = await engine.open(writeModel(program));
  return {
    scorer: async (rows, lambda) => {
      const feeds = network.preprocessing.feeds(rows, "held-out users");
      const out = await session.run({ ...feeds, ...shrunk(directions, lambda) });
      const data = (name: string) => (out[name] as Tensor<"float32">).data;
      return { network: data("network"), linear: data("linear") };
    },
    close: () => session.release(),
  };
}
