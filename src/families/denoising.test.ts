/** What the oracle and the contract suite do not see: how often what is damaged, and refusals. */
import { expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { correlationScore } from "../../test/support/statistics.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Body } from "../bodies/body.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { createScope } from "../nn/scope.ts";
import type { DenoisingOptions } from "./denoising.ts";
import { denoising } from "./denoising.ts";
import { partsOf } from "./family.ts";

const ROWS = 4000;
/** A number, a flag, a category of four. */
const layout: Layout = {
  shape: [6],
  bounded: false,
  segments: [
    { kind: "numbers", start: 0, size: 1 },
    { kind: "flags", start: 1, size: 1 },
    { kind: "category", start: 2, size: 4 },
  ],
};
const ROW = [0.5, 1, 0, 1, 0, 0];

/** What the encoder sees of many equal rows, a list a feature. */
function seen(options: DenoisingOptions, training: boolean): number[][] {
  let given: Value | undefined;
  const body: Body = {
    name: "spy",
    options: {},
    encode: (_scope, x) => (given = x),
    decode: (_scope, z) => z,
  };
  const key = input("key", "uint32", [2]);
  const scope = createScope({
    training,
    key,
    parameter: ({ name, shape }) => input(name, "float32", shape),
    buffer: ({ name, shape }) => input(name, "float32", shape),
  });
  const x = input("x", "float32", ["batch", 6]);
  denoising(options).loss(partsOf(scope, body, layout, 6), { x });
  const rows = Float32Array.from({ length: 6 * ROWS }, (_, i) => ROW[i % 6] as number);
  const feeds = new Map<Value, Tensor>([
    [key, tensor("uint32", Uint32Array.of(5, 9), [2])],
    [x, tensor("float32", rows, [ROWS, 6])],
  ]);
  const found = Array.from(evaluate([given as Value], feeds)[0]?.data ?? []);
  return ROW.map((_, feature) => found.filter((__, i) => i % 6 === feature));
}

const share = (values: readonly number[], of: number): number =>
  values.filter((value) => value === of).length / ROWS;
/** Within four standard errors of a share. */
function expectShare(found: number, expected: number): void {
  const error = Math.sqrt((expected * (1 - expected)) / ROWS);
  expect(Math.abs(found - expected)).toBeLessThan(4 * error);
}

test.each([true, false])(
  "masking hits its share, the parts by themselves (training: %s)",
  (training) => {
    const [number, flag, ...category] = seen({ level: 0.3 }, training) as [
      number[],
      number[],
      ...number[][],
    ];
    expectShare(share(number, 0), 0.3);
    expectShare(share(flag, 0), 0.3);
    expectShare(share(category[1] as number[], 0), 0.3);
    expect(new Set(number)).toEqual(new Set([0, 0.5]));
    for (const place of [0, 2, 3]) expect(share(category[place] as number[], 0)).toBe(1);
    expect(Math.abs(correlationScore(number, flag))).toBeLessThan(4);
    expect(Math.abs(correlationScore(flag, category[1] as number[]))).toBeLessThan(4);
  },
);

test("salt-and-pepper: two deviations either way, flags turned, any other category alike", () => {
  const [number, flag, ...category] = seen({ corruption: "salt-and-pepper", level: 0.4 }, true) as [
    number[],
    number[],
    ...number[][],
  ];
  expectShare(share(number, 2), 0.2);
  expectShare(share(number, -2), 0.2);
  expectShare(share(flag, 0), 0.4);
  expectShare(share(category[1] as number[], 1), 0.6);
  for (const place of [0, 2, 3]) expectShare(share(category[place] as number[], 1), 0.4 / 3);
  for (let row = 0; row < ROWS; row += 1)
    expect(category.reduce((sum, values) => sum + (values[row] as number), 0)).toBe(1);
});

test.each<[object, RegExp]>([
  [{ level: 1.5 }, /option level: expected a share of the parts, from 0 to 1, got 1\.5/],
  [{ corruption: "none", level: 0.1 }, /option level: expected a corruption that has a level/],
  [{ corruption: "gaussian", level: -1 }, /option level: .*got -1/],
  [{ corruption: "blur" }, /option corruption: .*got "blur"/],
])("refuses %o by name", (options, message) => {
  expect(() => denoising(options)).toThrow(message);
});

test("takes any noise, and says that it learns from pairs", () => {
  expect(denoising({ corruption: "gaussian", level: 3 }).pairs).toBe(true);
});
