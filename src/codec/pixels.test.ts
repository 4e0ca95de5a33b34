import process from "node:process";
import { brotliCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layoutOf } from "./layout.ts";
import type { DType } from "./learned.ts";
import { decodeNumbers, encodeNumbers, type NumbersOptions } from "./numbers.ts";
import { picturesOf } from "./pictures.ts";
import { codePixels } from "./pixels.ts";
import { BitReader, BitWriter } from "./range-coder.ts";
import { uniform } from "./uniform.ts";

/** `AE_CASES=10000 npx vitest run src/codec` takes a few minutes. */
const CASES = Math.min(3000, Number(process.env["AE_CASES"] ?? 250));

type Draw = (x: number, y: number, c: number, picture: number, random: () => number) => number;

/** Kinds of pictures, each with what brotli is good or bad at. */
const KINDS = {
  flat: () => 77,
  noise: (_x, _y, _c, _p, random) => random() * 256,
  gradient: (x, y, c, _p, random) => 128 + 70 * Math.sin((x + 9 * c) / 17) + y / 3 + 6 * random(),
  smooth: (x, y, c) => 128 + 60 * Math.sin((x + 5 * c) / 20) * Math.cos(y / 15),
  drawing: (x, y, c) => (x % 16 < 9 && y % 12 < 7 ? 20 + 60 * c : (x - y) % 29 === 0 ? 255 : 240),
  tiles: (x, y, c) => (((x % 7) * 37 + (y % 5) * 91 + c * 13) * 29) & 255,
  moving: (x, y, c, p, random) => 120 + 90 * Math.sin((x + p) / 4 + c) * Math.cos(y / 5) + random(),
  edges: (x, y, c, p) => ((x * 3 + y * 5 + p * 11) % 60 < 30 ? 10 : 200) + c,
  mask: (x, y) => (Math.hypot(x - 12, y - 9) < 7 ? 255 : 0),
} satisfies Readonly<Record<string, Draw>>;

function draw(kind: keyof typeof KINDS, shape: readonly number[], seed = 1): Uint8Array {
  const [pictures = 1, height = 1, width = 1, channels = 1] = shape;
  const random = uniform(seed);
  const one: Draw = KINDS[kind];
  const bytes = new Uint8Array(pictures * height * width * channels);
  let i = 0;
  for (let p = 0; p < pictures; p += 1)
    for (let y = 0; y < height; y += 1)
      for (let x = 0; x < width; x += 1)
        for (let c = 0; c < channels; c += 1)
          bytes[i++] = Math.max(0, Math.min(255, one(x, y, c, p, random)));
  return bytes;
}

const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];

const shapes = fc.oneof(
  fc.constantFrom([1, 1, 1, 1], [1, 1, 40, 1], [1, 40, 1, 3], [5, 1, 1, 4], [1, 3, 3, 2]),
  fc.tuple(
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 14 }),
    fc.integer({ min: 1, max: 14 }),
    fc.constantFrom(1, 2, 3, 4),
  ),
);

function written(levels: Uint8Array, shape: readonly number[], depth: number): Uint8Array {
  const coder = new BitWriter();
  codePixels(coder, picturesOf(layoutOf(shape, true)), depth, levels.slice());
  return coder.finish();
}

describe("pixels", () => {
  test("come back to the last bit, of all kinds, sizes, channels and depths", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        shapes,
        fc.integer({ min: 0, max: 8 }),
        fc.integer(),
        (kind, shape, depth, seed) => {
          const levels = draw(kind, shape, seed).map((v) => v >> (8 - depth));
          const bytes = written(levels, shape, depth);
          const back = new Uint8Array(levels.length);
          codePixels(new BitReader(bytes), picturesOf(layoutOf(shape, true)), depth, back);
          expect(back).toEqual(levels);
        },
      ),
      { numRuns: CASES },
    );
  }, 600_000);

  test("bytes cut off or changed give other pixels, never a crash or a loop", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        shapes,
        fc.integer({ min: 1, max: 8 }),
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 9 }),
        (kind, shape, depth, cut, garbage) => {
          const levels = draw(kind, shape).map((v) => v >> (8 - depth));
          const bytes = written(levels, shape, depth);
          const damaged = bytes.slice(0, 1 + (cut % (bytes.length + 1)));
          damaged.set(garbage.subarray(0, damaged.length));
          const back = new Uint8Array(levels.length);
          codePixels(new BitReader(damaged), picturesOf(layoutOf(shape, true)), depth, back);
          expect(back.every((v) => v < 2 ** depth)).toBe(true);
        },
      ),
      { numRuns: CASES },
    );
  }, 600_000);

  test.each([
    // Six random levels have 2.6 bits; the rest is what learning costs on so few.
    ["gradient", [1, 96, 96, 1], 3.4],
    ["smooth", [1, 96, 96, 3], 0.65],
    ["drawing", [1, 96, 96, 3], 0.06],
    ["tiles", [1, 96, 96, 1], 0.15],
    ["moving", [12, 24, 24, 1], 2],
    ["mask", [1, 96, 96, 1], 0.03],
  ] as const)(
    "%s takes few bits a value, and fewer than brotli's",
    (kind, shape, most) => {
      const bytes = draw(kind, shape);
      const options = { dtype: "u1", shape, bound: 0, colours: true } as const;
      const coded = encodeNumbers(bytes, options)?.bytes.length ?? Infinity;
      expect((8 * coded) / bytes.length).toBeLessThan(most);
      if (kind !== "tiles") expect(coded).toBeLessThan(brotliCompressSync(bytes).length);
    },
    60_000,
  );

  test("noise grows by less than a hundredth", () => {
    const bytes = draw("noise", [1, 64, 64, 3]);
    const pixels = written(bytes, [1, 64, 64, 3], 8);
    expect(pixels.length).toBeLessThan(1.03 * bytes.length);
    const least = encodeNumbers(bytes, { dtype: "u1", shape: [64, 64, 3], bound: 0 });
    expect(least?.bytes.length).toBeLessThan(1.01 * bytes.length + 64);
  });
});

describe("levels", () => {
  const picture = [1, 40, 40, 1] as const;
  const coded = async (bytes: Uint8Array, options: NumbersOptions) => {
    const found = encodeNumbers(bytes, options);
    if (found === undefined) throw new Error("nothing coded");
    return { ...found, back: await decodeNumbers(found.bytes, options, "test") };
  };

  test("floats on a grid, and bytes with a sign, are pixels too", async () => {
    const levels = draw("drawing", picture);
    const floats = new Uint8Array(Float32Array.from(levels, (v) => v / 100 - 1).buffer);
    const shape = [40, 40];
    const one = await coded(floats, { dtype: "f4", shape, bound: 0 });
    expect(one.how).toMatch(/^pixels/);
    expect(one.back).toEqual(floats);
    const signed = new Uint8Array(Int8Array.from(levels, (v) => v - 128).buffer);
    const two = await coded(signed, { dtype: "i1", shape, bound: 0 });
    expect(two.how).toMatch(/^pixels/);
    expect(two.back).toEqual(signed);
  });

  test("within a bound, levels are the middles of what it allows", async () => {
    const bytes = draw("edges", [8, 20, 20, 1]);
    const options = { dtype: "u1", shape: [8, 20, 20], bound: 13 } as const;
    const { how, largest, back } = await coded(bytes, options);
    expect(how).toMatch(/^pixels/);
    const off = bytes.map((v, i) => Math.abs(v - (back[i] as number)));
    expect(Math.max(...off)).toBe(largest);
    expect(largest).toBeLessThanOrEqual(13);
    expect(new Set(back).size).toBeLessThanOrEqual(10);
  });

  test.each([
    ["more than 256 values", "u2", (i: number) => (i * i) % 40_000],
    ["a NaN", "f4", (i: number) => (i === 700 ? Number.NaN : i % 50)],
    ["a −0", "f8", (i: number) => (i % 50 === 0 ? -0 : i % 50)],
  ] as const)("%s: coded otherwise, and the same", async (_, dtype, value) => {
    const values = Float64Array.from({ length: 1600 }, (_unused, i) => value(i));
    const typed = { u2: Uint16Array, f4: Float32Array, f8: Float64Array }[dtype];
    const bytes = new Uint8Array(typed.from(values).buffer);
    const { how, back } = await coded(bytes, { dtype: dtype as DType, shape: [40, 40], bound: 0 });
    expect(how).not.toMatch(/^pixels/);
    expect(back).toEqual(bytes);
  });

  test("a head that makes no sense is refused", async () => {
    const options = { dtype: "u1", shape: [40, 40], bound: 0 } as const;
    const { bytes } = await coded(draw("drawing", picture), options);
    // Mode, scale, origin (two bytes), divisor, highest (two bytes), step, way.
    const way = bytes.indexOf(2, 3);
    const changed = async (at: number, to: number): Promise<Uint8Array> =>
      decodeNumbers(bytes.slice().fill(to, at, at + 1), options, "test");
    const refused = { code: "compressed.damaged" };
    await expect(changed(0, 1)).resolves.toHaveLength(1600);
    await expect(changed(0, 0)).rejects.toMatchObject(refused);
    await expect(changed(0, 9)).rejects.toMatchObject(refused);
    await expect(changed(way, 7)).rejects.toMatchObject(refused);
    await expect(decodeNumbers(bytes.slice(0, 3), options, "test")).rejects.toMatchObject(refused);
    await expect(
      decodeNumbers(bytes, options, "test", () => Promise.resolve(new Float64Array(1600))),
    ).rejects.toMatchObject(refused);
  });
});
