import { afterAll, expect, test } from "vitest";
import { SingularValueDecomposition, Matrix } from "ml-matrix";
import type { Interactions } from "../../data/source.ts";
import { createEngine } from "../../runtime/node.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { tensor } from "../../base/tensor.ts";
import { fitEase } from "../../evaluate/recommendation/ease.ts";
import { directionsOf } from "./directions.ts";
import { linearScores, shrunk, shrunkInputs } from "./graph.ts";

const engine = createEngine();
afterAll(() => engine.close());

/** Users of two tastes, and some who take anything. */
function somebody(users: number, items: number): { rows: Interactions; dense: Matrix } {
  const lists = Array.from({ length: users }, (_, user) =>
    Array.from({ length: items }, (_unused, item) => item).filter(
      (item) => (user * 7 + item * 13 + user * item) % (user % 2 === item % 2 ? 4 : 9) === 0,
    ),
  );
  const starts = new Int32Array(users + 1);
  for (const [i, list] of lists.entries()) starts[i + 1] = (starts[i] as number) + list.length;
  const dense = Matrix.zeros(users, items);
  for (const [user, list] of lists.entries()) for (const item of list) dense.set(user, item, 1);
  const names = Array.from({ length: items }, (_, i) => `i${i}`);
  return {
    rows: {
      kind: "interactions",
      rows: users,
      items: names,
      starts,
      codes: Int32Array.from(lists.flat()),
    },
    dense,
  };
}

test("directions are the singular vectors", async () => {
  const { rows, dense } = somebody(60, 40);
  const { vectors, squares, rank, items } = await directionsOf(engine, rows, 24);
  const svd = new SingularValueDecomposition(dense);
  for (let k = 0; k < rank; k += 1)
    expect(squares[k]).toBeCloseTo((svd.diagonal[k] as number) ** 2, 4);
  const v = new Matrix(
    Array.from({ length: items }, (_, i) => Array.from(vectors.subarray(i * rank, (i + 1) * rank))),
  );
  const inner = v.transpose().mmul(v);
  expect(Matrix.sub(inner, Matrix.eye(rank)).norm()).toBeLessThan(1e-4);
});

test("of fewer directions than are asked for, those that there are", async () => {
  const rows: Interactions = {
    kind: "interactions",
    rows: 3,
    items: ["a", "b", "c", "d"],
    starts: Int32Array.of(0, 2, 4, 6),
    codes: Int32Array.of(0, 1, 0, 1, 2, 3),
  };
  const { squares, rank } = await directionsOf(engine, rows, 3);
  expect(Array.from(squares.subarray(0, 2), (x) => Math.round(x * 1e6) / 1e6)).toEqual([4, 2]);
  expect(rank).toBeLessThanOrEqual(3);
  for (const square of squares.subarray(2)) expect(Math.abs(square)).toBeLessThan(1e-6);
});

test("with all directions the scores are those of EASE, by another way", async () => {
  const { rows } = somebody(60, 40);
  const directions = await directionsOf(engine, rows, 40);
  const x = input("x", "float32", ["batch", 40]);
  const given = shrunkInputs(directions);
  const session = await engine.open(
    writeModel(
      exportModel({
        name: "linear",
        inputs: [x, ...Object.values(given)],
        outputs: { scores: linearScores(x, directions, given) },
      }),
    ),
  );
  const dense = new Float32Array(60 * 40);
  for (let row = 0; row < 60; row += 1)
    for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at += 1)
      dense[row * 40 + (rows.codes[at] as number)] = 3;
  const out = await session.run({
    x: tensor("float32", dense, [60, 40]),
    ...shrunk(directions, 20),
  });
  const control = await fitEase(engine, rows, { lambda: 20 });
  const wanted = await control.score(rows);
  await control.close?.();
  await session.release();
  const got = (out["scores"] as { data: Float32Array }).data;
  for (const [i, score] of wanted.entries()) expect(got[i]).toBeCloseTo(score, 4);
});
