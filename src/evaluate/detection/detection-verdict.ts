/** Plain words about who ranks the anomalies best. */
import type { DetectionFigures } from "./compare.ts";

/** Smaller differences of areas and precisions are called even: another seed may turn them. */
const EVEN = 0.005;
/** Below this a score tells nothing: a coin has .5. */
const NOTHING = 0.55;

/** @param controls what each is called, with its figures */
export function compareVerdict(
  model: DetectionFigures,
  controls: readonly (readonly [string, DetectionFigures])[],
): string {
  const own = `An anomaly scores higher than another row ${percent(model.auroc)} of the time (AUROC)`;
  const best = strongest(controls, "auroc");
  if (best === undefined) return `${own}; there is no control beside it.`;
  const [label, { auroc }] = best;
  if (Math.max(model.auroc, auroc) < NOTHING)
    return `${own}, where a coin has 50 %, and ${label} ${percent(auroc)}, the best of the controls: rows of this label are not unusual to any of them.`;
  return `${own}${against(model.auroc, auroc, label)}${precision(model, controls)}`;
}

/**
 * Of the points of series. What counts is VUS-PR: an alarm a few points beside an interval is as
 * good as one in it.
 */
export function seriesVerdict(
  model: Required<DetectionFigures>,
  [label, control]: readonly [string, Required<DetectionFigures>],
): string {
  const even = Math.abs(model.vusPr - control.vusPr) <= EVEN;
  const won = model.vusPr > control.vusPr;
  const word = even ? "as much as" : won ? "more than" : "less than";
  const advice = even
    ? " That is the simpler choice."
    : won
      ? ""
      : " Use that, or train otherwise.";
  return (
    `The points' scores have a VUS-PR of ${percent(model.vusPr)}, average precision that forgives an alarm beside an interval: ` +
    `${word} ${label}, ${percent(control.vusPr)}.${advice} ` +
    `Average precision to the point is ${percent(model.averagePrecision)} beside ${percent(control.averagePrecision)}, ` +
    `AUROC ${percent(model.auroc)} beside ${percent(control.auroc)}.`
  );
}

function against(mine: number, theirs: number, label: string): string {
  const figures = `${label} ${percent(theirs)}`;
  if (mine > theirs + EVEN) return `, more often than by every control: ${figures} at best.`;
  if (mine < theirs - EVEN)
    return `, less often than by the strongest control: ${figures}. Use that, or train otherwise.`;
  return `, as often as by the strongest control: ${figures}. That is the simpler choice.`;
}

/** Only where it says something else: few false alarms among the highest scores. */
function precision(
  model: DetectionFigures,
  controls: readonly (readonly [string, DetectionFigures])[],
): string {
  const best = strongest(controls, "averagePrecision");
  if (best === undefined) return "";
  const [label, { averagePrecision: theirs }] = best;
  const mine = model.averagePrecision;
  const word =
    mine > theirs + EVEN ? "more than" : mine < theirs - EVEN ? "less than" : "as much as";
  return ` Its average precision is ${percent(mine)}, ${word} the best control's (${label}, ${percent(theirs)}).`;
}

function strongest(
  controls: readonly (readonly [string, DetectionFigures])[],
  figure: "auroc" | "averagePrecision",
): readonly [string, DetectionFigures] | undefined {
  return controls.toSorted(([, a], [, b]) => b[figure] - a[figure])[0];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
