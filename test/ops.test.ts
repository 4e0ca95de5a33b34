/** One contract for every op: shapes, values, gradients and gradients of gradients. */
import { describe, expect, test } from "vitest";
import type { Tensor } from "../src/base/tensor.ts";
import { sizeOf, tensor } from "../src/base/tensor.ts";
import { gradients } from "../src/autodiff/gradients.ts";
import type { Shape } from "../src/graph/dim.ts";
import type { Value } from "../src/graph/value.ts";
import { input } from "../src/graph/value.ts";
import { lower, sortedNodes } from "../src/graph/walk.ts";
import { add, allowedOps, mul, ops, sum } from "../src/ops/index.ts";
import * as everything from "../src/ops/index.ts";
import { keyAt } from "../src/random/bits.ts";
import { uniforms } from "../src/random/numbers.ts";
import { isFloat } from "../src/ops/cast.ts";
import type { Cells } from "./evaluator/cells.ts";
import { cells, fromTensor, toTensor } from "./evaluator/cells.ts";
import { evaluate } from "./evaluator/evaluate.ts";
import type { Sample, SampleInput } from "./op-samples.ts";
import { samples } from "./op-samples.ts";
import { runGraph } from "./runtime.ts";
import { expectClose } from "./support/compare.ts";
import { DIFFERENCES, FLOAT32, STEP } from "./tolerance.ts";

const BATCH = 3;
const POINTS = 3;
const MOST_DIFFERENCES = 12;

test("every op has a record in the table, and every record has samples", () => {
  const records = Object.entries(everything).flatMap(([name, value]) =>
    name.endsWith("Op") ? [value] : [],
  );
  expect(new Set(ops)).toEqual(new Set(records));
  expect(Object.keys(samples).toSorted()).toEqual(ops.map((op) => op.name).toSorted());
});

test("only operators of ONNX are allowed in files", () => {
  expect(allowedOps.has("Add")).toBe(true);
  expect(allowedOps.has("ai.onnx.ml:LabelEncoder")).toBe(true);
  expect(allowedOps.has("StopGradient")).toBe(false);
});

describe.each(Object.keys(samples))("%s", (name) => {
  describe.each((samples[name] ?? []).map((sample, i) => [titleOf(sample, i), sample] as const))(
    "%s",
    (_, sample) => {
      test("holds its op, and rule, evaluator and runtime agree", async () => {
        const { inputs, outputs } = build(sample, "float32");
        if (sample.without !== true) {
          expect(sortedNodes(outputs).map((node) => node.op.name)).toContain(name);
        }
        const fed = feed(sample, inputs, 1, BATCH);
        await compare(outputs, fed, BATCH);
        if (inputs.some((x) => x.shape.includes("batch"))) {
          await compare(outputs, feed(sample, inputs, 2, 1), 1);
        }
      });

      if (sample.gradient === false) {
        if (ops.find((op) => op.name === name)?.gradient !== undefined) return;
        test("passes no gradient", () => {
          const { inputs, outputs } = build(sample, "float64");
          const floats = outputs.filter((out) => isFloat(out.dtype));
          const wrt = inputs.filter((value) => isFloat(value.dtype));
          if (floats.length === 0) return;
          const problem = weighted(floats);
          const fed = withWeights(feed(sample, inputs, 1, BATCH), problem, floats, 1);
          for (const { data } of evaluate(gradients(problem.loss, wrt), fed)) {
            expect(data.every((x) => x === 0)).toBe(true);
          }
        });
        return;
      }

      test("gradients agree with differences, and run", async () => {
        const { inputs, outputs } = build(sample, "float64");
        const problem = weighted(outputs);
        const wrt = inputs.filter((_, i) => isWanted(sample.inputs[i] as SampleInput));
        const first = gradients(problem.loss, wrt);
        for (let point = 0; point < POINTS; point += 1) {
          const fed = withWeights(feed(sample, inputs, 10 + point, BATCH), problem, outputs, point);
          checkDifferences(problem.loss, wrt, first, fed);
        }
        const single = build(sample, "float32");
        const heavy = weighted(single.outputs);
        const graph = gradients(
          heavy.loss,
          single.inputs.filter((_, i) => isWanted(sample.inputs[i] as SampleInput)),
        );
        const fed = withWeights(feed(sample, single.inputs, 20, BATCH), heavy, single.outputs, 9);
        await compare(graph, used(graph, fed), BATCH);
      });

      test("second derivatives agree with differences of the first", () => {
        const { inputs, outputs } = build(sample, "float64");
        const problem = weighted(outputs);
        const wrt = inputs.filter((_, i) => isWanted(sample.inputs[i] as SampleInput));
        const first = gradients(problem.loss, wrt);
        const again = weighted(first, "again");
        const all = [...wrt, ...problem.weights];
        const second = gradients(again.loss, all);
        const once = withWeights(feed(sample, inputs, 30, BATCH), problem, outputs, 30);
        const fed = withWeights(once, again, wrt, 31);
        checkDifferences(again.loss, all, second, fed);
      });
    },
  );
});

function titleOf({ title, inputs }: Sample, index: number): string {
  const shapes = inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
  return `${index}: ${shapes}${title === undefined ? "" : `, ${title}`}`;
}

function isWanted(given: SampleInput): boolean {
  return !("dtype" in given) && given.fixed !== true;
}

function build(sample: Sample, dtype: "float32" | "float64") {
  const inputs = sample.inputs.map((one, i) =>
    input(`x${i}`, "dtype" in one ? one.dtype : dtype, one.shape),
  );
  const made = sample.build(...inputs);
  const outputs = Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
  return { inputs, outputs };
}

const sized = (shape: Shape, batch: number): readonly number[] =>
  shape.map((dim) => (dim === "batch" ? batch : (dim as number)));

/** Numbers for the inputs: listed ones cut to the batch, others drawn for the point. */
function feed(
  sample: Sample,
  inputs: readonly Value[],
  point: number,
  batch: number,
): ReadonlyMap<Value, Cells> {
  return new Map(
    inputs.map((value, i) => {
      const given = sample.inputs[i] as SampleInput;
      const shape = sized(given.shape, batch);
      const size = sizeOf(shape);
      if ("dtype" in given) return [value, exact(given.dtype, shape, given.values.slice(0, size))];
      const { values, from = -2, to = 2 } = given;
      const drawn = uniforms(keyAt(point, i), size);
      const data = Float64Array.from(
        values ?? drawn.map((u) => from + (to - from) * u),
        Math.fround,
      );
      return [value, cells(value.dtype, shape, data)];
    }),
  );
}

function exact(
  dtype: Tensor["dtype"],
  shape: readonly number[],
  values: readonly (number | string)[],
): Cells {
  if (dtype === "string") return fromTensor(tensor("string", values as readonly string[], shape));
  return cells(dtype, shape, values as readonly number[]);
}

interface Problem {
  readonly loss: Value;
  readonly weights: readonly Value[];
}

/** Σ outputs · weights, which gives every element of every output a gradient of its own. */
function weighted(outputs: readonly Value[], name = "weight"): Problem {
  const weights = outputs.map((out, i) => input(`${name}${i}`, out.dtype, out.shape));
  const parts = outputs.map((out, i) => sum(mul(out, weights[i] as Value)));
  return { loss: parts.reduce((a, b) => add(a, b)), weights };
}

function withWeights(
  fed: ReadonlyMap<Value, Cells>,
  { weights }: Problem,
  like: readonly Value[],
  point: number,
): ReadonlyMap<Value, Cells> {
  const shapes = evaluate(like, fed).map(({ shape }) => shape);
  const drawn = weights.map((weight, i) => {
    const shape = shapes[i] as readonly number[];
    const data = Float64Array.from(uniforms(keyAt(point, 100 + i), sizeOf(shape)), (u) =>
      Math.fround(2 * u - 1),
    );
    return [weight, cells(weight.dtype, shape, data)] as const;
  });
  return new Map([...fed, ...drawn]);
}

function used(
  outputs: readonly Value[],
  fed: ReadonlyMap<Value, Cells>,
): ReadonlyMap<Value, Cells> {
  const nodes = new Set(sortedNodes(outputs));
  return new Map([...fed].filter(([value]) => nodes.has(value.node)));
}

/** Central differences of a scalar against its gradients, at every element or evenly chosen ones. */
function checkDifferences(
  loss: Value,
  wrt: readonly Value[],
  toEach: readonly Value[],
  fed: ReadonlyMap<Value, Cells>,
): void {
  const analytic = evaluate(toEach, fed);
  for (const [k, value] of wrt.entries()) {
    const base = fed.get(value) as Cells;
    const at = (i: number, moved: number): number => {
      const data = base.data.slice();
      data[i] = moved;
      return evaluate([loss], new Map([...fed, [value, { ...base, data }]]))[0]?.data[0] as number;
    };
    const stride = Math.ceil(base.data.length / MOST_DIFFERENCES);
    const chosen = Array.from(base.data.keys()).filter((i) => i % stride === 0);
    const differences = chosen.map((i) => {
      const x = base.data[i] as number;
      return (at(i, x + STEP) - at(i, x - STEP)) / (2 * STEP);
    });
    const gradient = analytic[k] as Cells;
    expect(gradient.shape).toEqual(base.shape);
    const shape = [chosen.length];
    const found = { shape, data: chosen.map((i) => gradient.data[i]) };
    const name = value.node.attributes["name"] as string;
    expectClose(found, { shape, data: differences }, DIFFERENCES, name);
  }
}

/** Shape rule, evaluator (as written and lowered) and runtime: all the same. */
async function compare(
  outputs: readonly Value[],
  fed: ReadonlyMap<Value, Cells>,
  batch: number,
): Promise<void> {
  const expected = evaluate(outputs, fed);
  const lowered = evaluate(lower(outputs), fed);
  const feeds = new Map([...fed].map(([value, held]) => [value, toTensor(held)] as const));
  const got = await runGraph(outputs, feeds);
  for (const [i, value] of outputs.entries()) {
    const wanted = expected[i] as Cells;
    expect(
      value.shape.map((dim) => resolve(dim, batch)),
      "shape rule",
    ).toEqual(wanted.shape);
    expect(wanted.dtype).toBe(value.dtype);
    expectClose(lowered[i] as Cells, wanted, 1e-12, "lowered");
    const result = got[i] as Tensor;
    expect(result.dtype).toBe(value.dtype);
    if (result.dtype === "string") expect(result.data).toEqual(wanted.texts);
    else expectClose(result, atPrecision(wanted), isFloat(value.dtype) ? FLOAT32 : 0, "runtime");
  }
}

/** Overflows to infinity as float32 does. */
function atPrecision(held: Cells): Cells {
  return held.dtype === "float32" ? { ...held, data: held.data.map(Math.fround) } : held;
}

function resolve(dim: number | string, batch: number): number | string {
  if (typeof dim === "number") return dim;
  const [, times = "1", name] = /^(?:(\d+)\*)?(\w+)$/.exec(dim) ?? [];
  return name === "batch" ? Number(times) * batch : dim;
}
