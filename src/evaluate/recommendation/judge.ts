/** Recommendations beside those of simple methods that learned from the same users. */
import { inputError, internalError } from "../../base/errors.ts";
import type { Interactions } from "../../data/source.ts";
import type { Engine } from "../../runtime/engine.ts";
import { scoresOf } from "./choose.ts";
import { interactionCount } from "./histories.ts";
import type { RecommendationControl } from "./names.ts";
import { recommendationControls } from "./names.ts";
import type { Estimate, Ranking, RecommendationFigures, UserFigure } from "./ranking.ts";
import { estimate, rankingOf } from "./ranking.ts";
import type { Recommender, Score } from "./recommender.ts";
import type { HeldOut } from "./splits.ts";
import { recommendationVerdict } from "./verdict.ts";

export interface RecommendationRequest {
  readonly engine: Engine;
  /** What the model learned from: the controls learn from it, and say how popular items are by it. */
  readonly train: Interactions;
  /** With the items of `train`, in its order. */
  readonly heldOut: HeldOut;
  /** The model's. It is called with some of the held-out users at a time. */
  readonly score: Score;
  /** Default: all. */
  readonly controls?: readonly RecommendationControl[];
  /** Of the users that the controls' settings are chosen on. Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
}

export const QUALITIES = ["ndcg100", "recall20", "recall50"] as const satisfies UserFigure[];
export type Quality = (typeof QUALITIES)[number];

export interface ControlResult {
  readonly label: string;
  readonly figures: RecommendationFigures;
  /** The model's figures less these, user by user, with the standard error of that. */
  readonly lead: Readonly<Record<Quality, Required<Estimate>>>;
  /** What it was fitted with, chosen on users held out of training. */
  readonly settings: Readonly<Record<string, number>>;
}

export interface RecommendationJudgement {
  readonly users: { readonly train: number; readonly heldOut: number };
  readonly items: number;
  /** Interactions that were learned from, and that were asked for. */
  readonly interactions: { readonly train: number; readonly asked: number };
  readonly model: RecommendationFigures;
  readonly controls: Readonly<Partial<Record<RecommendationControl, ControlResult>>>;
  readonly notes: readonly string[];
  /** Who ranks better, how wide the lists are: a sentence each. */
  readonly findings: readonly string[];
  readonly verdict: string;
}

/**
 * Judges a model's recommendations on users, or parts of histories, that nobody learned from.
 *
 * @throws `data.items` where training and held-out part have not the same items, `data.rows` where
 *   nobody is asked for anything
 * @example
 * const { train, heldOut } = holdOutUsers(interactions, { seed: 1 });
 * const judgement = await judgeRecommendations({ engine, train, heldOut, score });
 * console.log(judgement.verdict, judgement.model.ndcg100.value);
 */
export async function judgeRecommendations(
  request: RecommendationRequest,
): Promise<RecommendationJudgement> {
  requireAlike(request);
  const { engine, train, heldOut, score, seed = 0, signal } = request;
  const asked = Object.keys(recommendationControls) as RecommendationControl[];
  const own = await ranked(request, score);
  const controls: Partial<Record<RecommendationControl, ControlResult>> = {};
  const notes: string[] = [];
  for (const name of request.controls ?? asked) {
    signal?.throwIfAborted();
    const control: Recommender = recommendationControls[name];
    const fitted = await control.fit(engine, train, { seed, signal });
    if (typeof fitted === "string") {
      notes.push(`The control ${control.label} was left out: ${fitted}.`);
      continue;
    }
    try {
      const found = await ranked(request, fitted.score);
      controls[name] = {
        label: control.label,
        figures: found.figures(),
        lead: leadOf(own, found),
        settings: fitted.settings,
      };
    } finally {
      await fitted.close?.();
    }
  }
  const found = {
    users: { train: train.rows, heldOut: heldOut.given.rows },
    items: train.items.length,
    interactions: { train: interactionCount(train), asked: interactionCount(heldOut.asked) },
    model: own.figures(),
    controls,
    notes,
  };
  const findings = recommendationVerdict(found);
  return { ...found, findings, verdict: findings.join(" ") };
}

async function ranked(
  { train, heldOut, signal }: RecommendationRequest,
  score: Score,
): Promise<Ranking> {
  const ranking = rankingOf(train, heldOut);
  for await (const { scores, first, users } of scoresOf(score, heldOut)) {
    signal?.throwIfAborted();
    if (scores.length !== users * train.items.length) {
      throw internalError("evaluate.scores", {
        place: "scores of items",
        expected: `${users} rows of ${train.items.length}`,
        got: `${scores.length} numbers`,
      });
    }
    ranking.add(scores, first, users);
  }
  return ranking;
}

function leadOf(model: Ranking, control: Ranking): ControlResult["lead"] {
  return Object.fromEntries(
    QUALITIES.map((name) => {
      const theirs = control.byUser(name);
      return [name, estimate(model.byUser(name).map((x, user) => x - (theirs[user] as number)))];
    }),
  ) as ControlResult["lead"];
}

function requireAlike({ train, heldOut: { given, asked } }: RecommendationRequest): void {
  for (const part of [given, asked]) {
    if (part.items.length === train.items.length) continue;
    throw inputError("data.items", {
      place: "held-out users",
      expected: `the ${train.items.length} items of the training part`,
      got: String(part.items.length),
    });
  }
  if (given.rows === asked.rows && interactionCount(asked) > 0 && train.rows > 0) return;
  throw inputError("data.rows", {
    place: "held-out users",
    expected: "users, and of each what is known and what is asked for",
    got: `${given.rows} users with ${interactionCount(asked)} items asked of ${asked.rows}`,
  });
}
