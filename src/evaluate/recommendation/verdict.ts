/** Plain words about recommendations: who ranks better, and how wide the lists are. */
import type { ControlResult, Quality, RecommendationJudgement } from "./judge.ts";
import { recommendationFigureText as text } from "./names.ts";
import type { Estimate } from "./ranking.ts";

/** Differences that another draw of users may turn are called even: this many standard errors. */
const ERRORS = 2;
/** And any that nobody would see. */
const SMALLEST = 0.002;

type Found = Omit<RecommendationJudgement, "findings" | "verdict">;
type Outcome = "better" | "even" | "worse" | "split";

export function recommendationVerdict(found: Found): readonly string[] {
  const { ndcg100, recall20, recall50 } = found.model;
  return [
    `Of what was kept back of ${found.users.heldOut.toLocaleString("en")} users the model has ${text("recall20", recall20)} among its first 20 items (Recall@20) and ${text("recall50", recall50)} among 50; its NDCG@100 is ${text("ndcg100", ndcg100)} ± ${(100 * (ndcg100.error ?? NaN)).toFixed(1)}.`,
    ...againstControls(found),
    widthWords(found),
  ];
}

function againstControls({ controls }: Found): readonly string[] {
  const by: Record<Outcome, ControlResult[]> = { better: [], even: [], worse: [], split: [] };
  for (const control of Object.values(controls)) by[outcomeOf(control)].push(control);
  const clauses = (
    [
      ["better than", by.better],
      ["as well as", by.even],
      ["better by one figure and worse by another than", by.split],
      ["worse than", by.worse],
    ] as const
  )
    .filter(([, who]) => who.length > 0)
    .map(([words, who]) => `${words} ${listed(who.map(figuresOf))}`);
  if (clauses.length === 0) return ["There is no control to compare with."];
  const beaten = [...by.worse, ...by.even];
  const best = beaten.toSorted((a, b) => a.lead.ndcg100.value - b.lead.ndcg100.value)[0];
  const advice =
    best === undefined
      ? ""
      : by.worse.length > 0
        ? ` ${capital(best.label)} is the better choice here; or train otherwise: longer, wider, with more histories.`
        : ` ${capital(best.label)} is the simpler choice.`;
  return [`It ranks ${clauses.join("; ")} (NDCG@100).${advice}`];
}

/** Whether another draw of users may turn the difference. */
export function isEven({ value, error }: Required<Estimate>): boolean {
  return Math.abs(value) <= Math.max(SMALLEST, ERRORS * error);
}

function outcomeOf({ lead }: ControlResult): Outcome {
  const signs = (Object.keys(lead) as Quality[]).map((name) =>
    isEven(lead[name]) ? 0 : Math.sign(lead[name].value),
  );
  const [won, lost] = [signs.includes(1), signs.includes(-1)];
  return won && lost ? "split" : won ? "better" : lost ? "worse" : "even";
}

function figuresOf({ label, figures }: ControlResult): string {
  return `${label}, ${text("ndcg100", figures.ndcg100)}`;
}

function widthWords({ model, controls }: Found): string {
  const others = Object.values(controls)
    .map(({ label, figures }) => `${label} ${text("coverage20", figures.coverage20)}`)
    .join(", ");
  const beside = others === "" ? "" : ` (${others})`;
  const { popularity } = controls;
  const bits =
    popularity === undefined
      ? ""
      : `, ${text("novelty20", popularity.figures.novelty20)} the most popular ones`;
  return `All first 20 together hold ${text("coverage20", model.coverage20)} of the items${beside}; an item of them is worth ${text("novelty20", model.novelty20)} bits of surprise${bits}.`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function listed(texts: readonly string[]): string {
  return texts.length < 2
    ? (texts[0] ?? "")
    : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}
