import { afterAll, describe, expect, test } from "vitest";
import { smallImages } from "../../test/support/small-data.ts";
import { dense } from "../bodies/dense.ts";
import { preprocessingOf } from "../data/preprocessings.ts";
import { vanilla } from "../families/vanilla.ts";
import { createEngine } from "../runtime/node.ts";
import { scatterOf } from "./scatter.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

// More than a chunk of rows, and batches of two sizes.
const images = smallImages(9001, 8);
const { height, width: across, channels } = images;
const features = height * across * channels;
const preprocessing = preprocessingOf({ kind: "images", height, width: across, channels });
const network = { family: vanilla(), body: dense([4]), latent: 2, preprocessing };
const rows = Int32Array.from({ length: 8500 }, (_, i) => i + 3);

/** In float64, and by the definition. */
function expected(basis: Float32Array, width: number) {
  const at = (row: number, i: number): number => (images.data[row * features + i] as number) / 255;
  const mean = Array.from(
    { length: features },
    (_, i) => rows.reduce((total, row) => total + at(row, i), 0) / rows.length,
  );
  const product = new Float64Array(features * width);
  for (const row of rows) {
    const x = mean.map((m, i) => at(row, i) - m);
    for (let j = 0; j < width; j += 1) {
      const y = x.reduce((total, value, i) => total + value * (basis[i * width + j] as number), 0);
      for (const [i, value] of x.entries()) {
        const place = i * width + j;
        product[place] = (product[place] as number) + value * y;
      }
    }
  }
  return { mean, product };
}

describe("the scatter of rows", () => {
  test.each([
    ["by the whole matrix", 3, true],
    ["by passes over the rows", 1, false],
  ])("%s is what the definition gives", async (_, width, whole) => {
    for (const [name, value] of Object.entries(preprocessing.ingest(images, "images")))
      await engine.hold(`data.${name}`, value);
    const basis = Float32Array.from({ length: features * width }, (_, i) => Math.sin(3 * i + 1));
    const scatter = await scatterOf(engine, network, rows, { width, complete: true });
    const want = expected(basis, width);
    const size = Math.max(...want.product.map(Math.abs));
    const got = await scatter.times(basis);
    expect(Math.max(...got.map((x, i) => Math.abs(x - (want.product[i] as number))))).toBeLessThan(
      1e-5 * size,
    );
    for (const [i, x] of scatter.mean.entries()) expect(x).toBeCloseTo(want.mean[i] as number, 5);
    // Which of the two ways it was: only one keeps the matrix.
    const held = () =>
      engine.held("scatter.matrix").then(
        () => true,
        () => false,
      );
    expect(await held()).toBe(whole);
    await scatter.close();
    expect(await held()).toBe(false);
  });
});
