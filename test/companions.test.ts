/** Labels and clean targets, from the data through training to what a model gives. */
import {
  arrayFrom,
  conditional,
  dense,
  denoising,
  imagesFrom,
  load,
  semiSupervised,
  train,
  vanilla,
  type Images,
  type ImageSource,
  type Model,
  type Predictions,
} from "autoencoders";
import { afterAll, describe, expect, test } from "vitest";
import { keyAt } from "../src/random/bits.ts";
import { normals } from "../src/random/numbers.ts";
import { smallImages } from "./support/small-data.ts";

const open = new Set<Model>();
afterAll(() => Promise.all([...open].map((model) => model.close())));
const opened = <M extends Model>(model: M): M => {
  open.add(model);
  return model;
};

const OPTIONS = { seed: 1, threads: 1, learningRate: 0.005, batch: 32 } as const;
const body = dense([32]);
const clean = smallImages(400);

function noisy({ data, ...rest }: Images, seed: number): Images {
  const noise = normals(keyAt(seed, 0), 1, data.length);
  return {
    ...rest,
    data: new Uint8Array(
      Uint8ClampedArray.from(data, (x, i) => x + 60 * (noise[i] as number)).buffer,
    ),
  };
}

function errorOf(a: Images, b: Images): number {
  return a.data.reduce((sum, x, i) => sum + (x - (b.data[i] as number)) ** 2, 0) / a.data.length;
}

describe("noisy and clean pairs", () => {
  test("what is learned is the way from the noisy side to the clean one", async () => {
    const given = noisy(clean, 1);
    const options = { ...OPTIONS, epochs: 60 };
    const paired = opened(
      await train(denoising({ latent: 4, body }), given, { ...options, clean }),
    );
    const alone = opened(await train(vanilla({ latent: 16, body }), given, options));
    const fresh = noisy(clean, 2);
    const error = errorOf((await paired.reconstruct(fresh)) as Images, clean);
    expect(error).toBeLessThan(0.4 * errorOf(fresh, clean));
    expect(error).toBeLessThan(0.8 * errorOf((await alone.reconstruct(fresh)) as Images, clean));
    // Scales are those of the clean side.
    const numbers = (scale: number) =>
      arrayFrom(Array.from({ length: 60 }, (_, i) => [scale * Math.sin(i), scale * Math.cos(i)]));
    const far = opened(
      await train(denoising({ latent: 2, body }), numbers(1), { ...options, clean: numbers(10) }),
    );
    const { data } = (await far.reconstruct(numbers(1))) as { data: Float64Array };
    const most = data.reduce((at, x) => Math.max(at, Math.abs(x)), 0);
    expect(most).toBeGreaterThan(5);
  });

  test("sides that do not go together, and families that take none, are refused", async () => {
    const few = smallImages(10);
    await expect(train(denoising(), clean, { clean: few })).rejects.toThrow(
      /expected 400 rows .*got 10 rows/,
    );
    const other = arrayFrom(new Float32Array(400), [1]);
    await expect(train(denoising(), clean, { clean: other })).rejects.toThrow(
      /same kind .*got 400 rows \(array\)/,
    );
    await expect(train(vanilla(), clean, { clean })).rejects.toThrow(
      /got the vanilla family.*denoising/s,
    );
  });
});

/** Left half or right half lit, by class; brightness varies. */
function halves(rows: number, labels: (row: number) => string | null): ImageSource {
  const light = normals(keyAt(5, 0), 1, rows);
  const data = Uint8Array.from({ length: rows * 64 }, (_, i) => {
    const [row, x] = [Math.floor(i / 64), i % 8];
    const lit = row % 2 === 0 ? x < 4 : x >= 4;
    return lit ? 160 + 30 * Math.max(-2, Math.min(2, light[row] as number)) : 10;
  });
  const named = Array.from({ length: rows }, (_, row) => labels(row));
  return imagesFrom(data, { height: 8, width: 8, labels: named });
}
const side = (row: number): string => (row % 2 === 0 ? "left" : "right");

describe("conditional", () => {
  const made = train(conditional({ latent: 2, body }), halves(200, side), {
    ...OPTIONS,
    epochs: 40,
  });

  test("generates the class that is asked for, and all of them when none is", async () => {
    const model = opened(await made);
    const { data } = (await model.generate(20, { label: "right", seed: 3 })) as Images;
    for (let row = 0; row < 20; row += 1) {
      const [left, right] = [data[row * 64 + 1] as number, data[row * 64 + 6] as number];
      expect(right).toBeGreaterThan(left + 40);
    }
    const mixed = (await model.generate(40, { seed: 3 })) as Images;
    const rights = Array.from({ length: 40 }, (_, row) =>
      Number((mixed.data[row * 64 + 6] as number) > 90),
    );
    const count = rights.reduce((a, b) => a + b, 0);
    expect(count).toBeGreaterThan(8);
    expect(count).toBeLessThan(32);
    expect(model.info.label).toMatchObject({
      classes: ["left", "right"],
      shares: [0.5, 0.5],
      required: true,
    });
  });

  test("asks for labels where it needs them, and says which it knows", async () => {
    const model = opened(await made);
    const { labels: _, ...bare } = halves(20, side);
    await expect(model.score(bare)).rejects.toThrow(/expected labels, .*conditional.*--label/s);
    await expect(model.score(halves(20, (row) => (row === 7 ? null : side(row))))).rejects.toThrow(
      /row 8/,
    );
    await expect(model.score(halves(20, () => "up"))).rejects.toThrow(/left, right, got "up"/);
    await expect(model.generate(2, { label: "up" })).rejects.toThrow(/left, right, got "up"/);
    await expect(
      train(
        conditional(),
        halves(20, () => null),
        {},
      ),
    ).rejects.toThrow(/a label in every row/);
    await expect(
      train(
        conditional(),
        halves(20, () => "one"),
        {},
      ),
    ).rejects.toThrow(/got 1 class in 20 rows/);
    await expect(train(conditional(), halves(60, String), {})).rejects.toThrow(
      /got 60 classes in 60 rows/,
    );
    const codes = await model.encode(halves(4, side));
    await expect(model.decode(codes)).rejects.toThrow(/4 labels, one a code/);
  });

  test("a wrong label makes a row unusual", async () => {
    const model = opened(await made);
    const right = await model.score(halves(40, side));
    const wrong = await model.score(halves(40, (row) => side(row + 1)));
    for (const [row, score] of wrong.scores.entries())
      expect(score).toBeGreaterThan(right.scores[row] as number);
  });
});

describe("semi-supervised", () => {
  test("learns the classes from few labels and tells them of rows without", async () => {
    const data = halves(300, (row) => (row < 10 ? side(row) : null));
    const family = semiSupervised({ latent: 2, body });
    const model = opened(await train(family, data, { ...OPTIONS, epochs: 40 }));
    const { labels: _, ...bare } = halves(50, side);
    const { scores } = await model.score(bare);
    expect(scores.every(Number.isFinite)).toBe(true);
    const predictions = (await model.predict?.(bare)) as Predictions;
    expect(predictions.labels).toEqual(Array.from({ length: 50 }, (_, row) => side(row)));
    const { data: chances, columns } = predictions.chances;
    expect(columns).toBe(2);
    for (let row = 0; row < 50; row += 1)
      expect((chances[2 * row] as number) + (chances[2 * row + 1] as number)).toBeCloseTo(1, 5);
    const loaded = opened(await load(model.bytes(), { threads: 1 }));
    expect((await loaded.score(bare)).scores).toEqual(scores);
    const evaluation = await model.evaluate(halves(50, side));
    expect(Object.values(evaluation.metrics).every(Number.isFinite)).toBe(true);
  });
});
