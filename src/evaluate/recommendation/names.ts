/** What the figures of recommendations and their controls are called. */
import { ease } from "./ease.ts";
import { itemNeighbours } from "./item-neighbours.ts";
import { popularity } from "./popularity.ts";
import type { RecommendationFigure } from "./ranking.ts";
import type { Recommender } from "./recommender.ts";

/** A control is measured by being listed. */
export const recommendationControls = {
  popularity,
  itemNeighbours,
  ease,
} as const satisfies Readonly<Record<string, Recommender>>;

export type RecommendationControl = keyof typeof recommendationControls;

export interface RecommendationFigureName {
  readonly label: string;
  readonly help: string;
  /** A share, else bits. */
  readonly share: boolean;
  /** Whether higher is better by itself: lists of anything are new and cover all. */
  readonly quality: boolean;
}

/** In the order in which they are shown. */
export const recommendationFigures: Readonly<
  Record<RecommendationFigure, RecommendationFigureName>
> = {
  ndcg100: {
    label: "NDCG@100",
    help: "how far in front of the first 100 what was kept back stands; 100 % where all of it comes first",
    share: true,
    quality: true,
  },
  recall20: {
    label: "Recall@20",
    help: "share of what was kept back that is among the first 20",
    share: true,
    quality: true,
  },
  recall50: {
    label: "Recall@50",
    help: "share of what was kept back that is among the first 50",
    share: true,
    quality: true,
  },
  coverage20: {
    label: "coverage@20",
    help: "share of all items that are among anybody's first 20",
    share: true,
    quality: false,
  },
  novelty20: {
    label: "novelty@20",
    help: "mean surprise of the first 20: −log2 of the share of users who took an item, in bits",
    share: false,
    quality: false,
  },
};

/** @example recommendationFigureText("ndcg100", { value: 0.4123 }); // 41.2 % */
export function recommendationFigureText(
  name: RecommendationFigure,
  { value }: { readonly value: number },
): string {
  return recommendationFigures[name].share ? `${(100 * value).toFixed(1)} %` : value.toFixed(2);
}
