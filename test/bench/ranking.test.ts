import { expect, test } from "vitest";
import { areaUnderCurve } from "../../bench/speed/ranking.ts";

test("counts the pairs in which the unusual row scores higher, equal scores half", () => {
  // Pairs (unusual, usual): (3, 1) and (3, 2) right, (2, 1) right, (2, 2) equal.
  expect(areaUnderCurve([1, 3, 2, 2], [false, true, false, true])).toBe(3.5 / 4);
  expect(areaUnderCurve([5, 1, 2], [true, false, false])).toBe(1);
  expect(areaUnderCurve([7, 7, 7], [true, false, false])).toBe(0.5);
});
