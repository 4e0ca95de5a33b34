/** The default recommender beside popularity, item neighbours and EASE, on users held out whole. */
import type { NumericArray } from "../../src/data/source.ts";
import type {
  RecommendationControl,
  RecommendationFigure,
  RecommendationJudgement,
} from "../../src/evaluate/recommendation/index.ts";
import type { InteractionSplit } from "../../src/evaluate/recommendation/index.ts";
import {
  holdOutLatest,
  holdOutUsers,
  judgeRecommendations,
  recommendationControls,
  recommendationFigures,
} from "../../src/evaluate/recommendation/index.ts";
import { multVae } from "../../src/families/mult-vae.ts";
import { train } from "../../src/model/train.ts";
import { createEngine } from "../../src/runtime/node.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { movieLens, movieTweetings } from "./choices.ts";

const SEEDS = [0, 1, 2];
const QUALITIES = ["ndcg100", "recall20", "recall50"] as const;
type Who = "model" | RecommendationControl;

export const recommendation: AccuracyCase = {
  about: "films for users who were not trained on: MovieLens-latest-small and MovieTweetings",
  async *run(tell): AsyncGenerator<Figure> {
    const leads: number[] = [];
    for (const [name, read] of [
      ["MovieLens", movieLens],
      ["MovieTweetings", movieTweetings],
    ] as const) {
      const all = await read();
      const found: RecommendationJudgement[] = [];
      // By chance, as Liang et al. split: then training holds out by chance too.
      const { times: _, ...untimed } = all;
      for (const seed of SEEDS)
        found.push(await judged(holdOutUsers(untimed, { seed }), seed, tell));
      const mean = (who: Who, figure: RecommendationFigure): number =>
        meanOf(found.map((one) => valueOf(one, who, figure)));
      for (const figure of QUALITIES) {
        yield {
          name: `${name}, ${recommendationFigures[figure].label}, mean of seeds`,
          value: mean("model", figure),
          target: { atLeast: mean("itemNeighbours", figure) },
        };
        for (const control of Object.keys(recommendationControls) as RecommendationControl[])
          yield {
            name: `${name}, ${recommendationFigures[figure].label} of ${recommendationControls[control].label}`,
            value: mean(control, figure),
          };
      }
      for (const figure of ["coverage20", "novelty20"] as const)
        for (const who of ["model", "ease"] as const)
          yield {
            name: `${name}, ${recommendationFigures[figure].label} of ${who === "ease" ? "EASE" : "the model"}`,
            value: mean(who, figure),
          };
      const future = await judged(holdOutLatest(all), 0, tell);
      for (const who of ["model", "ease"] as const)
        yield {
          name: `${name}, NDCG@100 of everybody's latest films, ${who === "ease" ? "EASE" : "the model"}`,
          value: valueOf(future, who, "ndcg100"),
        };
      leads.push(Math.min(...QUALITIES.map((one) => mean("model", one) - mean("ease", one))));
    }
    yield {
      name: "less EASE's, the least of the three figures, on the better of the two",
      value: Math.max(...leads),
      target: { atLeast: 0 },
    };
  },
};

async function judged(
  { train: learned, heldOut }: InteractionSplit,
  seed: number,
  tell: (text: string) => void,
): Promise<RecommendationJudgement> {
  const model = await train(multVae(), learned, { seed });
  const { epochs, seconds } = model.info.training;
  tell(
    `seed ${seed}: ${learned.rows} users, ${learned.items.length} items, ${epochs} epochs, ${seconds.toFixed(0)} s`,
  );
  const engine = createEngine();
  try {
    const found = await judgeRecommendations({
      engine,
      train: learned,
      heldOut,
      // What comes back is the logarithm of each item's chance.
      score: async (given) =>
        ((await model.reconstruct(given)) as NumericArray).data as Float32Array,
      seed,
    });
    for (const finding of found.findings) tell(finding);
    return found;
  } finally {
    await engine.close();
    await model.close();
  }
}

function valueOf(
  { model, controls }: RecommendationJudgement,
  who: Who,
  figure: RecommendationFigure,
): number {
  return (who === "model" ? model : controls[who]?.figures)?.[figure].value ?? NaN;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
