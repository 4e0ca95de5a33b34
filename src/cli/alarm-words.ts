/** Alarms in words, with what to do about them on the command line. */
import { inputError } from "../base/errors.ts";
import type { Drift } from "../detect/calibration.ts";
import type { AlarmInfo } from "../report/alarm-words.ts";
import { driftWords } from "../report/alarm-words.ts";

export { alarmSummary, calibratedOn, nounOf, promiseText } from "../report/alarm-words.ts";

/** What to tell of rows that lie further out than those that the threshold was set by. */
export function driftText(
  drift: Drift,
  info: AlarmInfo,
  { which, model, data }: { readonly which: string; readonly model: string; readonly data: string },
): string {
  return [
    driftWords(drift, info, which),
    `If these are usual now: ae threshold ${model} ${data}`,
    "refits the threshold; if what is usual has changed for good, train again.",
  ].join(" ");
}

/** The first option that was given, of some by their flags. */
export function firstGiven(options: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(options).find(
    (flag) => options[flag] !== undefined && options[flag] !== false,
  );
}

/** @throws `options.invalid` for options that say something of alarms beside another score */
export function requireAlarmsWith(
  by: string | undefined,
  given: Readonly<Record<string, unknown>>,
): void {
  if (by !== "reconstruction") return;
  const flag = firstGiven(given);
  if (flag === undefined) return;
  throw inputError("options.invalid", {
    place: flag,
    expected: "scores by distance, which alarms are set by",
    got: "--by reconstruction",
    hint: "leave out --by reconstruction",
  });
}
