/**
 * Predicts each element of a block from those before it.
 *
 * Only + − × ÷ of doubles, in one order: every machine rounds them alike.
 */
import type { Layout } from "./layout.ts";
import { gather, insideLine, type Compiled, type Taps } from "./linear.ts";

/** A sum over neighbours, a weight each, and a constant. */
export interface Linear {
  readonly causal: Compiled;
  /** Of each group, of its causal neighbours. */
  readonly weights: readonly Float64Array[];
  /** On the learned prediction. */
  readonly round?: Compiled;
  readonly roundWeights?: readonly Float64Array[];
  readonly constants: Float64Array;
}

export interface Surroundings {
  readonly layout: Layout;
  /** Values decoded so far, in units of the line. */
  readonly field: Float64Array;
  /** The learned prediction. */
  readonly side: Float64Array | undefined;
  /** What stands for neighbours where there are none. */
  readonly start: number;
}

/** A linear prediction on its way through a block. */
export class Predictor {
  readonly #linear: Linear;
  readonly #around: Surroundings;
  readonly #edge: Float64Array;
  readonly #left: number;
  readonly #right: number;
  readonly #roundLeft: number;
  readonly #roundRight: number;
  #inside = false;
  #roundInside = false;

  constructor(linear: Linear, around: Surroundings) {
    this.#linear = linear;
    this.#around = around;
    const { causal, round } = linear;
    const longest = [...causal.taps, ...(round?.taps ?? [])].map(({ steps }) => steps.length);
    this.#edge = new Float64Array(Math.max(1, ...longest));
    const { axes, channels } = around.layout;
    const last = axes.length - 1;
    const length = axes[last] as number;
    const ends = ({ before, after }: Compiled) =>
      channels ? [0, length] : [before[last] as number, length - (after[last] as number)];
    [this.#left = 0, this.#right = 0] = ends(causal);
    [this.#roundLeft = 0, this.#roundRight = 0] = round === undefined ? [0, 0] : ends(round);
  }

  /** A new line of elements, the last axis at 0. */
  begin(place: readonly number[]): void {
    const { causal, round } = this.#linear;
    this.#inside = insideLine(causal, place);
    this.#roundInside = round !== undefined && insideLine(round, place);
  }

  at(index: number, x: number, group: number, place: readonly number[]): number {
    const { causal, weights, round, roundWeights, constants } = this.#linear;
    const { field, side, start } = this.#around;
    const { offsets } = causal.taps[group] as Taps;
    const weight = weights[group] as Float64Array;
    let sum = constants[group] as number;
    if (this.#inside && x >= this.#left && x < this.#right) {
      for (let t = 0; t < offsets.length; t += 1) {
        sum += (weight[t] as number) * (field[index + (offsets[t] as number)] as number);
      }
    } else {
      const edge = this.#edge;
      gather(causal, group, place, index, field, start, edge);
      for (let t = 0; t < offsets.length; t += 1) {
        sum += (weight[t] as number) * (edge[t] as number);
      }
    }
    if (round !== undefined && roundWeights !== undefined && side !== undefined) {
      const { offsets: around } = round.taps[group] as Taps;
      const sideWeight = roundWeights[group] as Float64Array;
      if (this.#roundInside && x >= this.#roundLeft && x < this.#roundRight) {
        for (let t = 0; t < around.length; t += 1) {
          sum += (sideWeight[t] as number) * (side[index + (around[t] as number)] as number);
        }
      } else {
        const edge = this.#edge;
        gather(round, group, place, index, side, 0, edge);
        for (let t = 0; t < around.length; t += 1) {
          sum += (sideWeight[t] as number) * (edge[t] as number);
        }
      }
    }
    return sum > -1e300 && sum < 1e300 ? sum : start;
  }
}
