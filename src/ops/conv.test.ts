import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cells } from "../../test/evaluator/cells.ts";
import { cells, toTensor } from "../../test/evaluator/cells.ts";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { runGraph } from "../../test/runtime.ts";
import { expectClose } from "../../test/support/compare.ts";
import { DIFFERENCES, FLOAT32, FLOAT64, STEP } from "../../test/tolerance.ts";
import { gradients } from "../autodiff/gradients.ts";
import type { DType } from "../base/tensor.ts";
import { sizeOf } from "../base/tensor.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { lower, sortedNodes } from "../graph/walk.ts";
import { add, mul } from "./arithmetic.ts";
import type { Lowering, Pair, Sizes } from "./conv-geometry.ts";
import { geometryOf, upTo } from "./conv-geometry.ts";
import { byNative, nativeCan } from "./conv-native.ts";
import { byPatches } from "./conv-patches.ts";
import { conv2d, conv2dWeightOp, convTranspose2d } from "./conv.ts";
import { applyOne } from "../graph/value.ts";
import { square, tanh } from "./pointwise.ts";
import { sum } from "./reduce.ts";

/** sin(0.7 i + phase), as test/oracle/conv.py has it. */
function waves(shape: readonly number[], phase: number, dtype: DType = "float64"): Cells {
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 0.7 + phase));
  return cells(dtype, shape, dtype === "float32" ? data.map(Math.fround) : data);
}

/** The definition, by seven loops: calls `visit` with flat places of (x, w, y) that meet. */
function meet(batch: number, sizes: Sizes, visit: (x: number, w: number, y: number) => void) {
  const { large, small, kernel, stride, before, channels } = sizes;
  for (const n of upTo(batch))
    for (const [row, column] of pairs(small))
      for (const [down, right] of pairs(kernel)) {
        const [v, u] = [row * stride[0] - before[0] + down, column * stride[1] - before[1] + right];
        if (v < 0 || u < 0 || v >= large[0] || u >= large[1]) continue;
        for (const [from, to] of pairs(channels)) {
          visit(
            ((n * large[0] + v) * large[1] + u) * channels[0] + from,
            ((down * kernel[1] + right) * channels[0] + from) * channels[1] + to,
            ((n * small[0] + row) * small[1] + column) * channels[1] + to,
          );
        }
      }
}

function pairs([rows, columns]: Pair): readonly Pair[] {
  return upTo(rows).flatMap((row) => upTo(columns).map((column): Pair => [row, column]));
}

interface Problem {
  readonly batch: number;
  readonly sizes: Sizes;
  /** Fed values and the graph inputs they go to. */
  readonly x: Value;
  readonly w: Value;
  readonly y: Value;
  readonly fed: ReadonlyMap<Value, Cells>;
}

function problem(batch: number, sizes: Sizes, dtype: DType): Problem {
  const { large, small, kernel, channels } = sizes;
  const x = input("x", dtype, ["batch", ...large, channels[0]]);
  const w = input("w", dtype, [...kernel, ...channels]);
  const y = input("y", dtype, ["batch", ...small, channels[1]]);
  const fed = new Map([
    [x, waves([batch, ...large, channels[0]], 0.1, dtype)],
    [w, waves([...kernel, ...channels], 0.2, dtype)],
    [y, waves([batch, ...small, channels[1]], 0.3, dtype)],
  ]);
  return { batch, sizes, x, w, y, fed };
}

/** The three products by definition, in float64. */
function byDefinition({ batch, sizes, x, w, y, fed }: Problem) {
  const [xs, ws, ys] = [fed.get(x), fed.get(w), fed.get(y)] as [Cells, Cells, Cells];
  const zeros = (like: Cells): Cells => ({ ...like, data: new Float64Array(like.data.length) });
  const found = { conv: zeros(ys), transposed: zeros(xs), weight: zeros(ws) };
  const bump = ({ data }: Cells, at: number, by: number) => {
    data[at] = (data[at] as number) + by;
  };
  meet(batch, sizes, (i, j, k) => {
    bump(found.conv, k, (xs.data[i] as number) * (ws.data[j] as number));
    bump(found.transposed, i, (ys.data[k] as number) * (ws.data[j] as number));
    bump(found.weight, j, (xs.data[i] as number) * (ys.data[k] as number));
  });
  return [found.conv, found.transposed, found.weight];
}

function lowered(how: Lowering, { x, w, y, sizes }: Problem): readonly Value[] {
  return [
    how.conv(x, w, undefined, sizes),
    how.transposed(y, w, undefined, sizes),
    how.weight(x, y, sizes),
  ];
}

const geometries = fc
  .record({
    large: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
    kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    padding: fc.constantFrom("same" as const, "valid" as const),
    channels: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  })
  .filter(
    ({ large, kernel, padding }) =>
      padding === "same" || (kernel[0] <= large[0] && kernel[1] <= large[1]),
  )
  .map(({ large, kernel, stride, padding, channels }): Sizes => ({
    ...geometryOf(large, kernel, stride, padding),
    channels,
  }));

describe("against the definition", () => {
  test("patches, in float64, for any geometry", () => {
    fc.assert(
      fc.property(geometries, fc.constantFrom(1, 2, 7), (sizes, batch) => {
        const given = problem(batch, sizes, "float64");
        const expected = byDefinition(given);
        for (const [i, got] of evaluate(lowered(byPatches, given), given.fed).entries()) {
          expectClose(got, expected[i] as Cells, FLOAT64, `${i} of ${JSON.stringify(sizes)}`);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test.each([
    ["patches", byPatches],
    ["ONNX's own op", byNative],
  ])("%s, in ONNX Runtime", async (_, how) => {
    await fc.assert(
      fc.asyncProperty(geometries, fc.constantFrom(1, 7), async (sizes, batch) => {
        const given = problem(batch, sizes, "float32");
        if (how === byNative && !nativeCan(given.x, sizes)) return;
        const expected = byDefinition(given);
        const fed = new Map([...given.fed].map(([value, held]) => [value, toTensor(held)]));
        for (const [i, got] of (await runGraph(lowered(how, given), fed)).entries()) {
          expectClose(got, expected[i] as Cells, FLOAT32, `${i} of ${JSON.stringify(sizes)}`);
        }
      }),
      { numRuns: 100, seed: 2 },
    );
  });
});

test("odd sizes shrink and come back", () => {
  const x = input("x", "float32", ["batch", 7, 13, 2]);
  const w = input("w", "float32", [3, 3, 2, 4]);
  const small = conv2d(x, w, { stride: 2 });
  expect(small.shape).toEqual(["batch", 4, 7, 4]);
  expect(convTranspose2d(small, w, [7, 13], { stride: 2 }).shape).toEqual(["batch", 7, 13, 2]);
  expect(() => convTranspose2d(small, w, [6, 13], { stride: 2 })).toThrow(/\[3, 7\]/);
  expect(() => conv2d(x, input("w", "float32", [3, 3, 5, 4]))).toThrow(/5 channels/);
  expect(() => conv2d(x, input("w", "float32", [9, 9, 2, 4]), { padding: "valid" })).toThrow(
    /fits/,
  );
});

interface Recorded {
  readonly value: readonly number[];
  readonly first: readonly (readonly number[])[];
  readonly second: readonly (readonly number[])[];
}

interface Case {
  readonly height: number;
  readonly width: number;
  readonly large: number;
  readonly small: number;
  readonly kernel: number;
  readonly stride: number;
  readonly conv2d: Recorded;
  readonly convTranspose2d: Recorded;
}

const oracle = JSON.parse(
  readFileSync(new URL("../../test/oracle/recorded/conv.json", import.meta.url), "utf8"),
) as { readonly batch: number; readonly cases: readonly Case[] };

/** The recorded case as a graph: value, first and second derivatives. */
function graphOf(
  { height, width, large, small, kernel, stride }: Case,
  kind: "conv2d" | "convTranspose2d",
  dtype: DType,
) {
  const { batch } = oracle;
  const rows = (n: number): number => Math.ceil(n / stride);
  const shape = kind === "conv2d" ? [height, width, large] : [rows(height), rows(width), small];
  const image = input("image", dtype, ["batch", ...shape]);
  const w = input("w", dtype, [kernel, kernel, large, small]);
  const channels = kind === "conv2d" ? small : large;
  const bias = input("bias", dtype, [channels]);
  const value =
    kind === "conv2d"
      ? conv2d(image, w, { stride, bias })
      : convTranspose2d(image, w, [height, width], { stride, bias });
  const weights = input("weights", dtype, value.shape);
  const loss = sum(mul(tanh(value), weights));
  const wrt = [image, w, bias];
  const first = gradients(loss, wrt);
  const penalty = first.map((g) => sum(square(g))).reduce((a, b) => add(a, b));
  const second = gradients(penalty, wrt);
  const outShape = value.shape.map((dim) => (typeof dim === "number" ? dim : batch));
  const fed = new Map([
    [image, waves([batch, ...shape], 0.1, dtype)],
    [w, waves([kernel, kernel, large, small], 0.2, dtype)],
    [bias, waves([channels], 0.3, dtype)],
    [weights, waves(outShape, 0.4, dtype)],
  ]);
  return { value, loss, wrt, first, penalty, second, fed };
}

describe.each(
  oracle.cases.map((item) => [JSON.stringify([item.height, item.width]), item] as const),
)("image %s", (_, item) => {
  test.each(["conv2d", "convTranspose2d"] as const)("%s as in PyTorch", async (kind) => {
    const { value, first, second } = item[kind];
    const expected = [value, ...first, ...second];
    const exact = graphOf(item, kind, "float64");
    const all = [exact.value, ...exact.first, ...exact.second];
    for (const [i, got] of evaluate(all, exact.fed).entries()) {
      const data = expected[i] as readonly number[];
      expectClose(got, { shape: got.shape, data }, 10 * FLOAT64, String(i));
      expect(got.data).toHaveLength(data.length);
    }
    const single = graphOf(item, kind, "float32");
    const fed = new Map([...single.fed].map(([key, held]) => [key, toTensor(held)]));
    const outputs = [single.value, ...single.first, ...single.second];
    for (const [i, got] of (await runGraph(outputs, fed)).entries()) {
      const data = expected[i] as readonly number[];
      expectClose(got, { shape: got.shape, data }, 10 * FLOAT32, String(i));
    }
  });

  test.each(["conv2d", "convTranspose2d"] as const)("%s against differences", (kind) => {
    const { loss, penalty, wrt, first, second, fed } = graphOf(item, kind, "float64");
    for (const [of, found] of [
      [loss, first],
      [penalty, second],
    ] as const) {
      const analytic = evaluate(found, fed);
      for (const [k, value] of wrt.entries()) {
        const base = fed.get(value) as Cells;
        const at = (i: number, moved: number): number => {
          const data = base.data.with(i, moved);
          const near = evaluate([of], new Map([...fed, [value, { ...base, data }]]));
          return near[0]?.data[0] as number;
        };
        // A few elements of each: the recorded values cover all.
        for (let i = 0; i < base.data.length; i += Math.ceil(base.data.length / 5)) {
          const x = base.data[i] as number;
          const slope = (at(i, x + STEP) - at(i, x - STEP)) / (2 * STEP);
          const got = analytic[k]?.data[i] as number;
          expect(Math.abs(got - slope)).toBeLessThan(
            10 * DIFFERENCES * Math.max(1, Math.abs(slope)),
          );
        }
      }
    }
  });
});

describe("lowering", () => {
  const names = (values: readonly Value[]) =>
    sortedNodes(lower(values)).map((node) => node.op.name);

  test("takes patches for convolutions, ONNX's op for transposed ones of few channels", () => {
    const few = problem(
      1,
      { ...geometryOf([28, 28], [3, 3], [2, 2], "same"), channels: [1, 32] },
      "float32",
    );
    const many = problem(
      1,
      { ...geometryOf([14, 14], [3, 3], [2, 2], "same"), channels: [32, 64] },
      "float32",
    );
    for (const { x, w } of [few, many]) {
      expect(names([conv2d(x, w, { stride: 2 })])).not.toContain("Conv");
    }
    expect(names([convTranspose2d(few.y, few.w, [28, 28], { stride: 2 })])).toContain(
      "ConvTranspose",
    );
    expect(names([convTranspose2d(many.y, many.w, [14, 14], { stride: 2 })])).not.toContain(
      "ConvTranspose",
    );
  });

  test("keeps huge patches out of the memory, and float64 out of ONNX's ops", () => {
    const sizes: Sizes = { ...geometryOf([96, 96], [3, 3], [1, 1], "same"), channels: [32, 32] };
    const huge = problem(1, sizes, "float32");
    const weight = applyOne(conv2dWeightOp, [huge.x, huge.y], {
      stride: [1, 1],
      before: [1, 1],
      size: [3, 3],
    });
    expect(names([conv2d(huge.x, huge.w)])).toContain("Conv");
    expect(names([weight])).toContain("Conv");
    expect(names([convTranspose2d(huge.y, huge.w, [96, 96])])).toContain("ConvTranspose");
    const exact = problem(1, sizes, "float64");
    expect(names([conv2d(exact.x, exact.w)])).not.toContain("Conv");
  });

  test("gathers patches once for a convolution and its weight gradient", () => {
    const sizes: Sizes = { ...geometryOf([8, 8], [3, 3], [2, 2], "same"), channels: [2, 3] };
    const { x, w, y } = problem(1, sizes, "float32");
    const forward = conv2d(x, w, { stride: 2 });
    const [weight] = gradients(sum(mul(forward, y)), [w]);
    const { graph } = exportModel({
      name: "shared",
      inputs: [x, w, y],
      outputs: { forward, weight: weight as Value },
    });
    expect(graph.nodes.filter(({ op }) => op === "Gather")).toHaveLength(1);
    expect(graph.nodes.filter(({ op }) => op === "Pad")).toHaveLength(1);
  });

  test("refuses to differentiate a lowered graph", () => {
    const sizes: Sizes = { ...geometryOf([8, 8], [3, 3], [2, 2], "same"), channels: [2, 3] };
    const { x, w } = problem(1, sizes, "float32");
    const y = byNative.conv(x, w, undefined, sizes);
    expect(() => gradients(sum(y), [w])).toThrow(/not lowered/);
  });
});
