/**
 * Functions that every library rounds in its own way, from operations that all round alike: + − × ÷,
 * rounding, and looking up. Each is as close as double precision is of use here (1e-15 of the
 * exponential; 1.5e-7 of the error function).
 */
import { INT64, int, type Emitter } from "./emitter.ts";

const LN2 = 0.6931471805599453;
/** log(2) in two parts: the first has so few bits that k times it is exact. */
const LN2_HIGH = 0.69314718036912381649;
const LN2_LOW = 1.90821492927058770002e-10;
/** exp beyond is 0 or too large to be of use; what lies between has powers of two in the table. */
const MOST_EXPONENT = 690;
const MOST_POWER = 1000;
/** Terms of exp's series on [−ln 2 / 2, ln 2 / 2]: the next would be below 1e-17. */
const TERMS = 13;

let powers: Float64Array | undefined;

function powersOfTwo(): Float64Array {
  powers ??= Float64Array.from({ length: 2 * MOST_POWER + 1 }, (_, i) => 2 ** (i - MOST_POWER));
  return powers;
}

export class Functions {
  readonly #to: Emitter;
  #powers: string | undefined;

  constructor(to: Emitter) {
    this.#to = to;
  }

  add = (x: string, y: string | number): string => this.#two("Add", x, y);
  sub = (x: string | number, y: string | number): string => this.#two("Sub", x, y);
  mul = (x: string, y: string | number): string => this.#two("Mul", x, y);
  div = (x: string | number, y: string | number): string => this.#two("Div", x, y);
  max = (x: string, y: string | number): string => this.#two("Max", x, y);
  min = (x: string, y: string | number): string => this.#two("Min", x, y);

  clip(x: string, low: number, high: number): string {
    return this.min(this.max(x, low), high);
  }

  /** 2^k · Σ rⁿ/n!, with k = round(x / ln 2) and r what is left. */
  exp(x: string): string {
    const to = this.#to;
    const inside = this.clip(x, -MOST_EXPONENT, MOST_EXPONENT);
    const k = to.op("Round", [this.mul(inside, 1 / LN2)]);
    const r = this.sub(this.sub(inside, this.mul(k, LN2_HIGH)), this.mul(k, LN2_LOW));
    const factorials = [1];
    for (let n = 1; n <= TERMS; n += 1) factorials.push((factorials[n - 1] as number) * n);
    let series = to.number(1 / (factorials[TERMS] as number));
    for (let n = TERMS - 1; n >= 0; n -= 1) {
      series = this.add(this.mul(r, series), 1 / (factorials[n] as number));
    }
    this.#powers ??= to.numbers(powersOfTwo(), [2 * MOST_POWER + 1]);
    const at = to.op("Cast", [this.add(k, MOST_POWER)], { to: int(INT64) });
    return this.mul(series, to.op("Gather", [this.#powers, at], { axis: int(0) }));
  }

  /** 1 / (1 + exp(−x)) */
  sigmoid(x: string): string {
    return this.div(1, this.add(this.exp(this.#to.op("Neg", [x])), 1));
  }

  /** 1 − 2 / (1 + exp(2x)) */
  tanh(x: string): string {
    return this.sub(1, this.div(2, this.add(this.exp(this.mul(x, 2)), 1)));
  }

  /** (exp(x) − exp(−x)) / 2 */
  sinh(x: string): string {
    const up = this.exp(x);
    return this.mul(this.sub(up, this.div(1, up)), 0.5);
  }

  /** 2 artanh z: the logarithm of (1 + z) / (1 − z), for z in [0, ⅓]. */
  #twiceArtanh(z: string): string {
    const square = this.mul(z, z);
    let series = this.#to.number(1 / 35);
    for (let n = 33; n >= 1; n -= 2) series = this.add(this.mul(square, series), 1 / n);
    return this.mul(this.mul(z, series), 2);
  }

  /** k log 2 + log m, with x = 2^k m and 1 ≤ m < 2; of what is below 2^−1022, as of that. */
  log(x: string): string {
    const to = this.#to;
    const inside = this.clip(x, 2 ** -1022, 2 ** 1023);
    const small = to.op("Less", [inside, to.number(1)]);
    let m = to.op("Where", [small, this.mul(inside, 2 ** 1023), inside]);
    let k = to.op("Where", [small, to.number(-1023), to.number(0)]);
    for (let power = 512; power >= 1; power /= 2) {
      const above = to.op("GreaterOrEqual", [m, to.number(2 ** power)]);
      m = to.op("Where", [above, this.mul(m, 2 ** -power), m]);
      k = to.op("Where", [above, this.add(k, power), k]);
    }
    const rest = this.#twiceArtanh(this.div(this.add(m, -1), this.add(m, 1)));
    return this.add(this.mul(k, LN2), rest);
  }

  /** max(x, 0) + log(1 + exp(−|x|)) */
  softplus(x: string): string {
    const to = this.#to;
    const u = this.exp(to.op("Neg", [to.op("Abs", [x])]));
    return this.add(this.max(x, 0), this.#twiceArtanh(this.div(u, this.add(u, 2))));
  }

  /** Abramowitz and Stegun, 7.1.26. */
  erf(x: string): string {
    const to = this.#to;
    const size = to.op("Abs", [x]);
    const t = this.div(1, this.add(this.mul(size, 0.3275911), 1));
    const factors = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
    let sum = this.mul(t, factors[0] as number);
    for (const factor of factors.slice(1)) sum = this.mul(this.add(sum, factor), t);
    const bell = this.exp(to.op("Neg", [this.mul(x, x)]));
    return this.mul(to.op("Sign", [x]), this.sub(1, this.mul(sum, bell)));
  }

  /** x above 0, alpha (exp(x) − 1) below. */
  elu(x: string, alpha: number): string {
    const below = this.mul(this.add(this.exp(this.min(x, 0)), -1), alpha);
    return this.#to.op("Where", [this.#to.op("Greater", [x, this.#to.number(0)]), x, below]);
  }

  /** A sum of numbers in [0, 1], rounded to 2⁻³⁰ before so that it is exact. */
  #total(x: string, axis: number): string {
    const whole = this.#to.op("Round", [this.mul(x, 2 ** 30)]);
    const sum = this.#to.op("ReduceSum", [whole, this.#to.indices([axis])], { keepdims: int(1) });
    return this.mul(sum, 2 ** -30);
  }

  #below(x: string, axis: number): string {
    const top = this.#to.op("ReduceMax", [x, this.#to.indices([axis])], { keepdims: int(1) });
    return this.sub(x, top);
  }

  softmax(x: string, axis: number): string {
    const parts = this.exp(this.#below(x, axis));
    return this.div(parts, this.#total(parts, axis));
  }

  logSoftmax(x: string, axis: number): string {
    const below = this.#below(x, axis);
    return this.sub(below, this.log(this.#total(this.exp(below), axis)));
  }

  #two(op: "Add" | "Sub" | "Mul" | "Div" | "Max" | "Min", x: string | number, y: string | number) {
    const to = this.#to;
    const name = (value: string | number): string =>
      typeof value === "number" ? to.number(value) : value;
    return to.op(op, [name(x), name(y)]);
  }
}
