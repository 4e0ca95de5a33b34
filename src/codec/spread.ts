/** Chances that a value lies above a middle, of a bell around a prediction. */

const STEPS = 64;
const REACH = 20;
/** exp(1 / 64) to double precision. */
const ROOT = 1.0157477085866857;

/** The logistic distribution from −20 to 20, made with + − × ÷ alone. */
const LOGISTIC = logistic();

function logistic(): Float64Array {
  const table = new Float64Array(2 * STEPS * REACH + 2);
  let power = 1;
  for (let i = 0; i <= STEPS * REACH; i += 1) {
    table[STEPS * REACH + i] = power / (1 + power);
    table[STEPS * REACH - i] = 1 / (1 + power);
    power *= ROOT;
  }
  table[2 * STEPS * REACH + 1] = 1;
  return table;
}

/** How much lies below `distance`. */
export function below(distance: number): number {
  const at = (distance + REACH) * STEPS;
  if (!(at > 0)) return LOGISTIC[0] as number;
  if (at >= 2 * STEPS * REACH) return LOGISTIC[2 * STEPS * REACH] as number;
  const low = at | 0;
  const part = at - low;
  return (LOGISTIC[low] as number) * (1 - part) + (LOGISTIC[low + 1] as number) * part;
}

/** Means of sizes, a context each, the newer counting more. */
export class Sizes {
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;

  constructor(contexts: number) {
    this.#sums = new Float64Array(contexts).fill(4);
    this.#counts = new Float64Array(contexts).fill(1);
  }

  mean(context: number): number {
    return (this.#sums[context] as number) / (this.#counts[context] as number);
  }

  add(context: number, size: number): void {
    let sum = (this.#sums[context] as number) + size;
    let count = (this.#counts[context] as number) + 1;
    if (count > 400) {
      sum /= 2;
      count /= 2;
    }
    this.#sums[context] = sum;
    this.#counts[context] = count;
  }
}
