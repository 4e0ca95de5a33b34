/** Alarms that follow the rows: the threshold is refitted as scores come. */
import { permutation } from "../random/numbers.ts";
import { keyAt } from "../random/bits.ts";
import type { Alarms, ThresholdRule } from "./calibration.ts";
import { alarmsOf, thresholdOf } from "./calibration.ts";

export interface AdaptiveAlarms {
  /** Judges scores in their order, each by the scores before it. */
  judge(scores: Float32Array): Alarms;
  /** Where alarms begin now. */
  threshold(): number;
}

/** Refits in which all remembered scores have been replaced once. */
const REFITS = 20;

/**
 * The threshold of the last `remember` scores, by the model's rule. It begins with the model's own
 * scores, which give way one by one; it is refitted after each twentieth of `remember`.
 *
 * All scores count, also those that raised an alarm. Left out, the threshold would sink at each
 * refit, as the highest scores of usual rows would be missing, and alarms would become more and
 * more. So what stays unusual for long becomes usual: `remember` says how long.
 *
 * The outcome depends on the order of scores alone, not on how many come at a time.
 *
 * @param calibration the model's own, rising
 * @throws `threshold.rows` when so few scores cannot promise so few false alarms
 */
export function adaptiveAlarms(
  calibration: Float32Array,
  rule: ThresholdRule,
  remember: number,
): AdaptiveAlarms {
  const recent = spread(calibration, remember);
  let sorted = recent.toSorted();
  let limit = thresholdOf(sorted, rule);
  let at = 0;
  let due = 0;
  const every = Math.max(1, Math.floor(remember / REFITS));
  const refit = (): void => {
    sorted = recent.toSorted();
    limit = thresholdOf(sorted, rule);
    due = 0;
  };
  return {
    judge: (scores) => {
      const pValues = new Float64Array(scores.length);
      const alarms = new Uint8Array(scores.length);
      for (let from = 0; from < scores.length;) {
        const some = scores.subarray(from, from + every - due);
        const judged = alarmsOf(some, sorted, limit);
        pValues.set(judged.pValues, from);
        alarms.set(judged.alarms, from);
        for (const score of some) {
          if (!Number.isFinite(score)) continue;
          recent[at] = score;
          at = (at + 1) % remember;
        }
        from += some.length;
        due += some.length;
        if (due >= every) refit();
      }
      return { pValues, alarms };
    },
    threshold: () => limit.value,
  };
}

/** As many scores of the same distribution, in no order: whichever are replaced first, the rest is alike. */
function spread(calibration: Float32Array, count: number): Float32Array {
  const even = Float32Array.from({ length: count }, (_, i) => {
    const place = ((i + 0.5) / count) * calibration.length - 0.5;
    const low = Math.max(0, Math.floor(place));
    const high = Math.min(calibration.length - 1, low + 1);
    const [below, above] = [calibration[low] as number, calibration[high] as number];
    return below + (above - below) * Math.max(0, Math.min(1, place - low));
  });
  return Float32Array.from(permutation(keyAt(0, 0), count), (i) => even[i] as number);
}
