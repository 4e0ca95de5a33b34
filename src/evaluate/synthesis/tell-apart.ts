/**
 * Whether a classifier tells samples from real rows: boosted trees learn it on one half of both and
 * are judged on the other, and the other way about. The mean of the two areas under the ROC curve:
 * 0.5 where they cannot, 1 where they always can.
 *
 * @see Lopez-Paz and Oquab, "Revisiting classifier two-sample tests" (2017)
 */
import { areaUnderRoc } from "../detection/ranking.ts";
import { fitBoosting } from "./boosting.ts";
import type { Fields } from "./fields.ts";
import { joinFields, takeFields } from "./fields.ts";

/** Cells that one of the two learns from: a second or two. */
const MOST_CELLS = 250_000;
const MOST_ROWS = 5000;
const LEAST_ROWS = 100;
const ROUNDS = 50;

/** @returns undefined where there are too few rows of either to learn from */
export function tellApart(real: Fields, samples: Fields): number | undefined {
  const bearable = Math.max(2 * LEAST_ROWS, Math.floor(MOST_CELLS / real.fields.length));
  const count = Math.min(real.rows, samples.rows, MOST_ROWS, bearable);
  if (count < LEAST_ROWS) return undefined;
  const half = (fields: Fields, parity: number): Fields =>
    takeFields(
      fields,
      Int32Array.from({ length: Math.floor(count / 2) }, (_, i) => 2 * i + parity),
    );
  const areas = [0, 1].map((parity) => {
    const [fit, test] = [parity, 1 - parity].map((side) => {
      const [own, made] = [half(real, side), half(samples, side)];
      const codes = Int32Array.from({ length: own.rows + made.rows }, (_, i) =>
        Number(i >= own.rows),
      );
      return { fields: joinFields(own, made), codes };
    }) as [Side, Side];
    const target = { kind: "class", codes: fit.codes, classes: 2 } as const;
    const [chance] = fitBoosting(fit.fields, target, { rounds: ROUNDS }).predict(test.fields);
    return areaUnderRoc(chance as Float64Array, test.codes) as number;
  });
  return ((areas[0] as number) + (areas[1] as number)) / 2;
}

interface Side {
  readonly fields: Fields;
  readonly codes: Int32Array;
}
