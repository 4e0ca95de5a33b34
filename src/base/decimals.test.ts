import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { roundDigits } from "./decimals.ts";

/** Doubles of every size, and those that lie on or next to the middle between two decimals. */
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc
    .tuple(fc.integer({ min: -1e8, max: 1e8 }), fc.integer({ min: -12, max: 14 }))
    .map(([digits, exponent]) => Number(`${digits}5e${exponent}`)),
  fc
    .tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -2, max: 2 }))
    .map(([exponent, ulps]) => nudged(Number(`1e${exponent}`), ulps)),
);

/** `value`, so many doubles further. */
function nudged(value: number, steps: number): number {
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] = (bits[0] as bigint) + BigInt(steps);
  return new Float64Array(bits.buffer)[0] as number;
}

function plainZero(value: number): number {
  return value + 0;
}

describe("digits", () => {
  test.each([1, 6, 7, 8, 9])("rounded to %d as toPrecision does", (digits) => {
    fc.assert(
      fc.property(numbers, (value) => {
        expect(roundDigits(value, digits)).toBe(plainZero(Number(value.toPrecision(digits))));
      }),
      { numRuns: 3000 },
    );
  });

  test("what is not finite stays", () => {
    expect(roundDigits(Number.NaN, 7)).toBeNaN();
    expect(roundDigits(-Infinity, 7)).toBe(-Infinity);
    expect(Object.is(roundDigits(-0, 7), 0)).toBe(true);
  });
});
