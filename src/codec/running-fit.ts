/**
 * Least squares that forget: the weights of a sum, fitted to what came so far, what is long past
 * counting less. Both sides of the coder fit alike, so no weight is stored.
 *
 * Only + − × ÷ of doubles, in one order: every machine rounds them alike.
 */

/** How much of what is past is kept, an element. */
const KEEP = 0.998;
/** Elements between two fits. */
const EVERY = 16;
/** Added to the diagonal, so that weights stay small where nothing was seen. */
const RIDGE = 40;

export class RunningFit {
  /** What it looks at; set before `run`. */
  readonly inputs: Float64Array;
  readonly #gram: Float64Array;
  readonly #right: Float64Array;
  readonly #weights: Float64Array;
  readonly #factor: Float64Array;
  #since = 0;

  constructor(size: number) {
    this.inputs = new Float64Array(size);
    this.#gram = new Float64Array(size * size);
    this.#factor = new Float64Array(size * size);
    this.#right = new Float64Array(size);
    this.#weights = new Float64Array(size);
  }

  run(): number {
    const w = this.#weights;
    const x = this.inputs;
    let sum = 0;
    for (let i = 0; i < x.length; i += 1) sum += (w[i] as number) * (x[i] as number);
    return sum;
  }

  /** @param value what should have come out */
  learn(value: number): void {
    const x = this.inputs;
    const n = x.length;
    const gram = this.#gram;
    const right = this.#right;
    for (let i = 0; i < n; i += 1) {
      const a = x[i] as number;
      const row = i * n;
      for (let j = 0; j <= i; j += 1) {
        gram[row + j] = KEEP * (gram[row + j] as number) + a * (x[j] as number);
      }
      right[i] = KEEP * (right[i] as number) + a * value;
    }
    this.#since += 1;
    if (this.#since < EVERY) return;
    this.#since = 0;
    this.#solve();
  }

  /** Cholesky without roots: L below the diagonal, D on it, L · D (transposed) above. */
  #solve(): void {
    const n = this.inputs.length;
    const gram = this.#gram;
    const l = this.#factor;
    const w = this.#weights;
    for (let i = 0; i < n; i += 1) {
      const row = i * n;
      for (let j = 0; j < i; j += 1) {
        let sum = gram[row + j] as number;
        for (let k = 0; k < j; k += 1) sum -= (l[row + k] as number) * (l[k * n + j] as number);
        l[j * n + i] = sum;
        l[row + j] = sum / (l[j * n + j] as number);
      }
      let own = (gram[row + i] as number) * 1.0005 + RIDGE;
      for (let k = 0; k < i; k += 1) own -= (l[row + k] as number) * (l[k * n + i] as number);
      l[row + i] = own > 1 ? own : 1;
    }
    for (let i = 0; i < n; i += 1) {
      let sum = this.#right[i] as number;
      for (let k = 0; k < i; k += 1) sum -= (l[i * n + k] as number) * (w[k] as number);
      w[i] = sum;
    }
    for (let i = n - 1; i >= 0; i -= 1) {
      let sum = (w[i] as number) / (l[i * n + i] as number);
      for (let k = i + 1; k < n; k += 1) sum -= (l[k * n + i] as number) * (w[k] as number);
      w[i] = sum;
    }
  }
}
