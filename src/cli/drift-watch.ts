/** While a stream is scored: says once in a while when its rows are no longer like those before. */
import { watchDrift } from "../detect/calibration.ts";
import { formatNumber } from "../report/format.ts";
import { driftText } from "./alarm-words.ts";
import type { LoadedModel } from "./model-verb.ts";
import type { Terminal } from "./terminal.ts";

/** Rows that are looked at together. */
const SPAN = 2048;
/** Between two warnings. */
const QUIET_SECONDS = 600;

/** @param now seconds, from any start */
export function watchStream(
  terminal: Pick<Terminal, "say" | "colors">,
  { info, calibration }: Pick<LoadedModel, "info" | "calibration">,
  path: string,
  now: () => number = () => performance.now() / 1000,
): { add(pValues: ArrayLike<number>): void } {
  let watch = watchDrift(calibration);
  let rows = 0;
  let told = -Infinity;
  /** A warning stands. */
  let warned = false;
  const look = (): void => {
    const drift = watch.drift();
    watch = watchDrift(calibration);
    const which = `rows ${formatNumber(rows - SPAN + 1)} to ${formatNumber(rows)}`;
    if (drift.drifted && !warned && now() - told >= QUIET_SECONDS) {
      [warned, told] = [true, now()];
      const words = driftText(drift, info, { which, model: path, data: "RECENT" });
      terminal.say(`${terminal.colors.yellow("warning:")} ${words}`);
    } else if (warned && !drift.drifted) {
      warned = false;
      terminal.say(`the scores of ${which} are as usual again`);
    }
  };
  return {
    add: (pValues) => {
      for (let i = 0; i < pValues.length; i += 1) {
        watch.add(pValues[i] as number);
        rows += 1;
        if (rows % SPAN === 0) look();
      }
    },
  };
}
