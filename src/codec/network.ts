/**
 * A small network that learns while it codes. From the neighbours of an element that are decoded
 * already it says by how much the linear prediction will be off, and how far it may be off beside
 * that; then it sees the element and learns. The reading side does the same, so no weight is stored.
 *
 * One hidden layer h = a / (1 + |a|), a linear way around it, Adam (Kingma and Ba, 2015) on means
 * over a few elements. Only + − × ÷ and square roots of doubles, in one order: every machine rounds
 * them alike.
 */
import { uniform } from "./uniform.ts";

/** Elements between two steps of the weights. */
const BATCH = 8;
const FIRST_RATE = 0.006;
const LAST_RATE = 0.0006;
/** Steps after which the rate has fallen by half. */
const HALF = 1500;
const DECAY_MEAN = 0.9;
const DECAY_SQUARE = 0.999;

export class Network {
  /** What it looks at; set before `run`. */
  readonly inputs: Float64Array;
  /** Expected value, and expected size of what is off beside it, of the units of `learn`. */
  shift = 0;
  spread = 0;
  readonly #hidden: number;
  /** Hidden weights, a row each with its constant; then two rows from inputs, hidden and 1. */
  readonly #weights: Float64Array;
  readonly #slopes: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  readonly #active: Float64Array;
  #seen = 0;
  #steps = 0;
  #meanLeft = 1;
  #squareLeft = 1;

  constructor(inputs: number, hidden: number) {
    const out = inputs + hidden + 1;
    const size = hidden * (inputs + 1) + 2 * out;
    this.inputs = new Float64Array(inputs);
    this.#hidden = hidden;
    this.#active = new Float64Array(hidden);
    this.#weights = new Float64Array(size);
    this.#slopes = new Float64Array(size);
    this.#means = new Float64Array(size);
    this.#squares = new Float64Array(size);
    const random = uniform(1);
    const reach = 2 / Math.sqrt(inputs);
    for (let i = 0; i < hidden * (inputs + 1); i += 1) this.#weights[i] = reach * (random() - 0.5);
    // Says at first that nothing is off.
    this.#weights[size - 1] = 0.4;
  }

  run(): void {
    const x = this.inputs;
    const w = this.#weights;
    const n = x.length;
    const hidden = this.#hidden;
    const active = this.#active;
    const first = hidden * (n + 1);
    const second = first + n + hidden + 1;
    let at = 0;
    for (let j = 0; j < hidden; j += 1) {
      let a = w[at + n] as number;
      for (let i = 0; i < n; i += 1) a += (w[at + i] as number) * (x[i] as number);
      active[j] = a / (1 + (a < 0 ? -a : a));
      at += n + 1;
    }
    let shift = w[second - 1] as number;
    let spread = w[second + n + hidden] as number;
    for (let i = 0; i < n; i += 1) {
      shift += (w[first + i] as number) * (x[i] as number);
      spread += (w[second + i] as number) * (x[i] as number);
    }
    for (let j = 0; j < hidden; j += 1) {
      shift += (w[first + n + j] as number) * (active[j] as number);
      spread += (w[second + n + j] as number) * (active[j] as number);
    }
    this.shift = shift;
    this.spread = spread;
  }

  /** @param value what came, in the units of `shift` */
  learn(value: number): void {
    const x = this.inputs;
    const w = this.#weights;
    const slopes = this.#slopes;
    const active = this.#active;
    const n = x.length;
    const hidden = this.#hidden;
    const first = hidden * (n + 1);
    const second = first + n + hidden + 1;
    const off = value - this.shift;
    const size = off < 0 ? -off : off;
    // Of a loss that grows as a square near 0 and ever slower beyond.
    const down = -off / (1 + size);
    const wide = this.spread - size / (1 + size);
    for (let i = 0; i < n; i += 1) {
      slopes[first + i] = (slopes[first + i] as number) + down * (x[i] as number);
      slopes[second + i] = (slopes[second + i] as number) + wide * (x[i] as number);
    }
    slopes[second - 1] = (slopes[second - 1] as number) + down;
    slopes[second + n + hidden] = (slopes[second + n + hidden] as number) + wide;
    let at = 0;
    for (let j = 0; j < hidden; j += 1) {
      const h = active[j] as number;
      const one = first + n + j;
      const two = second + n + j;
      const calm = 1 - (h < 0 ? -h : h);
      const slope = (down * (w[one] as number) + wide * (w[two] as number)) * calm * calm;
      slopes[one] = (slopes[one] as number) + down * h;
      slopes[two] = (slopes[two] as number) + wide * h;
      for (let i = 0; i < n; i += 1) {
        slopes[at + i] = (slopes[at + i] as number) + slope * (x[i] as number);
      }
      slopes[at + n] = (slopes[at + n] as number) + slope;
      at += n + 1;
    }
    this.#seen += 1;
    if (this.#seen % BATCH === 0) this.#step();
  }

  #step(): void {
    const w = this.#weights;
    const slopes = this.#slopes;
    const means = this.#means;
    const squares = this.#squares;
    this.#steps += 1;
    this.#meanLeft *= DECAY_MEAN;
    this.#squareLeft *= DECAY_SQUARE;
    const rate = LAST_RATE + (FIRST_RATE - LAST_RATE) / (1 + this.#steps / HALF);
    const meanScale = 1 / (1 - this.#meanLeft);
    const squareScale = 1 / (1 - this.#squareLeft);
    for (let i = 0; i < w.length; i += 1) {
      const slope = (slopes[i] as number) / BATCH;
      const mean = DECAY_MEAN * (means[i] as number) + (1 - DECAY_MEAN) * slope;
      const square = DECAY_SQUARE * (squares[i] as number) + (1 - DECAY_SQUARE) * slope * slope;
      means[i] = mean;
      squares[i] = square;
      slopes[i] = 0;
      w[i] =
        (w[i] as number) - (rate * mean * meanScale) / (Math.sqrt(square * squareScale) + 1e-8);
    }
  }
}
