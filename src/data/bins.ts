/**
 * A column of numbers as a few bins: a value that comes again and again is a bin of its own, the
 * others share theirs with their neighbours, about as many rows in each. No bin reaches over a gap.
 */

/** In raw units, rising; no two touch. */
export interface Bins {
  readonly low: readonly number[];
  /** Equal to `low` where the bin is one value. */
  readonly high: readonly number[];
}

/** Rows a bin, at least: with fewer, how often it comes could not be learned. */
const LEAST_ROWS = 20;
const LEAST_BINS = 4;
/** Bins of one column, and of all columns of a table together. */
const MOST_BINS = 40;
const MOST_TOGETHER = 1024;

/** How many bins a column may have, by what there is to learn them from. */
export function mostBins(rows: number, columns: number): number {
  const room = Math.min(MOST_BINS, Math.floor(MOST_TOGETHER / Math.max(1, columns)));
  return Math.max(LEAST_BINS, Math.min(room, Math.floor(rows / LEAST_ROWS)));
}

/**
 * @param values NaN is missing
 * @param most bins, from 2
 * @returns undefined where there is no value
 */
export function fitBins(values: Float64Array, most: number): Bins | undefined {
  const sorted = values.filter((x) => !Number.isNaN(x)).sort();
  if (sorted.length === 0) return undefined;
  const { distinct, counts } = counted(sorted);
  const alone = spikesOf(counts, sorted.length, most);
  const spikes = alone.reduce((n, one) => n + Number(one), 0);
  const gaps = gapsOf(distinct, alone, Math.floor((most - spikes) / 4));
  const rest = counts.reduce((n, count, i) => (alone[i] === true ? n : n + count), 0);
  const share = rest / Math.max(1, most - spikes - gaps.size);
  const low: number[] = [];
  const high: number[] = [];
  let [before, last] = [0, -1];
  for (const [i, value] of distinct.entries()) {
    const count = counts[i] as number;
    // A run between two spikes or gaps is a bin of its own, however few rows it has.
    const bin = alone[i] === true ? -1 : Math.floor((before + count / 2) / share);
    if (bin >= 0 && bin === last && !gaps.has(i)) high[high.length - 1] = value;
    else {
      low.push(value);
      high.push(value);
    }
    if (bin >= 0) before += count;
    last = bin;
  }
  return { low, high };
}

function counted(sorted: Float64Array): { distinct: number[]; counts: number[] } {
  const distinct: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value === distinct.at(-1)) counts[counts.length - 1] = (counts.at(-1) as number) + 1;
    else {
      distinct.push(value);
      counts.push(1);
    }
  }
  return { distinct, counts };
}

/**
 * Values that fill a bin by themselves. Found again without those found, as beside a column's zeros
 * nothing else seems to come often.
 */
function spikesOf(counts: readonly number[], rows: number, most: number): boolean[] {
  if (counts.length <= most) return counts.map(() => true);
  const alone = counts.map(() => false);
  let [rest, left] = [rows, most];
  for (;;) {
    const found = counts.flatMap((count, i) =>
      alone[i] !== true && count > 1 && count * left >= rest ? [i] : [],
    );
    // Runs between spikes need bins too.
    if (found.length === 0 || left - 2 * found.length < 2) return alone;
    for (const i of found) {
      alone[i] = true;
      rest -= counts[i] as number;
      left -= 1;
    }
  }
}

/** Values on either side that a gap is seen among, at most and at least. */
const BESIDE = 20;
const LEAST_BESIDE = 10;
/** Chance that a column of even values seems to have one. */
const BY_CHANCE = 1e-3;

/**
 * Values before which nothing lies for longer than chance leaves between so many: of n + 1 values thrown
 * evenly, the chance that any of the n gaps takes a share t of their range is at most n (1 − t)ⁿ⁻¹. Towards
 * the ends of a column, where few values lie far apart, there are none.
 *
 * @param most of them, the longest first
 */
function gapsOf(
  distinct: readonly number[],
  alone: readonly boolean[],
  most: number,
): ReadonlySet<number> {
  const found: (readonly [place: number, length: number])[] = [];
  const chance = BY_CHANCE / Math.max(1, distinct.length / BESIDE);
  for (let i = LEAST_BESIDE; i <= distinct.length - LEAST_BESIDE; i += 1) {
    if (alone[i] === true || alone[i - 1] === true) continue;
    const [first, last] = [Math.max(0, i - BESIDE), Math.min(distinct.length, i + BESIDE) - 1];
    const length = (distinct[i] as number) - (distinct[i - 1] as number);
    const share = length / ((distinct[last] as number) - (distinct[first] as number));
    const n = last - first;
    if (n * (1 - share) ** (n - 1) < chance) found.push([i, length]);
  }
  const longest = found.toSorted(([, a], [, b]) => b - a).slice(0, Math.max(0, most));
  return new Set(longest.map(([place]) => place));
}

const MOST_DECIMALS = 6;
/** Values that are looked at: more say no more. */
const LOOKED_AT = 5000;

/** Digits after the point that all values get by with; undefined where more than six are used. */
export function decimalsOf(values: Float64Array): number | undefined {
  const step = Math.max(1, Math.floor(values.length / LOOKED_AT));
  let decimals = 0;
  for (let i = 0; i < values.length; i += step) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    while (Number(value.toFixed(decimals)) !== value) {
      decimals += 1;
      if (decimals > MOST_DECIMALS) return undefined;
    }
  }
  return decimals;
}
