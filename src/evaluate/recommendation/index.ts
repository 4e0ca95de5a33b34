/** Judging recommendations: on held-out users, beside simple ways to recommend. */
export { scoresOf } from "./choose.ts";
export { judgeRecommendations } from "./judge.ts";
export type { RecommendationJudgement } from "./judge.ts";
export { isEven } from "./verdict.ts";
export { recommendationControls, recommendationFigures } from "./names.ts";
export type { RecommendationControl } from "./names.ts";
export type { RecommendationFigure, RecommendationFigures } from "./ranking.ts";
export { estimate, rankingOf } from "./ranking.ts";
export type { Score } from "./recommender.ts";
export { givenAndAsked, holdOutAfter, holdOutLatest, holdOutRows, holdOutUsers } from "./splits.ts";
export type { HeldOut, InteractionSplit } from "./splits.ts";
