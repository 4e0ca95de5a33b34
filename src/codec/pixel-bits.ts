/**
 * Chances of the bits of a pixel from many contexts at once: hashed ones, which know what followed
 * the very same neighbours; counted ones, which know how far predictions are off; and chances that
 * are given. Mixed in log odds by weights that learn, refined by what came of such a mix before
 * (M. Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression", 2005).
 *
 * Whole numbers, and + − × ÷ of doubles in one order: every machine rounds them alike.
 */
import { LIMIT, SQUASH, STRETCH, UNIT } from "./logistic.ts";
import type { BitCoder } from "./range-coder.ts";

/** A chance is 22 bits and, below them, how often it was seen; kept as what differs from one half. */
const HALF = 0x40000000;
const COUNT = 511;
const ONE = 4194303;
const HASHED_COUNT = 255;
const COUNTED_COUNT = 500;
/** How far the n-th bit moves a chance: 2^13 / (n + 1.5). */
const RATES = Int32Array.from({ length: COUNT + 1 }, (_, n) => Math.floor(16384 / (2 * n + 3)));
/** Log odds by the upper 12 bits of a chance. */
const ODDS = Float64Array.from({ length: 4096 }, (_, p) => (STRETCH[16 * p + 8] as number) / UNIT);
/** What is seen often is surer than its chance; what was never seen says nothing. */
const SURE = Float64Array.from({ length: COUNT + 1 }, (_, n) =>
  n === 0 ? 0 : n > 30 ? 1.3 : 1 + n / 100,
);

/** Chances of one line: the check of its context, then a nibble's nodes from 1 on. */
const LINE = 16;

const FIRST_RATE = 0.02;
const LAST_RATE = 0.004;
const SLOWER = 0.005;
/** Steps of log odds that mixes are refined by, and how fast. */
const REFINED = 33;
const REFINE_STEP = (2 * LIMIT + 2) / (REFINED - 1);
const REFINE_RATE = 0.02;
/** At first a mix stays what it is. */
const REFINED_START = Float64Array.from({ length: REFINED }, (_, i) => {
  const odds = Math.floor(i * REFINE_STEP);
  return (SQUASH[odds < 2 * LIMIT ? odds : 2 * LIMIT] as number) / 65536;
});
/** Rarer than this, a bit needs no mixing. */
const SURELY = 0.00006;
const GATE_COUNT = 1000;

interface PixelInputs {
  readonly hashed: number;
  /** Lines of each hashed context, a power of two. */
  readonly lines: number;
  readonly counted: number;
  /** Chances of all counted contexts together. */
  readonly slots: number;
  readonly given: number;
  /** Weights are the sum of one of each. */
  readonly sets: readonly [number, number];
  readonly refined: number;
  readonly gates: number;
}

export class PixelBits {
  /** Where counted contexts lie; the caller sets them before a bit. */
  readonly at: Int32Array;
  /** Log odds that are given; the caller sets them before a bit. */
  readonly given: Float64Array;
  readonly #coder: BitCoder;
  readonly #lines: number;
  readonly #line: Int32Array;
  readonly #hashed: Int32Array;
  readonly #counted: Int32Array;
  readonly #inputs: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #rates: Float64Array;
  readonly #refined: Float64Array;
  readonly #gates: Float64Array;
  readonly #passed: Int32Array;

  constructor(coder: BitCoder, shape: PixelInputs) {
    const { hashed, lines, counted, slots, given, sets, refined, gates } = shape;
    const inputs = hashed + counted + given + 1;
    const weights = (count: number): Float64Array => {
      const all = new Float64Array(inputs * count).fill(0.09);
      for (let i = hashed; i < all.length; i += inputs)
        all.fill(0.07, i, i + counted).fill(0.22, i + counted, i + inputs - hashed);
      return all;
    };
    this.at = new Int32Array(counted);
    this.given = new Float64Array(given);
    this.#coder = coder;
    this.#lines = lines;
    this.#line = new Int32Array(hashed);
    this.#hashed = new Int32Array(hashed * lines * LINE);
    this.#counted = new Int32Array(slots);
    this.#inputs = new Float64Array(inputs);
    this.#first = weights(sets[0]);
    this.#second = weights(sets[1]);
    this.#rates = new Float64Array(sets[0]).fill(FIRST_RATE);
    this.#refined = new Float64Array(refined * REFINED).map(
      (_, i) => REFINED_START[i % REFINED] as number,
    );
    this.#gates = new Float64Array(gates).fill(0.5);
    this.#passed = new Int32Array(gates);
  }

  /** Points a hashed context at the line of `hash`, a new one where it is another's. */
  find(input: number, hash: number): void {
    let key = Math.imul(hash, 0x9e3779b1);
    key ^= key >>> 15;
    const line = (input * this.#lines + (key & (this.#lines - 1))) * LINE;
    const check = Math.imul(key ^ input, 0x85ebca6b) | 1;
    const table = this.#hashed;
    if (table[line] !== check) {
      table[line] = check;
      for (let node = 1; node < LINE; node += 1) table[line + node] = 0;
    }
    this.#line[input] = line;
  }

  /** How often a node of a hashed context was seen: 0 never, 1 once or twice, 2 some times, 3 often. */
  known(input: number, node: number): number {
    const count = (this.#hashed[(this.#line[input] as number) + node] as number) & COUNT;
    return count === 0 ? 0 : count < 3 ? 1 : count < 12 ? 2 : 3;
  }

  /** Codes a bit that is all but sure, and says which it was; −1 where it needs to be mixed. */
  pass(bit: number, gate: number): number {
    const p = this.#gates[gate] as number;
    if (p > SURELY && p < 1 - SURELY) return -1;
    const coded = this.#coder.code(bit, chanceOf(p));
    this.passed(gate, coded);
    return coded;
  }

  passed(gate: number, bit: number): void {
    const seen = this.#passed[gate] as number;
    const p = this.#gates[gate] as number;
    this.#gates[gate] = p + (bit - p) / (seen + 1.5);
    if (seen < GATE_COUNT) this.#passed[gate] = seen + 1;
  }

  /**
   * Codes one bit.
   *
   * @param node of the lines
   * @param first and `second`: which weights
   * @param refine and `again`: by what the mix is refined
   */
  code(
    bit: number,
    node: number,
    first: number,
    second: number,
    refine: number,
    again: number,
  ): number {
    const x = this.#inputs;
    const n = x.length;
    const one = this.#first;
    const two = this.#second;
    const from = first * n;
    const fromToo = second * n;
    const table = this.#hashed;
    const line = this.#line;
    const counted = this.#counted;
    const { at, given } = this;
    const hashes = line.length;
    const counts = at.length;
    let k = 0;
    for (let i = 0; i < hashes; i += 1, k += 1) {
      const v = (table[(line[i] as number) + node] as number) ^ HALF;
      x[k] = (ODDS[v >> 19] as number) * (SURE[v & COUNT] as number);
    }
    for (let i = 0; i < counts; i += 1, k += 1) {
      x[k] = ODDS[((counted[at[i] as number] as number) ^ HALF) >> 19] as number;
    }
    for (let i = 0; i < given.length; i += 1, k += 1) x[k] = given[i] as number;
    x[k] = 0.3;
    let even = 0;
    let odd = 0;
    for (let i = 0; i < n; i += 1) {
      const part = (x[i] as number) * ((one[from + i] as number) + (two[fromToo + i] as number));
      if ((i & 1) === 0) even += part;
      else odd += part;
    }
    let odds = (even + odd) * UNIT;
    if (!(odds < LIMIT)) odds = LIMIT;
    else if (odds < -LIMIT) odds = -LIMIT;
    const p = (SQUASH[(odds + LIMIT) | 0] as number) / 65536;

    const place = (odds + LIMIT) / REFINE_STEP;
    const low = place | 0;
    const part = place - low;
    const r = refine * REFINED + low;
    const s = again * REFINED + low;
    const refined = this.#refined;
    const r0 = refined[r] as number;
    const r1 = refined[r + 1] as number;
    const s0 = refined[s] as number;
    const s1 = refined[s + 1] as number;
    const q = p * 0.3 + (r0 + (r1 - r0) * part + s0 + (s1 - s0) * part) * 0.35;
    const coded = this.#coder.code(bit, chanceOf(q));

    refined[r] = r0 + (coded - r0) * REFINE_RATE * (1 - part);
    refined[r + 1] = r1 + (coded - r1) * REFINE_RATE * part;
    refined[s] = s0 + (coded - (refined[s] as number)) * REFINE_RATE * (1 - part);
    refined[s + 1] = s1 + (coded - (refined[s + 1] as number)) * REFINE_RATE * part;
    const rate = this.#rates[first] as number;
    this.#rates[first] = rate + (LAST_RATE - rate) * SLOWER;
    const wrong = (coded - p) * rate;
    for (let i = 0; i < n; i += 1) {
      const by = wrong * (x[i] as number);
      one[from + i] = (one[from + i] as number) + by;
      two[fromToo + i] = (two[fromToo + i] as number) + by;
    }
    const goal = coded === 1 ? ONE : 0;
    for (let i = 0; i < hashes; i += 1) {
      const slot = (line[i] as number) + node;
      table[slot] = moved((table[slot] as number) ^ HALF, goal, HASHED_COUNT) ^ HALF;
    }
    for (let i = 0; i < counts; i += 1) {
      const slot = at[i] as number;
      counted[slot] = moved((counted[slot] as number) ^ HALF, goal, COUNTED_COUNT) ^ HALF;
    }
    return coded;
  }
}

function moved(v: number, goal: number, most: number): number {
  const seen = v & COUNT;
  const by = (Math.imul((goal - (v >> 9)) >> 3, RATES[seen] as number) >> 1) & ~COUNT;
  return v + by + (seen < most ? 1 : 0);
}

/** Out of 65,536, for the coder. */
function chanceOf(p: number): number {
  const chance = (p * 65536) | 0;
  return chance < 1 ? 1 : chance > 65535 ? 65535 : chance;
}

/** Log odds of a chance between 0 and 1. */
export function oddsOf(p: number): number {
  return ODDS[(p * 4095.99) | 0] as number;
}
