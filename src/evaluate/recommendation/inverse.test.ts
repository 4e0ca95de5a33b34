import { afterAll, expect, test } from "vitest";
import { keyAt } from "../../random/bits.ts";
import { uniforms } from "../../random/numbers.ts";
import { createEngine } from "../../runtime/node.ts";
import { inverseOf } from "./inverse.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

/** Counts of users that took two items, of which few are taken by nearly all. */
function gram(size: number, users: number, lambda: number): Float32Array {
  const draws = uniforms(keyAt(3, size), size * users);
  const out = new Float32Array(size * size);
  for (let user = 0; user < users; user += 1) {
    const own: number[] = [];
    for (let i = 0; i < size; i += 1)
      if ((draws[user * size + i] as number) < 1 / (1 + i / 5)) own.push(i);
    for (const i of own) for (const j of own) out[i * size + j] = (out[i * size + j] as number) + 1;
  }
  for (let i = 0; i < size; i += 1) out[i * size + i] = (out[i * size + i] as number) + lambda;
  return out;
}

// A block and less, one level of halves that are not alike, two levels.
test.each([1, 97, 128, 129, 403])("times a matrix of %i rows it is one", async (size) => {
  const matrix = gram(size, 1500, 20);
  const inverse = await inverseOf(engine, matrix.slice(), size);
  let worst = 0;
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      let sum = 0;
      for (let k = 0; k < size; k += 1)
        sum += (inverse[i * size + k] as number) * (matrix[k * size + j] as number);
      worst = Math.max(worst, Math.abs(sum - Number(i === j)));
    }
  }
  // The largest eigenvalue is some thousands, the smallest about 20, and float32 has 2⁻²³.
  expect(worst).toBeLessThan(2e-4);
});

test("a matrix that has no such inverse is refused", async () => {
  const singular = gram(150, 40, 0);
  await expect(inverseOf(engine, singular, 150)).rejects.toMatchObject({
    code: "evaluate.inverse",
  });
});

test("it stops when told to", async () => {
  const matrix = gram(200, 50, 5);
  await expect(inverseOf(engine, matrix, 200, AbortSignal.abort())).rejects.toThrow(/abort/);
});
