/** Comparing arrays of numbers, with a message that says where. */
import { expect } from "vitest";

interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/**
 * Expects equal shapes, and numbers within `tolerance · max(1, |expected|)` of each other.
 * NaN equals NaN, and an infinity itself.
 */
export function expectClose(got: Numbers, expected: Numbers, tolerance: number, place = ""): void {
  expect(got.shape, `shape ${place}`).toEqual(expected.shape);
  for (let i = 0; i < expected.data.length; i += 1) {
    const [a, b] = [Number(got.data[i]), Number(expected.data[i])];
    if (Object.is(a, b) || a === b) continue;
    const off = Math.abs(a - b) / Math.max(1, Math.abs(b));
    if (!(off <= tolerance)) {
      expect.fail(`${place} [${i}]: expected ${b}, got ${a}, off by ${off} (allowed ${tolerance})`);
    }
  }
}
