/**
 * What a network that learns while it codes says of each element of a block: which way the linear
 * prediction will be off, and how far beside that. Both only choose among chances that are counted,
 * so a network that is wrong costs little.
 */
import { causalSteps, type Layout, type Step } from "./layout.ts";
import { compile, insideLine, isInside, type Taps } from "./linear.ts";
import { Network } from "./network.ts";

export interface Seen {
  readonly layout: Layout;
  /** Values decoded so far, in units of the line. */
  readonly field: Float64Array;
  readonly step: number;
  /** What is no difference at all, in units of the line. */
  readonly least: number;
  /** Between which most values lie. */
  readonly low: number;
  readonly high: number;
}

const NEIGHBOURS = 24;
/** Neighbours whose own errors are looked at. */
const JUDGES = 6;
const HIDDEN = 24;
/** How far back the size of errors is remembered, elements. */
const MEMORY = 0.999;
const FURTHEST = 8;

/** Values of `width` and `way`. */
export const WIDTHS = 48;
export const SHIFTS = 31;

export class Learning {
  /** How far the element may be off: 0 to `WIDTHS` − 1. */
  width = 0;
  /** Which way it will be off, in half steps: 0 to `SHIFTS` − 1, the middle for neither. */
  way = (SHIFTS - 1) / 2;
  readonly #seen: Seen;
  readonly #network: Network;
  readonly #wide: ReturnType<typeof compile>;
  readonly #near: ReturnType<typeof compile>;
  /** Of each element: how far off the prediction was. */
  readonly #off: Float64Array;
  readonly #scale: number;
  #inside = false;
  #sum = 0;
  #weight = 0;
  #unit = 1;

  constructor(seen: Seen) {
    const { layout, field, low, high } = seen;
    this.#seen = seen;
    this.#network = new Network(
      NEIGHBOURS + JUDGES + 2 + (layout.channels ? layout.groups : 0),
      HIDDEN,
    );
    this.#wide = compile(layout, causalSteps(layout, NEIGHBOURS));
    this.#near = compile(layout, causalSteps(layout, JUDGES));
    this.#off = new Float64Array(field.length);
    this.#scale = 1 / (high - low || 1);
  }

  /** A new line of elements, the last axis at 0. */
  begin(place: readonly number[]): void {
    this.#inside = insideLine(this.#wide, place);
  }

  look(index: number, x: number, group: number, place: readonly number[], predicted: number): void {
    const { layout, field, least, step, low } = this.#seen;
    const { axes, channels } = layout;
    const { inputs } = this.#network;
    const unit = (this.#weight > 0 ? this.#sum / this.#weight : 0) + least;
    this.#unit = unit;
    const last = axes.length - 1;
    const { before, after } = this.#wide;
    const whole =
      this.#inside &&
      (channels ||
        (x >= (before[last] as number) && x < (axes[last] as number) - (after[last] as number)));
    const { offsets, steps } = this.#wide.taps[group] as Taps;
    for (let t = 0; t < NEIGHBOURS; t += 1) {
      let value = 0;
      if (t < offsets.length && (whole || isInside(steps[t] as Step, place, axes))) {
        value = ((field[index + (offsets[t] as number)] as number) - predicted) / unit;
        value =
          value < -1e9 ? -5 : value > 1e9 ? 5 : value / (1 + 0.2 * (value < 0 ? -value : value));
      }
      inputs[t] = value === value ? value : 0;
    }
    const { offsets: near, steps: nearSteps } = this.#near.taps[group] as Taps;
    for (let t = 0; t < JUDGES; t += 1) {
      let size = 0;
      if (t < near.length && (whole || isInside(nearSteps[t] as Step, place, axes))) {
        size = (this.#off[index + (near[t] as number)] as number) / unit;
      }
      inputs[NEIGHBOURS + t] = size < 1e9 ? size / (1 + size) : 1;
    }
    const steps0 = predicted / step;
    const rest = steps0 - Math.floor(steps0) - 0.5;
    inputs[NEIGHBOURS + JUDGES] = rest > -1 && rest < 1 ? rest : 0;
    const height = (predicted - low) * this.#scale - 0.5;
    inputs[NEIGHBOURS + JUDGES + 1] = height > -2 && height < 2 ? height : 0;
    if (channels) {
      for (let g = 0; g < layout.groups; g += 1) {
        inputs[NEIGHBOURS + JUDGES + 2 + g] = g === group ? 1 : 0;
      }
    }
    this.#network.run();
    const { shift, spread } = this.#network;
    this.width = spread > 0 ? Math.floor((spread < 1 ? spread : 1) * (WIDTHS - 0.01)) : 0;
    const halves = Math.floor((2 * unit * shift) / step + 0.5);
    const most = (SHIFTS - 1) / 2;
    this.way =
      most + (halves > most ? most : halves < -most ? -most : halves === halves ? halves : 0);
  }

  /** What the element turned out to be. */
  learn(index: number, predicted: number, known: boolean): void {
    const distance = (this.#seen.field[index] as number) - predicted;
    const size = distance < 0 ? -distance : distance;
    if (!known || !(size < 1e300)) return;
    this.#off[index] = size;
    const units = distance / this.#unit;
    this.#network.learn(units > FURTHEST ? FURTHEST : units < -FURTHEST ? -FURTHEST : units);
    // One that is far out says little of the others; the first says all there is.
    const most = this.#weight > 0 ? FURTHEST * this.#unit : size;
    this.#sum = MEMORY * this.#sum + (size < most ? size : most);
    this.#weight = MEMORY * this.#weight + 1;
  }
}
