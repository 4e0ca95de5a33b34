/**
 * Fixed seeds, so these tests pass or fail for good. Scores are about standard normal where
 * the numbers are as random as they should be: 4.5 is passed once in 150,000.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erf } from "../../test/evaluator/erf.ts";
import {
  chiSquareScore,
  correlationScore,
  kolmogorovSmirnov,
  meanOf,
} from "../../test/support/statistics.ts";
import type { Key } from "./bits.ts";
import { atSite, bitsAt, keyAt, mix, uniformAt } from "./bits.ts";
import { normals, permutation, uniforms } from "./numbers.ts";

const MOST = 4.5;
const COUNT = 65_536;
const KEYS = [keyAt(0, 0), keyAt(1, 0), keyAt(1, 1), atSite(keyAt(12, 3456), 7)];

const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;

function words(at: (i: number) => number, count = COUNT): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => at(i));
}

function expectScore(score: number): void {
  expect(Math.abs(score)).toBeLessThan(MOST);
}

/** The chi-square scores of the four bytes of some words. */
function byteScores(list: Uint32Array): readonly number[] {
  return [0, 8, 16, 24].map((shift) => {
    const counts = new Float64Array(256);
    for (const word of list) {
      const byte = (word >>> shift) & 255;
      counts[byte] = (counts[byte] as number) + 1;
    }
    return chiSquareScore(counts);
  });
}

describe("bits", () => {
  test("are those that were drawn when this was written", () => {
    // A model can be resumed by a later version only if these never change.
    expect(mix(1)).toBe(1753845952);
    expect(keyAt(1, 2)).toEqual({ first: 1401462694, second: 2439546097 });
    expect(bitsAt(atSite(keyAt(1, 2), 3), 4)).toBe(3141247480);
  });

  test("have even bytes along the index", () => {
    for (const key of KEYS) byteScores(words((i) => bitsAt(key, i))).forEach(expectScore);
  });

  test("have even bytes along steps, seeds and sites at one index", () => {
    byteScores(words((step) => bitsAt(keyAt(1, step), 0), 32_768)).forEach(expectScore);
    byteScores(words((seed) => bitsAt(keyAt(seed, 0), 0), 32_768)).forEach(expectScore);
    byteScores(words((site) => bitsAt(atSite(KEYS[0] as Key, site), 0), 32_768)).forEach(
      expectScore,
    );
  });

  test("flip half the time when one bit of a counter does", () => {
    const key = keyAt(9, 9);
    const flips = (change: (i: number, bit: number) => readonly [number, number]): number => {
      let flipped = 0;
      for (let i = 0; i < 1024; i += 1) {
        for (let bit = 0; bit < 24; bit += 1) {
          const [a, b] = change(i, bit);
          for (let rest = (a ^ b) >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) flipped += 1;
        }
      }
      const all = 1024 * 24 * 32;
      return (flipped - all / 2) / Math.sqrt(all / 4);
    };
    // 32 output bits of one pair are not quite independent: twice the usual room.
    const room = 2 * MOST;
    expect(
      Math.abs(flips((i, bit) => [bitsAt(key, i), bitsAt(key, (i ^ (1 << bit)) >>> 0)])),
    ).toBeLessThan(room);
    expect(
      Math.abs(flips((i, bit) => [bitsAt(keyAt(1, i), 5), bitsAt(keyAt(1, i ^ (1 << bit)), 5)])),
    ).toBeLessThan(room);
    expect(
      Math.abs(flips((i, bit) => [bitsAt(keyAt(i, 1), 5), bitsAt(keyAt(i ^ (1 << bit), 1), 5)])),
    ).toBeLessThan(room);
  });

  test("differ between seeds and steps beyond 32 bits", () => {
    const keys = [keyAt(1, 0), keyAt(1 + 2 ** 32, 0), keyAt(1 + 2 ** 52, 0), keyAt(1, 2 ** 32)];
    expect(new Set(keys.map(({ first }) => first)).size).toBe(4);
    expect(new Set(keys.map(({ second }) => second)).size).toBe(4);
  });

  test("do not repeat within a stream", () => {
    expect(new Set(words((i) => bitsAt(KEYS[0] as Key, i))).size).toBe(COUNT);
  });
});

describe("streams", () => {
  const base = keyAt(21, 500);
  test.each<readonly [string, Key]>([
    ["the next step", keyAt(21, 501)],
    ["the next seed", keyAt(22, 500)],
    ["the next site", atSite(base, 0)],
    ["a step far off", keyAt(21, 500 + 2 ** 20)],
  ])("are independent of %s", (_, other) => {
    const [a, b] = [uniforms(base, COUNT), uniforms(other, COUNT)];
    for (const shift of [0, 1, 2, 64]) {
      expectScore(correlationScore(a.subarray(0, COUNT - shift), b.subarray(shift)));
    }
    expectScore(pairScore(a, b));
    const together = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => a.indexOf(b[i] as number));
    expect(together.filter((place) => place >= 0).length).toBeLessThan(3);
  });

  test.each([1, 2, 3, 7, 28, 64, 784])("are independent of themselves %i further on", (shift) => {
    const draws = uniforms(base, COUNT + shift);
    const [a, b] = [draws.subarray(0, COUNT), draws.subarray(shift)];
    expectScore(correlationScore(a, b));
    expectScore(pairScore(a, b));
  });

  test("are independent from one site to the next, at one index", () => {
    const along = (index: number) =>
      Float64Array.from({ length: 16_384 }, (_, site) => uniformAt(atSite(base, site), index));
    expectScore(correlationScore(along(0).subarray(1), along(0).subarray(0, -1)));
    expectScore(correlationScore(along(0), along(1)));
  });

  test("are independent from one step to the next, at one index", () => {
    const along = Float64Array.from({ length: 16_384 }, (_, step) => uniformAt(keyAt(3, step), 0));
    expectScore(correlationScore(along.subarray(1), along.subarray(0, -1)));
    expectScore(pairScore(along.subarray(1), along.subarray(0, -1)));
  });
});

/** Pairs fall evenly into a 16 × 16 grid. */
function pairScore(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const counts = new Float64Array(256);
  for (let i = 0; i < a.length; i += 1) {
    const cell = Math.floor((a[i] as number) * 16) * 16 + Math.floor((b[i] as number) * 16);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return chiSquareScore(counts);
}

describe("uniform numbers", () => {
  test("lie inside (0, 1), are float32, and spread evenly", () => {
    for (const key of KEYS) {
      const draws = uniforms(key, COUNT);
      expect(draws.every((u) => u > 0 && u < 1)).toBe(true);
      expect(kolmogorovSmirnov(draws, (x) => x)).toBeLessThan(1.95);
      expectScore((meanOf(draws) - 0.5) * Math.sqrt(12 * COUNT));
      expect(uniformAt(key, 5)).toBe(draws[5]);
    }
  });

  test("reach neither end even at the extreme words", () => {
    expect((0xffff_ffff >>> 9) * 2 ** -23 + 2 ** -24).toBeLessThan(1);
    expect(Math.fround((0xffff_ffff >>> 9) * 2 ** -23 + 2 ** -24)).toBeLessThan(1);
  });
});

describe("normal numbers", () => {
  test.each([2, 5, 32])("have the moments and the shape of N(0, 1), %i a row", (width) => {
    const rows = Math.floor(COUNT / width);
    const draws = normals(keyAt(77, width), rows, width);
    const n = draws.length;
    expectScore(meanOf(draws) * Math.sqrt(n));
    expectScore((meanOf(draws, (x) => x ** 2) - 1) * Math.sqrt(n / 2));
    expectScore(meanOf(draws, (x) => x ** 3) * Math.sqrt(n / 15));
    expectScore((meanOf(draws, (x) => x ** 4) - 3) * Math.sqrt(n / 96));
    expect(kolmogorovSmirnov(draws, normalCdf)).toBeLessThan(1.95);
  });

  test("are independent along and across rows", () => {
    const [rows, width] = [4096, 8];
    const draws = normals(keyAt(78, 0), rows, width);
    const column = (i: number) =>
      Float64Array.from({ length: rows }, (_, row) => draws[row * width + i] as number);
    for (let i = 0; i < width; i += 1) {
      for (let k = 0; k < i; k += 1) {
        expectScore(correlationScore(column(i), column(k)));
        // The two numbers of a pair share a radius: their squares must be independent too.
        const squares = [column(i), column(k)].map((list) => list.map((x) => x * x));
        expectScore(correlationScore(...(squares as [Float64Array, Float64Array])));
      }
      expectScore(correlationScore(column(i).subarray(1), column(i).subarray(0, -1)));
    }
  });

  test("are the same in a row however many rows there are", () => {
    const key = keyAt(1, 1);
    expect(normals(key, 3, 5)).toEqual(normals(key, 9, 5).subarray(0, 15));
  });
});

describe("permutations", () => {
  test("hold each number once", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.integer({ min: 0, max: 300 }), (seed, count) => {
        const order = permutation(keyAt(seed, 0), count);
        expect(order.toSorted()).toEqual(Int32Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  test("are all as likely: the 120 orders of five", () => {
    const counts = new Map<string, number>();
    const all = 24_000;
    for (let seed = 0; seed < all; seed += 1) {
      const order = permutation(keyAt(5, seed), 5).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(120);
    expectScore(chiSquareScore([...counts.values()]));
  });

  test("put any number anywhere: 50 places of 50 numbers", () => {
    const counts = new Float64Array(2500);
    for (let epoch = 0; epoch < 4000; epoch += 1) {
      for (const [place, n] of permutation(keyAt(8, epoch), 50).entries()) {
        counts[place * 50 + n] = (counts[place * 50 + n] as number) + 1;
      }
    }
    expectScore(chiSquareScore(counts));
  });
});
