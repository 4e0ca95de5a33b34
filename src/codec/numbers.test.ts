import process from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, castOf, DTYPES, isFloat, numbersOf, rangeOf, storeOf } from "./dtypes.ts";
import type { DType } from "./learned.ts";
import { decodeNumbers, encodeNumbers } from "./numbers.ts";

/** `AE_CASES=10000 npx vitest run src/codec` takes a minute. */
const CASES = Number(process.env["AE_CASES"] ?? 1500);

/** Values that arithmetic stumbles over. */
const AWKWARD = [
  0,
  -0,
  1,
  -1,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  -1.7976931348623157e308,
  3.4028234663852886e38,
  1e-45,
  65504,
  2 ** -24,
  0.1,
  1 / 3,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53 - 1,
];

interface Case {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly bound: number;
}

const shapes = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 80 })),
  fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6 })),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
  fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 6 }),
);

/** From a few numbers: constants, ramps, grids, waves, noise, and bits of all kinds. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    dtype: fc.constantFrom(...DTYPES),
    shape: shapes,
    style: fc.constantFrom("constant", "ramp", "grid", "wave", "noise", "awkward", "bits"),
    seed: fc.integer(),
    scale: fc.oneof(
      fc.constantFrom(1, 1e-3, 1e-300, 1e300, 1e-44, 1e38, 250),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    holes: fc.constantFrom(0, 0, 0, 0.1, 0.9),
    bound: fc.oneof(
      fc.constantFrom(0, 0, 1e-3, 0.5, 1, 1e-12, 5e-324, 1e300, 1.7976931348623157e308),
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    ),
    boundOfScale: fc.boolean(),
  })
  .map(({ dtype, shape, style, seed, scale, holes, bound, boundOfScale }) => {
    const count = shape.reduce((product, n) => product * n, 1);
    const bytes = new Uint8Array(count * bytesOf(dtype));
    const next = generator(seed);
    if (style === "bits") for (let i = 0; i < bytes.length; i += 1) bytes[i] = next() * 256;
    else {
      const store = storeOf(bytes, dtype);
      const cast = castOf(dtype);
      const [low, high] = isFloat(dtype) ? [-Infinity, Infinity] : rangeOf(dtype);
      for (let i = 0; i < count; i += 1) {
        const raw = valueOf(style, i, scale, next);
        const value = isFloat(dtype)
          ? cast(raw)
          : Math.trunc(Math.max(low, Math.min(high, raw !== raw ? 0 : raw)));
        const hole = next() < holes ? [Number.NaN, Infinity, -Infinity][Math.floor(next() * 3)] : 0;
        store(i, isFloat(dtype) && hole !== 0 ? (hole as number) : value + 0);
      }
    }
    const own = Math.abs(scale) * Math.min(1, bound);
    return { dtype, shape, bytes, bound: boundOfScale && Number.isFinite(own) ? own : bound };
  });

function valueOf(style: string, i: number, scale: number, next: () => number): number {
  if (style === "constant") return scale;
  if (style === "ramp") return i * scale;
  if (style === "grid") return Math.round(next() * 20) / 200;
  if (style === "wave") return scale * Math.sin(i / 5);
  if (style === "noise") return scale * (next() - 0.5);
  return AWKWARD[Math.floor(next() * AWKWARD.length)] as number;
}

function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state ^ (state >>> 15)) >>> 0) / 4294967296;
  };
}

/** Independent of the codec's own check: bits, or a distance in doubles. */
function violation({ dtype, bytes, bound }: Case, back: Uint8Array): string | undefined {
  const size = bytesOf(dtype);
  if (back.length !== bytes.length) return `${back.length} bytes`;
  const from = numbersOf(bytes, dtype);
  const to = numbersOf(back, dtype);
  for (let i = 0; i < from.length; i += 1) {
    const same = bytes
      .subarray(i * size, (i + 1) * size)
      .every((byte, b) => byte === back[i * size + b]);
    if (same) continue;
    const [a, b] = [from[i] as number, to[i] as number];
    if (!Number.isFinite(a)) return `element ${i}: ${a} became ${b}, other bits`;
    if (bound === 0 || !(Math.abs(a - b) <= bound)) return `element ${i}: ${a} became ${b}`;
  }
  return undefined;
}

describe("numbers", () => {
  test("every element comes back within the bound, in arrays of all kinds", async () => {
    let coded = 0;
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const written = encodeNumbers(one.bytes, one);
        // Integers beyond 2^53 are for others.
        if (written === undefined) return /^[iu]8$/.test(one.dtype);
        const back = await decodeNumbers(written.bytes, one, "test");
        const wrong = violation(one, back);
        if (wrong !== undefined) throw new Error(wrong);
        coded += 1;
        return true;
      }),
      { numRuns: CASES, ...(CASES > 2000 && { seed: 1 }) },
    );
    expect(coded).toBeGreaterThan(0.9 * CASES);
  }, 600_000);

  test("what is said of the largest error is the largest error", async () => {
    const values = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i / 30) * 7);
    const bytes = new Uint8Array(values.buffer);
    const options = { dtype: "f4", shape: [64, 64], bound: 0.01 } as const;
    const written = encodeNumbers(bytes, options);
    const back = await decodeNumbers(written?.bytes as Uint8Array, options, "test");
    const found = new Float32Array(back.buffer);
    const most = values.reduce((m, v, i) => Math.max(m, Math.abs(v - (found[i] as number))), 0);
    expect(written?.largest).toBe(most);
    expect(most).toBeGreaterThan(0.005);
  });

  test("smooth fields take a small part of their bytes, and a constant next to nothing", () => {
    const smooth = Float64Array.from(
      { length: 128 * 128 },
      (_, i) => Math.sin((i % 128) / 20) * Math.cos(Math.floor(i / 128) / 15),
    );
    const options = { dtype: "f8", shape: [128, 128], bound: 1e-3 } as const;
    const size = encodeNumbers(new Uint8Array(smooth.buffer), options)?.bytes.length ?? 0;
    expect(size).toBeLessThan(smooth.byteLength / 100);
    const flat = new Uint8Array(new Float64Array(1e5).fill(1 / 3).buffer);
    const all = encodeNumbers(flat, { dtype: "f8", shape: [1e5], bound: 0 });
    expect(all?.bytes.length).toBeLessThan(120);
  });

  test("values on a grid are counted on it, to the last bit", async () => {
    const counts = Float32Array.from({ length: 3000 }, (_, i) => ((i * i) % 977) / 200 - 1.5);
    const bytes = new Uint8Array(counts.buffer);
    const written = encodeNumbers(bytes, { dtype: "f4", shape: [3000], bound: 0 });
    expect(written?.how).toContain("own grid");
    // 10 bits a value would be without any prediction.
    expect(written?.bytes.length).toBeLessThan((3000 * 10.5) / 8);
    const back = await decodeNumbers(
      written?.bytes as Uint8Array,
      { dtype: "f4", shape: [3000] },
      "x",
    );
    expect(back).toEqual(bytes);
  });

  test("a learned prediction is made use of, from both sides", async () => {
    const next = generator(3);
    const truth = Float64Array.from({ length: 10_000 }, () => next() * 100);
    const options = { dtype: "f8", shape: [10_000], bound: 0.05 } as const;
    const bytes = new Uint8Array(truth.buffer);
    const codes = Int32Array.from({ length: 100 }, (_, i) => (i % 7) - 3);
    const learned = { codes, size: 10, predictions: truth.map((v) => 2 * v + next()) };
    const without = encodeNumbers(bytes, options)?.bytes.length ?? 0;
    const written = encodeNumbers(bytes, options, learned);
    expect(written?.bytes.length).toBeLessThan(without / 2);
    const back = await decodeNumbers(written?.bytes as Uint8Array, options, "x", (read, rows) => {
      expect(rows).toBe(10);
      expect(read).toEqual(codes);
      return Promise.resolve(learned.predictions);
    });
    expect(violation({ ...options, bytes }, back)).toBeUndefined();
  });
});
