/** Alarms in words: what a threshold promises, how many to expect, when new rows are of another kind. */
import type { Drift, Threshold } from "../detect/calibration.ts";
import { expectedShare } from "../detect/calibration.ts";
import { formatCount, formatNumber, formatShare } from "./format.ts";

/** Of a model, what these words need. */
export interface AlarmInfo {
  readonly schema: { readonly kind: string; readonly window?: number };
  readonly alarms: Threshold & {
    readonly rows: number;
    readonly data: string;
    readonly heldOut: boolean;
  };
  readonly training: { readonly data: string; readonly validationRows: number };
}

/** What alarms are about. */
export function nounOf({ schema }: Pick<AlarmInfo, "schema">): "row" | "point" | "user" {
  if (schema.kind === "interactions") return "user";
  return schema.kind === "series" ? "point" : "row";
}

/** `34 rows held out in training`, `2,000 rows of usual.csv`. */
export function calibratedOn(info: AlarmInfo): string {
  const { alarms, training } = info;
  const rows = formatCount(alarms.rows, nounOf(info));
  if (!alarms.heldOut) return `${rows} that it was trained on`;
  return isOwn(info) && training.validationRows > 0
    ? `${rows} held out in training`
    : `${rows} of ${alarms.data}`;
}

/** Whether alarms are set by the training's own held-out rows, as far as can be told. */
function isOwn({ alarms, training, schema: { window = 1 } }: AlarmInfo): boolean {
  return alarms.data === training.data && alarms.rows <= training.validationRows * window;
}

/** How the threshold was set, and what may be relied on. */
export function promiseText(info: AlarmInfo): string {
  const { by, at, heldOut } = info.alarms;
  const noun = nounOf(info);
  const whose = calibratedOn(info);
  switch (by) {
    case "false-alarms":
      if (heldOut && noun === "point") return estimateText(info, whose);
      return heldOut
        ? `at most ${oneIn(at)} usual ${noun}s raises an alarm, as long as new ones are like the ${whose}`
        : `${oneIn(at)} of the ${whose} raises an alarm; no ${noun}s were held out, so of new ones more will`;
    case "contamination":
      return `${formatShare(at)} of the ${whose} are taken to be unusual, and raise an alarm`;
    case "quantile":
      return `alarms begin above what ${formatShare(at)} of the ${whose} score`;
    case "score":
      return "alarms begin above a score that was given";
  }
}

/**
 * Of points in time. A promise is for rows that could change places; points of a window score nearly
 * alike, and what a machine does next may be none of what it did while the threshold was set.
 */
function estimateText({ alarms, schema: { window = 1 } }: AlarmInfo, whose: string): string {
  const worth = formatCount(Math.max(1, Math.round(alarms.rows / window)), "window");
  return `about ${oneIn(alarms.at)} usual points raises an alarm, going by the ${whose}; no promise, since neighbouring points score alike: these say as much as ${worth} would`;
}

/** `1 in 100`. */
export function oneIn(share: number): string {
  const many = 1 / share;
  // 3 in 1,000, not 1 in 333.
  if (Math.abs(many - Math.round(many)) < 0.01 * many)
    return `1 in ${formatNumber(Math.round(many))}`;
  const thousands = share * 1000;
  return `${formatNumber(thousands >= 1 ? Math.round(thousands * 10) / 10 : thousands)} in 1,000`;
}

/** How many alarms there were, and how many there would be if nothing were odd. */
export function alarmSummary(
  { rows, alarms }: { readonly rows: number; readonly alarms: number },
  { info, calibration }: { readonly info: AlarmInfo; readonly calibration: Float32Array },
): string {
  const { value } = info.alarms;
  const share = rows === 0 ? "" : ` (${formatShare(alarms / rows)})`;
  const expected = expectedShare(info.alarms, calibration) * rows;
  const about = expected < 0.5 ? "hardly any" : `about ${formatNumber(Math.round(expected))}`;
  const noun = nounOf(info);
  const caution = noun === "point" ? ", or several times that, as they come in runs" : "";
  return `${formatNumber(alarms)} of ${formatCount(rows, noun)}${share} raise an alarm, with a score above ${formatNumber(value)}; if nothing were odd, ${about} would${caution}`;
}

/** What to tell of rows that lie further out than those that the threshold was set by. */
export function driftWords(
  { middle }: Pick<Drift, "middle">,
  info: AlarmInfo,
  which: string,
): string {
  const shown = formatShare(Math.min(0.999, Math.max(0.001, middle)));
  const how =
    Math.abs(middle - 0.5) < 0.05
      ? "they spread further"
      : `half of them score above what ${shown} of those do, where it should be 50%`;
  return `the scores of ${which} are higher than those of the ${calibratedOn(info)}: ${how}. Expect more alarms than ${nounOf(info) === "point" ? "that" : "promised"}.`;
}
