/** Fits the weights of a linear prediction to a block, by least squares. Writing side only. */
import type { Linear } from "./predictor.ts";
import { solve } from "./least-squares.ts";
import { insideLine, type Compiled } from "./linear.ts";

/** Elements looked at, at most: more change the weights in digits that do not count. */
const MOST = 150_000;

/**
 * @param counted values in units of the line
 * @param noise mean square by which decoded neighbours will be off
 * @param step when given, elements count by how calm their surroundings are, down to this
 * @param learned a learned prediction, in the same units
 * @returns undefined where nothing can be fitted
 */
export function fitLinear(
  counted: Float64Array,
  causal: Compiled,
  groups: number,
  noise: number,
  step?: number,
  learned?: { readonly round: Compiled; readonly side: Float64Array },
): Linear | undefined {
  const { axes } = causal;
  const size = scaleOf(counted);
  const weights: Float64Array[] = [];
  const roundWeights: Float64Array[] = [];
  const constants = new Float64Array(groups);
  const places = insidePlaces(causal, learned?.round, groups);
  for (let group = 0; group < groups; group += 1) {
    const taps = causal.taps[group]?.offsets ?? new Int32Array(0);
    const around = learned?.round.taps[group]?.offsets ?? new Int32Array(0);
    const n = taps.length + around.length + 1;
    const gram = new Float64Array(n * n);
    const right = new Float64Array(n);
    const row = new Float64Array(n);
    const stride = Math.max(1, Math.ceil(places.count / MOST));
    let used = 0;
    let total = 0;
    let skip = 0;
    for (const [from, to] of places.lines) {
      let x = from + skip;
      for (; x < to; x += stride) {
        const index = groups > 1 ? x * groups + group : x;
        for (let t = 0; t < taps.length; t += 1) {
          row[t] = (counted[index + (taps[t] as number)] as number) / size;
        }
        for (let t = 0; t < around.length; t += 1) {
          row[taps.length + t] = (learned?.side[index + (around[t] as number)] as number) / size;
        }
        row[n - 1] = 1;
        const y = (counted[index] as number) / size;
        used += 1;
        let calm = 1;
        if (step !== undefined) {
          const near = Math.min(4, taps.length);
          let rough = (2 * step) / size;
          for (let t = 0; t < near; t += 1) {
            rough += Math.abs((row[t] as number) - (row[(t + 1) % near] as number));
          }
          calm = (step / size / rough) ** 2;
        }
        total += calm;
        for (let i = 0; i < n; i += 1) {
          const a = calm * (row[i] as number);
          for (let j = 0; j <= i; j += 1)
            gram[i * n + j] = (gram[i * n + j] as number) + a * (row[j] as number);
          right[i] = (right[i] as number) + a * y;
        }
      }
      skip = x - to;
    }
    if (used < 4 * n) return undefined;
    for (let i = 0; i < n; i += 1) {
      const ridge = i < taps.length ? (total * noise) / size / size : 0;
      const own = gram[i * n + i] as number;
      gram[i * n + i] = own + ridge + 1e-10 * own + 1e-300;
      for (let j = i + 1; j < n; j += 1) gram[i * n + j] = gram[j * n + i] as number;
    }
    const w = solve(gram, right, n);
    if (w === undefined) return undefined;
    weights.push(w.slice(0, taps.length).map((v) => Math.fround(v)));
    roundWeights.push(w.slice(taps.length, n - 1).map((v) => Math.fround(v)));
    constants[group] = Math.fround((w[n - 1] as number) * size);
    if (!Number.isFinite(constants[group])) return undefined;
  }
  if (axes.length === 0) return undefined;
  return {
    causal,
    weights,
    constants,
    ...(learned === undefined ? {} : { round: learned.round, roundWeights }),
  };
}

/** A power of two of the size of the values, so that squares stay within reach. */
function scaleOf(values: Float64Array): number {
  let most = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > most && size < Infinity) most = size;
  }
  let scale = 1;
  while (scale < most && scale < 2 ** 1000) scale *= 2;
  while (scale > most && scale > 2 ** -1000) scale /= 2;
  return scale;
}

/** Runs of elements (of channels: of places) all of whose neighbours exist. */
function insidePlaces(causal: Compiled, round: Compiled | undefined, groups: number) {
  const { axes } = causal;
  const lines: (readonly [number, number])[] = [];
  let count = 0;
  const last = axes.length - 1;
  const length = axes[last] as number;
  const lead = axes.slice(0, last).reduce((product, n) => product * n, 1);
  const place = axes.map(() => 0);
  for (let line = 0; line < lead; line += 1) {
    const inside = insideLine(causal, place) && (round === undefined || insideLine(round, place));
    if (inside && groups > 1) {
      lines.push([line, line + 1]);
      count += 1;
    } else if (inside) {
      const from = Math.max(causal.before[last] as number, round?.before[last] ?? 0);
      const to = length - Math.max(causal.after[last] as number, round?.after[last] ?? 0);
      if (to > from) {
        lines.push([line * length + from, line * length + to]);
        count += to - from;
      }
    }
    for (let axis = last - 1; axis >= 0; axis -= 1) {
      place[axis] = (place[axis] as number) + 1;
      if ((place[axis] as number) < (axes[axis] as number)) break;
      place[axis] = 0;
    }
  }
  return { lines, count };
}
