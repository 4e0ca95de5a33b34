import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { uniform } from "../../codec/uniform.ts";
import { arrayFrom, imagesFrom, tableFrom } from "../../data/memory.ts";
import { compress } from "./compress.ts";
import { decompress, type RestoredArray } from "./decompress.ts";
import type { Compressed } from "./options.ts";

/** Of what is finite, by the definition. */
function psnr(was: ArrayLike<number>, is: ArrayLike<number>, peak?: number): number {
  const finite = Array.from(was).filter(Number.isFinite);
  const range = peak ?? Math.max(...finite) - Math.min(...finite);
  let sum = 0;
  for (let i = 0; i < was.length; i += 1) {
    const [a, b] = [was[i] as number, is[i] as number];
    if (Number.isFinite(a)) sum += ((a - b) / range) ** 2;
  }
  return -10 * Math.log10(sum / finite.length);
}

async function valuesOf({ bytes }: Compressed): Promise<ArrayLike<number>> {
  const back = await decompress(bytes as Uint8Array);
  return (back as RestoredArray).data as Float64Array;
}

const random = uniform(5);
const waves = Float64Array.from(
  { length: 6000 },
  (_, i) => Math.sin(i / 40) * Math.cos(i / 300) + 0.02 * random(),
);

/** Blobs on a gradient, with some noise; `[count, 20, 20, channels]`. */
function blobs(count: number, channels: 1 | 3) {
  const data = new Uint8Array(count * 400 * channels);
  for (let i = 0; i < data.length; i += 1) {
    const [image, pixel] = [Math.floor(i / (400 * channels)), Math.floor(i / channels) % 400];
    const [y, x] = [Math.floor(pixel / 20), pixel % 20];
    const far = (y - 10 - (image % 5)) ** 2 + (x - 10 + (image % 3)) ** 2;
    data[i] = 30 + 4 * y + 120 * Math.exp(-far / 20) + 12 * random() + 9 * (i % channels);
  }
  return { data, source: imagesFrom(data, { height: 20, width: 20, channels }) };
}

describe("a PSNR instead of a bound", () => {
  test.each([30, 75.3])(
    "of %f dB is kept by arrays, with a bound not much too narrow",
    async (asked) => {
      const given = () => arrayFrom(waves, [1]);
      const made = await compress(given(), { psnr: asked, controls: false });
      const got = psnr(waves, await valuesOf(made));
      expect(got).toBeGreaterThanOrEqual(asked);
      expect(made.psnr).toBeCloseTo(got, 9);
      expect(made.largestError).toBeLessThanOrEqual(made.bounds[0] as number);
      const wider = 1.04 * (made.bounds[0] as number);
      const rough = await compress(given(), { errorBound: wider, controls: false });
      expect(rough.psnr).toBeLessThan(asked);
    },
  );

  test.each([1, 3] as const)(
    "of images of %d channels: the next bound misses it",
    async (channels) => {
      const { data, source } = blobs(12, channels);
      const made = await compress(source, { psnr: 38, controls: false });
      const bound = made.bounds[0] as number;
      expect(Number.isInteger(bound)).toBe(true);
      const got = psnr(data, await valuesOf(made), 255);
      expect(got).toBeGreaterThanOrEqual(38);
      expect(made.psnr).toBeCloseTo(got, 9);
      const next = await compress(source, { errorBound: bound + 1, controls: false });
      expect(next.psnr).toBeLessThan(38);
    },
  );

  test("no bound that comes as near makes images smaller", async () => {
    const { source } = blobs(12, 1);
    const made = await compress(source, { psnr: 39, controls: false });
    for (let bound = 1; bound < 8; bound += 1) {
      const other = await compress(source, { errorBound: bound, controls: false });
      if ((other.psnr ?? Infinity) >= 39) expect(other.size).toBeGreaterThanOrEqual(made.size);
    }
  });

  test("is kept in many blocks, of which some are unlike the others", async () => {
    const uneven = waves.map((v, i) => (i < 5000 ? v : v + 3 * random()));
    const made = await compress(arrayFrom(uneven, [1]), { psnr: 40, block: 500, controls: false });
    expect(made.blocks).toBe(12);
    const got = psnr(uneven, await valuesOf(made));
    expect(got).toBeGreaterThanOrEqual(40);
    expect(got).toBeLessThan(40.5);
  });

  test("of huge numbers with gaps, beyond what floats hold, of numbers all the same", async () => {
    const huge = waves.map((v, i) => (i % 100 === 7 ? Number.NaN : 1e300 * v));
    const made = await compress(arrayFrom(huge, [1]), { psnr: 50, controls: false });
    const back = await valuesOf(made);
    expect(psnr(huge, back)).toBeGreaterThanOrEqual(50);
    expect(back[7]).toBeNaN();
    for (const values of [waves.slice(0, 300), new Float64Array(300).fill(7)]) {
      const exact = await compress(arrayFrom(values, [1]), { psnr: 1000, controls: false });
      expect(exact.psnr).toBeUndefined();
      expect(Array.from(await valuesOf(exact))).toEqual(Array.from(values));
    }
  });

  test("holds for the file that is kept where a network learns beside", async () => {
    const { data, source } = blobs(12, 1);
    const made = await compress(source, { psnr: 36, time: 60, controls: false });
    expect(made.learner).toBe("network");
    expect(made.learned).toBeDefined();
    expect(psnr(data, await valuesOf(made), 255)).toBeGreaterThanOrEqual(36);
  });

  test("is one of three ways to say it, and none for tables", async () => {
    const source = arrayFrom(waves, [1]);
    const refused = async (options: object, data: Parameters<typeof compress>[0] = source) =>
      expect(compress(data, options)).rejects;
    await (
      await refused({ psnr: 40, errorBound: 1 })
    ).toThrow("an error bound of 1 and a PSNR of 40");
    await (await refused({ psnr: 40, lossless: true })).toThrow("a PSNR of 40 and lossless");
    await (await refused({ psnr: 40, relative: true })).toThrow("leave out --relative");
    for (const value of [0, -3, Number.NaN, Infinity]) {
      await (await refused({ psnr: value })).toThrow("a PSNR above 0 dB");
    }
    const table = tableFrom({ a: [1.5, 2.5, 3.25], b: [1, 2, 3] });
    await (await refused({ psnr: 40 }, table)).toThrow("units of their own");
  });
});

describe("what is told", () => {
  test("the PSNR of a bound is that of what comes back; of none, nothing", async () => {
    const made = await compress(arrayFrom(waves, [1]), { errorBound: 0.05, controls: false });
    expect(made.psnr).toBeCloseTo(psnr(waves, await valuesOf(made)), 9);
    const exact = await compress(arrayFrom(waves, [1]), { lossless: true, controls: false });
    expect(exact.psnr).toBeUndefined();
  });

  test("when the time ran out, and that nothing learns for tables", async () => {
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const options = { errorBound: 0.01, controls: false, time: 0, block: 2000, onNote } as const;
    const made = await compress(arrayFrom(waves, [1]), options);
    expect(made.path).toBe("classical");
    expect(notes.join()).toContain("the first 0 of 3 blocks");
    const table = tableFrom({ a: [1.5, 2.5, 3.25] });
    await compress(table, { errorBound: 0.1, time: 5, controls: false, onNote });
    expect(notes[1]).toContain("nothing learns while tables are coded");
    await compress(table, { errorBound: 0.1, model: "no.onnx", controls: false, onNote });
    expect(notes[2]).toContain("models do not predict tables");
  });
});

describe("JPEG, WebP and PNG beside", () => {
  test.each([1, 3] as const)(
    "at the lowest quality that comes as near, with %d channels",
    { timeout: 60_000 },
    async (channels) => {
      const { data, source } = blobs(40, channels);
      const { pictures, controls, psnr: own } = await compress(source, { errorBound: 7 });
      expect(pictures).toMatchObject({ images: 40, of: 40 });
      expect(pictures?.psnr).toBeCloseTo(own ?? 0, 9);
      expect(controls.jpeg).toBe(pictures?.jpeg?.bytes);
      const size = 400 * channels;
      const webpAt = async (quality: number) => {
        const back = new Uint8Array(data.length);
        let bytes = 0;
        for (let i = 0; i < 40; i += 1) {
          const raw = { width: 20, height: 20, channels };
          const image = sharp(data.subarray(i * size, (i + 1) * size), { raw });
          const file = await image.webp({ quality, effort: 6 }).toBuffer();
          bytes += file.length;
          const plain = channels === 1 ? sharp(file).grayscale() : sharp(file).removeAlpha();
          back.set(await plain.raw().toBuffer(), i * size);
        }
        return { bytes, psnr: psnr(data, back, 255) };
      };
      const { quality = 0, bytes, psnr: theirs = 0 } = pictures?.webp ?? { bytes: 0 };
      expect(theirs).toBeGreaterThanOrEqual(own ?? 0);
      const again = await webpAt(quality);
      expect(again.bytes).toBe(bytes);
      expect(again.psnr).toBeCloseTo(theirs, 9);
      expect((await webpAt(quality - 1)).psnr).toBeLessThan(own ?? 0);
    },
  );

  test("of images to the last bit, lossless; of some of many, scaled", async () => {
    const { data, source } = blobs(230, 1);
    const { pictures, controls, psnr: own } = await compress(source, { lossless: true });
    expect(own).toBeUndefined();
    expect(pictures).toMatchObject({ images: 200, of: 230 });
    expect(controls.jpeg).toBeUndefined();
    expect(controls.png).toBe(Math.round(((pictures?.png?.bytes ?? 0) * 230) / 200));
    let bytes = 0;
    for (let i = 0; i < 200; i += 1) {
      const row = Math.floor(((i + 0.5) * 230) / 200);
      const raw = { width: 20, height: 20, channels: 1 } as const;
      const image = sharp(data.subarray(row * 400, (row + 1) * 400), { raw });
      const file = image.toColourspace("b-w").webp({ lossless: true, effort: 6 });
      bytes += (await file.toBuffer()).length;
    }
    expect(pictures?.webp?.bytes).toBe(bytes);
  });

  test("not of what they are not for, nor where they are not wanted", async () => {
    const { source } = blobs(10, 1);
    const without = await compress(source, { errorBound: 4, controls: false });
    expect(without.pictures).toBeUndefined();
    expect(without.controls).toEqual({});
    const alpha = imagesFrom(new Uint8Array(4 * 64 * 4).fill(9), {
      height: 8,
      width: 8,
      channels: 4,
    });
    const { controls, pictures } = await compress(alpha, { errorBound: 4 });
    expect(pictures).toBeUndefined();
    expect(controls.brotli).toBeGreaterThan(0);
  });
});
