/**
 * Mutual information gap, where the factors v_k that the data varies by are known:
 *
 *   mig = 1/K Σ_k (I(z_j*; v_k) − max_{j ≠ j*} I(z_j; v_k)) / H(v_k),   j* = argmax_j I(z_j; v_k)
 *
 * with each dimension of the code cut into 20 equal ranges between its smallest and largest value,
 * and so each factor that is a number of more values than that.
 *
 * @see Chen, Li, Grosse and Duvenaud, "Isolating sources of disentanglement in variational
 *   autoencoders" (2018), equation 6; Locatello et al. (2019) for the 20 ranges
 */
import type { Matrix } from "../../base/tensor.ts";
import type { Labels } from "../../data/labels.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import type { MetricGroup } from "./metric.ts";

const RANGES = 20;
const MOST_ROWS = 20_000;
const ROWS_SITE = 0x316;

export const informationGap: MetricGroup = {
  title: "Code",
  metrics: {
    mig: {
      label: "Mutual information gap",
      unit: "",
      better: "higher",
      compare: "difference",
      help: "1 = each factor has a dimension of its own",
    },
  },
  conclude: async (study) => {
    const { factors } = study.request;
    if (factors === undefined) return new Map();
    const known = Object.values(factors);
    const rows = permutation(atSite(keyAt(0, 0), ROWS_SITE), study.source.rows)
      .filter((row) => known.every((values) => values[row] !== null && values[row] !== undefined))
      .slice(0, MOST_ROWS);
    if (rows.length === 0) return new Map();
    const columns = known.map((values) => Array.from(rows, (row) => values[row] as string));
    const codes = await study.codes(study.source, rows);
    return new Map(
      [...codes].flatMap(([name, matrix]) => {
        const mig = mutualInformationGap(matrix, columns);
        return mig === undefined ? [] : [[name, { mig }] as const];
      }),
    );
  },
};

/**
 * @param factors a value a row of the codes
 * @returns undefined if no factor varies
 */
export function mutualInformationGap(
  codes: Matrix,
  factors: readonly Labels[],
): number | undefined {
  const cut = Array.from({ length: codes.columns }, (_, column) => ranges(columnOf(codes, column)));
  const gaps = factors.map(valuesOf).flatMap(({ values, count }) => {
    const entropy = entropyOf(values, count);
    if (!(entropy > 0)) return [];
    const shared = cut
      .map((places) => {
        const joint = places.map((place, row) => place * count + (values[row] as number));
        return entropyOf(places, RANGES) + entropy - entropyOf(joint, RANGES * count);
      })
      .sort((a, b) => b - a);
    return [((shared[0] ?? 0) - (shared[1] ?? 0)) / entropy];
  });
  return gaps.length === 0 ? undefined : gaps.reduce((a, b) => a + b, 0) / gaps.length;
}

function columnOf({ data, rows, columns }: Matrix, column: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => data[row * columns + column] as number);
}

/** Which of the ranges between the smallest and the largest each value lies in. */
function ranges(values: Float64Array): Int32Array {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const width = (high - low) / RANGES;
  return Int32Array.from(values, (value) =>
    width > 0 ? Math.min(RANGES - 1, Math.floor((value - low) / width)) : 0,
  );
}

/** A factor's values as numbers from 0 to `count`. */
function valuesOf(labels: Labels): { readonly values: Int32Array; readonly count: number } {
  const distinct = new Set(labels);
  const numbers = Float64Array.from(labels, Number);
  return distinct.size > RANGES && numbers.every(Number.isFinite)
    ? { values: ranges(numbers), count: RANGES }
    : numbered(labels);
}

function numbered(labels: Labels): { readonly values: Int32Array; readonly count: number } {
  const places = new Map<string | null, number>();
  const values = Int32Array.from(labels, (label) => {
    const place = places.get(label) ?? places.size;
    places.set(label, place);
    return place;
  });
  return { values, count: places.size };
}

/** In nats, of the shares in which values from 0 to `count` occur. */
function entropyOf(values: Int32Array, count: number): number {
  const counts = new Float64Array(count);
  for (const value of values) counts[value] = (counts[value] as number) + 1;
  return counts.reduce((sum, n) => {
    const share = n / values.length;
    return n === 0 ? sum : sum - share * Math.log(share);
  }, 0);
}
