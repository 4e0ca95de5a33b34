/** What the oracle and the contract suite do not see: how modes start, draws, refusals. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { mixedLayout } from "../../test/support/family-oracle.ts";
import { meanOf } from "../../test/support/statistics.ts";
import { tensor } from "../base/tensor.ts";
import type { Body } from "../bodies/body.ts";
import { dense } from "../bodies/dense.ts";
import type { Value } from "../graph/value.ts";
import { constant, input, scalar } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { numbersLayout } from "../losses/layout.ts";
import { createScope, specOf } from "../nn/scope.ts";
import { reshape } from "../ops/shape.ts";
import { keyAt } from "../random/bits.ts";
import type { Parts } from "./family.ts";
import { partsOf } from "./family.ts";
import { tabular } from "./tabular.ts";

function specFor(layout: Layout, modes: number) {
  return specOf((scope) =>
    tabular({ modes }).loss(partsOf(scope, dense([6]), layout, 2), {
      x: input("x", "float32", ["batch", ...layout.shape]),
    }),
  );
}

describe("the modes of a column", () => {
  test.each([
    ["of scaled numbers", false, [-1.5, -0.5, 0.5, 1.5]],
    ["of numbers in [0, 1]", true, [0.125, 0.375, 0.625, 0.875]],
  ])(
    "%s start apart, the same for each column, and are no weights to be pulled to 0",
    (...given) => {
      const [, bounded, expected] = given;
      const { parameters } = specFor(numbersLayout([3], bounded), 4);
      const center = parameters.find(({ name }) => name === "modes.0.center");
      expect(center?.shape).toEqual([3, 4]);
      expect(center?.decays).toBe(false);
      expect(Array.from(center?.initial(keyAt(1, 0), [3, 4]) ?? [])).toEqual(
        [expected, expected, expected].flat(),
      );
      const width = parameters.find(({ name }) => name === "modes.0.logWidth");
      expect(width?.decays).toBe(false);
      // Two deviations reach from one centre to the next.
      const [first = 0] = width?.initial(keyAt(1, 0), [3, 4]) ?? [];
      const [a = 0, b = 0] = expected;
      expect(2 * Math.exp(first)).toBeCloseTo(b - a, 6);
    },
  );

  test("are asked for only where there are numbers", () => {
    const words: Layout = {
      shape: [5],
      bounded: false,
      segments: [
        { kind: "flags", start: 0, size: 2 },
        { kind: "category", start: 2, size: 3 },
      ],
    };
    const names = specFor(words, 4).parameters.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("modes"))).toEqual([]);
    const output = specFor(words, 4).parameters.find(({ name }) => name === "decoder.output.bias");
    expect(output?.shape).toEqual([5]);
  });

  test("that lie on one value cannot claim to be exact", () => {
    // Log-widths of −∞ and centres on the value: only the blur is left.
    const scope = createScope({
      training: true,
      key: input("key", "uint32", [2]),
      parameter: ({ name, shape }) => filled(shape, name.endsWith("logWidth") ? -1e6 : 0),
      buffer: ({ shape }) => filled(shape, 0),
    });
    const parts = partsOf(scope, dense([6]), numbersLayout([2], false), 2);
    const { parts: shares } = tabular().score(parts, { x: filled([1, 2], 0) });
    const [nats] = evaluate([shares], new Map());
    const least = 0.5 * Math.log(2 * Math.PI) + Math.log(0.01);
    for (const share of nats?.data ?? []) expect(share).toBeCloseTo(least, 4);
  });
});

function filled(shape: readonly number[], value: number): Value {
  const size = shape.reduce((product, n) => product * n, 1);
  return constant(tensor("float32", new Float32Array(size).fill(value), [...shape]));
}

describe("a draw", () => {
  const ROWS = 3000;
  /** What is decoded is the code itself: the test says what the decoder says. */
  const through: Body = {
    name: "through",
    options: {},
    encode: (_scope, x) => x,
    decode: (_scope, z, shape) => reshape(z, [-1, ...shape]),
  };
  /**
   * Two numbers of two modes: weights, offsets, stretches; a flag; three words. The first number
   * is in its second mode nine times of ten, the second in its first always.
   */
  const SAID = [
    [0, Math.log(9), 40, 0],
    [0, 1, 2, 0],
    [0, -60, 0, 0],
    [Math.log(3)],
    [0, Math.log(2), Math.log(7)],
  ].flat();
  const CENTERS = [-1, 1, 5, 9];

  function partsFor(layout: Layout): Parts {
    const scope = createScope({
      training: false,
      key: constant(tensor("uint32", Uint32Array.of(3, 99), [2])),
      parameter: ({ name, shape }) =>
        name.endsWith("center")
          ? constant(tensor("float32", Float32Array.from(CENTERS), [...shape]))
          : filled(shape, Math.log(0.1)),
      buffer: ({ shape }) => filled(shape, 0),
    });
    return partsOf(scope, through, layout, SAID.length);
  }

  const family = tabular({ modes: 2 });
  function draws(temperature: number, layout = mixedLayout): (place: number) => number[] {
    const said = layout === mixedLayout ? SAID : SAID.slice(0, 12);
    const codes = constant(
      tensor(
        "float32",
        Float32Array.from(
          { length: ROWS * said.length },
          (_, i) => said[i % said.length] as number,
        ),
        [ROWS, said.length],
      ),
    );
    const drawn = family.sample?.(partsFor(layout), codes, scalar(temperature)) as Value;
    const width = layout.shape[0] as number;
    expect(drawn.shape).toEqual([ROWS, width]);
    const [cells] = evaluate([drawn], new Map());
    return (place) => Array.from({ length: ROWS }, (_, i) => cells?.data[i * width + place] ?? NaN);
  }
  const near = (share: number, expected: number): void => {
    const error = Math.sqrt((expected * (1 - expected)) / ROWS);
    expect(Math.abs(share - expected) / error).toBeLessThan(3.5);
  };
  const winners = (at: (place: number) => number[], places: readonly number[]): number[] => {
    const columns = places.map(at);
    return Array.from({ length: ROWS }, (_, row) => {
      const chances = columns.map((column) => column[row] as number);
      return chances.indexOf(Math.max(...chances));
    });
  };

  test("of each column has the shares that the decoder says", () => {
    const at = draws(1);
    const first = at(0);
    // The first mode lies at −1 and is 0.1 wide; the second at 1 and has no width.
    near(first.filter((x) => x < 0).length / ROWS, 0.1);
    const high = new Set(first.filter((x) => x > 0));
    expect(high.size).toBe(1);
    for (const x of high) expect(x).toBeCloseTo(1, 3);
    const low = first.filter((x) => x < 0);
    expect(meanOf(low)).toBeCloseTo(-1, 1);
    expect(Math.sqrt(meanOf(low, (x) => (x + 1) ** 2))).toBeCloseTo(0.1, 1);
    // Always in the first mode, 2 widths of 0.1 to the right of 5.
    expect(meanOf(at(1))).toBeCloseTo(5.2, 2);
    expect(Math.sqrt(meanOf(at(1), (x) => (x - 5.2) ** 2))).toBeCloseTo(0.1, 2);
    near(meanOf(at(2)), 0.75);
    expect(new Set(at(2))).toEqual(new Set([0, 1]));
    const words = winners(at, [3, 4, 5]);
    for (const [word, share] of [0.1, 0.2, 0.7].entries())
      near(words.filter((one) => one === word).length / ROWS, share);
    // Without the last slot, the others keep their proportion.
    near(meanOf(winners(at, [3, 4])), 2 / 3);
  });

  test("of one column says nothing about that of another", () => {
    const at = draws(1);
    const flags = at(2);
    const words = winners(at, [3, 4, 5]);
    const among = words.filter((_, row) => flags[row] === 1);
    const share = among.filter((word) => word === 2).length / among.length;
    expect(Math.abs(share - 0.7)).toBeLessThan(3.5 * Math.sqrt(0.21 / among.length));
  });

  test("at temperature 0 is the likeliest of everything", () => {
    const at = draws(0);
    expect(new Set(at(0)).size).toBe(1);
    expect(at(0)[0]).toBeCloseTo(1, 3);
    expect(new Set(at(2))).toEqual(new Set([1]));
    expect(new Set(winners(at, [3, 4, 5]))).toEqual(new Set([2]));
  });

  test("of numbers in [0, 1] lies there", () => {
    const at = draws(1, numbersLayout([2], true));
    expect(new Set(at(1))).toEqual(new Set([1]));
    expect(Math.min(...at(0))).toBe(0);
  });
});

describe("options", () => {
  test("the KL term's weight rises as told", () => {
    const { schedules } = specOf((scope) =>
      tabular({ beta: 2, warmUp: 0.5 }).loss(
        partsOf(scope, dense([6]), numbersLayout([3], false), 2),
        { x: input("x", "float32", ["batch", 3]) },
      ),
    );
    expect(schedules.map(({ name }) => name)).toEqual(["beta"]);
    expect([0, 0.25, 0.5, 1].map((done) => schedules[0]?.at(done))).toEqual([0, 1, 2, 2]);
  });

  test.each<[object, RegExp]>([
    [{ modes: 0 }, /tabular, option modes: .*got 0/],
    [{ modes: 2.5 }, /tabular, option modes: .*got 2\.5/],
    [{ beta: -1 }, /tabular, option beta: .*got -1/],
    [{ likelihood: "gaussian" }, /tabular: expected options among modes, beta, warmUp.*likelihood/],
  ])("%o are refused by name", (options, message) => {
    expect(() => tabular(options)).toThrow(message);
  });
});
