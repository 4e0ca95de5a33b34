import { describe, expect, test } from "vitest";
import { tensor } from "../../base/tensor.ts";
import type { Breakdown } from "./diverged.ts";
import { describeBreakdown, furthestOf } from "./diverged.ts";

const breakdown: Breakdown = {
  step: 41,
  figures: { loss: Number.NaN, reconstruction: 3, kl: Infinity, gradient: Number.NaN },
  gradients: { first: 2, largest: 3 },
  rate: 0.01,
  furthest: { value: 4, row: 6 },
};

describe("what broke", () => {
  test("is the first term to break, not the sum it is part of", () => {
    expect(describeBreakdown(breakdown).place).toBe("training, step 42, kl");
    const figures = { loss: Infinity, reconstruction: 3, kl: 4, gradient: 1 };
    expect(describeBreakdown({ ...breakdown, figures }).place).toBe("training, step 42, loss");
    const gradient = { loss: 7, reconstruction: 3, kl: 4, gradient: Number.NaN };
    expect(describeBreakdown({ ...breakdown, figures: gradient })).toMatchObject({
      place: "training, step 42, gradient",
      got: expect.stringMatching(/^NaN: /) as string,
    });
  });
});

describe("why it broke", () => {
  const cases: readonly (readonly [string, Partial<Breakdown>, RegExp, RegExp])[] = [
    [
      "a gradient that grew",
      { gradients: { first: 2, largest: 5e6 } },
      /grown from 2 to 5e\+6/,
      /learning rate below 0\.010, as --learning-rate 0\.003, or with --clip 1/,
    ],
    [
      "a number far outside the rest",
      { furthest: { value: -3e18, row: 6 } },
      /row 7 holds a number 3e\+18 spreads from the middle/,
      /correct that row/,
    ],
    [
      "a number that is no number in float32",
      { furthest: { value: Infinity, row: 0 } },
      /row 1 holds a number Infinity spreads/,
      /leave it out/,
    ],
    [
      "a weight beyond bounds",
      { figures: { loss: Infinity, reconstruction: 1, kl: 2, gradient: Number.NaN } },
      /each term was finite/,
      /lower the weights/,
    ],
    ["nothing that training did", { step: 0, gradients: undefined }, /no step/, /act on kl/],
    ["one step, all others fine", {}, /out of 41 steps/, /--learning-rate 0\.003/],
  ];
  test.each(cases)("%s", (_, part, saw, advice) => {
    const { got, hint } = describeBreakdown({ ...breakdown, ...part });
    expect(got).toMatch(saw);
    expect(hint).toMatch(advice);
  });

  test("the gradient counts more than a far row: it is seen without one as well", () => {
    const both = { gradients: { first: 1, largest: 1e9 }, furthest: { value: 1e9, row: 1 } };
    expect(describeBreakdown({ ...breakdown, ...both }).got).toMatch(/grown/);
  });
});

test("the number furthest out is looked for in the batch's rows, past missing values", () => {
  const compact = {
    numbers: tensor("float32", Float32Array.of(1, Number.NaN, -5, 2, 90, 3), [3, 2]),
    codes: tensor("int32", Int32Array.of(1000, 1000, 1000), [3]),
  };
  expect(furthestOf(compact, Int32Array.of(0, 1))).toEqual({ value: -5, row: 1 });
  expect(furthestOf(compact, Int32Array.of(2, 0))).toEqual({ value: 90, row: 2 });
  expect(furthestOf({ codes: compact.codes }, Int32Array.of(0))).toBeUndefined();
});
