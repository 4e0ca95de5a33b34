/** What the oracle and the contract suite do not see: use without training, extremes, refusals. */
import { describe, expect, test } from "vitest";
import { cells } from "../../test/evaluator/cells.ts";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { tensor } from "../base/tensor.ts";
import { conv } from "../bodies/conv.ts";
import { dense } from "../bodies/dense.ts";
import type { Body } from "../bodies/body.ts";
import { sequence } from "../bodies/sequence.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { numbersLayout } from "../losses/layout.ts";
import type { ParameterSpec } from "../nn/scope.ts";
import { createScope, specOf } from "../nn/scope.ts";
import { withUnitRows } from "../nn/unit-rows.ts";
import { gather, greater, placesOf } from "../ops/index.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Family } from "./family.ts";
import { partsOf } from "./family.ts";
import { sparse } from "./sparse.ts";

const layout = numbersLayout([5], false);

/** Parts with drawn weights, outside training; buffers as given, by name. */
function inUse(body: Body, of: Layout, latent: number, buffers: Record<string, number> = {}) {
  let site = 0;
  const drawn = ({ shape, initial }: ParameterSpec): Value =>
    constant(tensor("float32", initial(atSite(keyAt(3, 0), site++), shape), shape));
  const scope = createScope({
    training: false,
    parameter: drawn,
    buffer: ({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return constant(tensor("float32", new Float32Array(size).fill(buffers[name] ?? 0), shape));
    },
  });
  return partsOf(scope, body, of, latent);
}

const RECURRENT = sequence([4, 3], { cell: "gru", span: 2 });
const rows = tensor("float32", normals(keyAt(8, 0), 40, 5), [40, 5]);

function codesOf(family: Family, data = rows, threshold = 0): number[][] {
  const x = input("x", "float32", ["batch", 5]);
  const parts = inUse(dense([]), layout, 12, { "units.threshold": threshold });
  const [found] = evaluate([family.encode(parts, { x })], new Map([[x, data]]));
  const all = Array.from(found?.data ?? []);
  return Array.from({ length: all.length / 12 }, (_, i) => all.slice(12 * i, 12 * (i + 1)));
}

const active = (row: readonly number[]): number => row.filter((value) => value > 0).length;

test("topk keeps the k largest of each row as they are, and nothing else", () => {
  const all = codesOf(sparse({ k: 12 }));
  const few = codesOf(sparse({ k: 3 }));
  for (const [i, row] of few.entries()) {
    const whole = all[i] as number[];
    const least = whole.toSorted((a, b) => b - a)[2] as number;
    expect(row).toEqual(whole.map((value) => (value >= least ? value : 0)));
    expect(active(row)).toBe(Math.min(3, active(whole)));
  }
});

test("batchtopk in use asks no other row: a threshold decides", () => {
  const family = sparse({ penalty: "batchtopk", k: 3 });
  const whole = codesOf(sparse({ k: 12 }));
  const kept = codesOf(family, rows, 0.7);
  expect(kept).toEqual(
    whole.map((row) => row.map((value) => (value >= Math.fround(0.7) ? value : 0))),
  );
  expect(new Set(kept.map(active)).size).toBeGreaterThan(1);
  const one = codesOf(family, tensor("float32", rows.data.slice(20, 25), [1, 5]), 0.7);
  expect(one[0]).toEqual(kept[4]);
});

test.each<[string, Body, Layout]>([
  ["dense", dense([]), layout],
  ["dense with hidden layers", dense([7]), layout],
  ["conv", conv([3], { hidden: 6 }), numbersLayout([4, 4, 1], true)],
])("%s: the decoder's first rows have length 1, at the start and after", (_, body, of) => {
  const { parameters } = specOf((scope) => {
    const x = input("x", "float32", ["batch", ...of.shape]);
    return sparse().loss(partsOf(scope, body, of, 12), { x });
  });
  const rowsFirst = parameters.filter(
    ({ name, shape }) => name.startsWith("decoder.") && shape.length === 2 && shape[0] === 12,
  );
  expect(rowsFirst.length).toBe(1);
  const { initial, shape } = rowsFirst[0] as ParameterSpec;
  const values = initial(keyAt(1, 0), shape);
  for (let unit = 0; unit < 12; unit += 1) {
    const width = shape[1] as number;
    expect(Math.hypot(...values.subarray(unit * width, (unit + 1) * width))).toBeCloseTo(1, 6);
  }
});

test("a unit says as much however long its raw row is, and one of zeros says nothing", () => {
  const raw = Float32Array.of(3, 4, 0, 0, 0.003, 0.004);
  const scope = createScope({
    training: false,
    parameter: ({ shape }) =>
      shape.length === 2
        ? constant(tensor("float32", raw, shape))
        : constant(tensor("float32", new Float32Array(shape[0] as number), shape)),
    buffer: ({ shape }) => constant(tensor("float32", new Float32Array(shape[0] as number), shape)),
  });
  const z = input("z", "float32", ["batch", 3]);
  const output = sparse().decode(partsOf(scope, dense([]), numbersLayout([2], false), 3), z);
  const hot = cells("float32", [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const found = Array.from(evaluate([output], new Map([[z, hot]]))[0]?.data ?? []);
  for (const [i, value] of [0.6, 0.8, 0, 0, 0.6, 0.8].entries())
    expect(found[i]).toBeCloseTo(value, 6);
});

test.each<[string, Body, Layout]>([
  ["dense", dense([7, 6]), layout],
  ["a recurrent network, whose layers all hear the code", RECURRENT, numbersLayout([8, 2], false)],
])("some units alone are read as all are with the others at zero: %s", (_, body, of) => {
  const parts = inUse(body, of, 6);
  const decoded = (z: Value, chosen?: Value): Value =>
    parts.decoder(z, of.shape, (scope) => withUnitRows(scope, 6, chosen));
  const z = input("z", "float32", ["batch", 6]);
  // As the family has them: units whose number nobody knows beforehand.
  const places = placesOf(
    greater(constant(tensor("float32", Float32Array.of(0, 1, 0, 0, 1, 0), [6])), 0),
  );
  const code = cells("float32", [2, 6], [0, 0.7, 0, 0, 0.2, 0, 0, -1, 0, 0, 3, 0]);
  const [all, some] = evaluate(
    [decoded(z), decoded(gather(z, places, 1), places)],
    new Map([[z, code]]),
  );
  expect(Array.from(some?.data ?? [])).toEqual(Array.from(all?.data ?? [NaN]));
  expect(Math.hypot(...Array.from(all?.data ?? [], Number))).toBeGreaterThan(0.01);
});

test("takes more units than features, and no hidden layer, where nothing is said", () => {
  const { body, latent } = sparse().suggest?.(numbersLayout([28, 28, 1], true)) ?? {};
  expect([body?.name, body?.options["hidden"], latent]).toEqual(["dense", [], 1024]);
  expect(sparse().suggest?.(numbersLayout([9], false)).latent).toBe(32);
});

describe("kl", () => {
  test("is finite for units that are off or on in every row, in float32 too", () => {
    const family = sparse({ penalty: "kl" });
    const x = input("x", "float32", ["batch", 5]);
    const far = tensor("float32", new Float32Array(10).fill(1e4), [2, 5]);
    const { sparsity } = family.loss(inUse(dense([]), layout, 12), { x }) as Record<
      string,
      { value: Value }
    >;
    const [term] = evaluate([sparsity?.value as Value], new Map([[x, far]]));
    expect(Number.isFinite(Math.fround(term?.data[0] as number))).toBe(true);
  });
});

test.each<[object, RegExp]>([
  [{ latent: 8, k: 9 }, /sparse, option k: expected at most 8, the size of the code, got 9/],
  [{ penalty: "l1", k: 2 }, /option k: expected penalty topk or batchtopk with it, got penalty l1/],
  [{ lambda: 2 }, /option lambda: expected penalty l1 or kl with it, got penalty topk/],
  [{ penalty: "l1", rho: 0.1 }, /option rho: expected penalty kl with it, got penalty l1/],
  [{ penalty: "kl", dead: 5 }, /option dead: expected penalty topk or batchtopk with it/],
  [{ penalty: "kl", rho: 1 }, /option rho: .*got 1/],
  [{ k: 0 }, /option k: .*got 0/],
])("refuses %o by name", (options, message) => {
  expect(() => sparse(options)).toThrow(message);
});

test("refuses a k beyond a code whose size the data chose", () => {
  const x = input("x", "float32", ["batch", 5]);
  expect(() => sparse({ k: 13 }).encode(inUse(dense([]), layout, 12), { x })).toThrow(/at most 12/);
});
