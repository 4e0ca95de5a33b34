import { expect, test } from "vitest";
import { figureOf, figuresOf, quantile, ratioOf, turnOrder } from "../../bench/speed/summary.ts";

test("quantiles lie between the sorted values, whatever their order", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([10, 0], 0.25)).toBe(2.5);
  expect(figureOf([5, 1, 2, 4, 3])).toEqual({ median: 3, low: 2, high: 4 });
  expect(figureOf([7])).toEqual({ median: 7, low: 7, high: 7 });
});

test("everyone plays once a round, and the beginner moves on", () => {
  const order = turnOrder(["a", "b", "c"], 4);
  expect(order.map((round) => round.join(""))).toEqual(["abc", "bca", "cab", "abc"]);
  expect(turnOrder([], 2)).toEqual([[], []]);
});

test("a turn that failed leaves the figures of the others", () => {
  expect(figuresOf([{ speed: 1 }, { speed: 3, memory: 8 }])).toEqual({
    speed: { median: 2, low: 1.5, high: 2.5 },
    memory: { median: 8, low: 8, high: 8 },
  });
});

test("ratios are above 1 where ours is better, of more and of less", () => {
  const speed = { key: "speed", title: "", unit: "steps/s", better: "more" } as const;
  const seconds = { key: "seconds", title: "", unit: "s", better: "less" } as const;
  expect(ratioOf(speed, [{ speed: 6 }], [{ speed: 3 }])?.median).toBe(2);
  expect(ratioOf(seconds, [{ seconds: 1 }], [{ seconds: 4 }])?.median).toBe(4);
  expect(ratioOf({ ...speed, better: undefined } as never, [{ speed: 1 }], [{ speed: 1 }])).toBe(
    undefined,
  );
});

test("a ratio is of turns of one round: a machine that slows down slows both", () => {
  const ours = [{ speed: 100 }, { speed: 50 }, { speed: 10 }];
  const peer = [{ speed: 50 }, { speed: 25 }, { speed: 5 }];
  const measure = { key: "speed", title: "", unit: "steps/s", better: "more" } as const;
  expect(ratioOf(measure, ours, peer)).toEqual({ median: 2, low: 2, high: 2 });
  expect(ratioOf(measure, ours, [])).toBe(undefined);
});
