/** `ae denoise` from the outside: pictures, tables and series, trained in all three ways. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Evaluation } from "../src/evaluate/evaluation.ts";
import { keyAt } from "../src/random/bits.ts";
import { normals, uniforms } from "../src/random/numbers.ts";
import { commandLine } from "./support/command-line.ts";

let folder: string;
const { ae, ok } = commandLine(() => folder);

const SIZE = 8;
const IMAGES = 400;

/** IDX files of stripes: clean, and with noise of a fifth of the range. */
async function writeStripes(): Promise<void> {
  const phases = uniforms(keyAt(1, 0), IMAGES);
  const noise = normals(keyAt(1, 1), 1, IMAGES * SIZE * SIZE);
  const [clean, noisy] = [Buffer.alloc(noise.length), Buffer.alloc(noise.length)];
  for (let i = 0; i < noise.length; i += 1) {
    const [row, at] = [Math.floor(i / SIZE ** 2), i % SIZE ** 2];
    const phase = 6.28 * (phases[row] as number);
    const value = 128 + 80 * Math.sin((Math.floor(at / SIZE) + (at % SIZE)) / 1.6 + phase);
    clean[i] = value;
    noisy[i] = Math.max(0, Math.min(255, value + 51 * (noise[i] as number)));
  }
  const head = Buffer.from([
    0,
    0,
    8,
    3,
    0,
    0,
    IMAGES >> 8,
    IMAGES & 255,
    0,
    0,
    0,
    SIZE,
    0,
    0,
    0,
    SIZE,
  ]);
  await writeFile(join(folder, "clean-idx3-ubyte"), Buffer.concat([head, clean]));
  await writeFile(join(folder, "noisy-idx3-ubyte"), Buffer.concat([head, noisy]));
  await mkdir(join(folder, "pictures/deep"), { recursive: true });
  const raw = { width: 20, height: 13, channels: 1 as const };
  const picture = sharp(noisy.subarray(0, 260), { raw }).toColourspace("b-w");
  await picture.clone().png().toFile(join(folder, "pictures/a.png"));
  await picture.resize(9, 9).png().toFile(join(folder, "pictures/deep/a.png"));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-denoise-"));
  await writeStripes();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const RUN = "--epochs 30 --batch 32 --seed 1 --threads 1 --channels 8,8";

describe("pictures", () => {
  test.each([
    ["clean ones", "clean-idx3-ubyte --family denoising --level 0.2", 4],
    ["pairs", "noisy-idx3-ubyte --clean clean-idx3-ubyte --family denoising", 4],
    ["noisy ones alone", "noisy-idx3-ubyte --family masked --patch 1 --epochs 100", 1],
  ])(
    "trained on %s, come nearer to the clean ones",
    async (_, data, decibels) => {
      await ok(`train ${RUN} ${data} -o m.onnx`);
      const { out } = await ok(`evaluate m.onnx noisy-idx3-ubyte --clean clean-idx3-ubyte --json`);
      const { denoising } = JSON.parse(out) as Evaluation;
      if (denoising === undefined) return expect.fail("figures of denoising");
      expect(denoising.model.psnr).toBeGreaterThan(denoising.noisy.psnr + decibels);
      expect(Object.keys(denoising.controls)).toEqual([
        "median filter",
        "Gaussian filter",
        "non-local means",
        "PCA",
      ]);
      expect(denoising.verdict).toMatch(/^Denoised, a picture is at \d+\.\d dB \(PSNR\), noisy at/);
    },
    120_000,
  );

  test("of several sizes keep them, under their own names", async () => {
    await ok("denoise m.onnx pictures -o out/");
    const size = async (path: string) => {
      const { width, height, channels } = await sharp(join(folder, path)).metadata();
      return [width, height, channels];
    };
    expect(await size("out/a.png")).toEqual([20, 13, 1]);
    expect(await size("out/deep/a.png")).toEqual([9, 9, 1]);
    const { code, err } = await ae("denoise m.onnx pictures -o out.npy");
    expect(code).toBe(1);
    expect(err).toMatch(/expected a folder\/, as the pictures have several sizes/);
  });

  test("take no options of tables", async () => {
    const { code, err } = await ae("denoise m.onnx pictures -o out/ --marks marks.csv");
    expect(code).toBe(1);
    expect(err).toMatch(/--marks: expected a table/);
  });
});

test("a table comes back without gaps, and says what was changed", async () => {
  const a = normals(keyAt(2, 0), 1, 500);
  const lines = Array.from(a, (x, i) =>
    [
      i % 9 === 0 ? "" : x.toFixed(3),
      i === 4 ? "90" : (3 * x).toFixed(3),
      x > 0 ? "up" : "down",
    ].join(),
  );
  await writeFile(join(folder, "t.csv"), `a,b,way\n${lines.join("\n")}\n`);
  await ok("train t.csv --family masked --epochs 60 --batch 32 --seed 1 --threads 1 -o t.onnx");
  const summary = JSON.parse(
    (await ok("denoise t.onnx t.csv -o full.csv --marks marks.csv --json")).out,
  );
  expect(summary).toMatchObject({ rows: 500, imputed: { a: 56 }, repaired: { b: 1 } });
  const rows = (await readFile(join(folder, "full.csv"), "utf8")).trimEnd().split("\n");
  expect(rows[0]).toBe("a,b,way,changed");
  expect(rows.every((row) => !row.startsWith(","))).toBe(true);
  expect(rows[1]).toMatch(/,a$/);
  expect(rows[2]?.split(",").slice(0, 3)).toEqual(
    lines[1]?.split(",").map((cell, i) => (i < 2 ? String(Number(cell)) : cell)),
  );
  const marks = (await readFile(join(folder, "marks.csv"), "utf8")).split("\n");
  expect(marks[0]).toBe("row,column,was,now,why");
  expect(marks.filter((line) => /^5,b,90,.*,implausible$/.test(line))).toHaveLength(1);
  const kept = JSON.parse((await ok("denoise t.onnx t.csv -o kept.csv --repair off --json")).out);
  expect(kept).toMatchObject({ imputed: { a: 56 }, repaired: {} });
}, 120_000);

test("a series comes back smoother, without holes", async () => {
  const noise = normals(keyAt(3, 0), 1, 800);
  const clean = Array.from(noise, (_, i) => Math.sin(i / 5));
  const given = clean.map((x, i) =>
    i % 50 === 7 ? "" : (x + 0.4 * (noise[i] as number)).toFixed(4),
  );
  await writeFile(join(folder, "s.csv"), `x\n${given.join("\n")}\n`);
  await ok(
    "train s.csv --as series --window 32 --family masked --patch 1 --epochs 30 --seed 1 --threads 1 -o s.onnx",
  );
  await ok("denoise s.onnx s.csv --as series -o s-out.csv");
  const made = (await readFile(join(folder, "s-out.csv"), "utf8")).trimEnd().split("\n");
  const at = made[0]?.split(",").indexOf("x") ?? -1;
  const values = made.slice(1).map((line) => Number(line.split(",")[at]));
  expect(values).toHaveLength(800);
  const error = values.reduce((sum, x, i) => sum + (x - (clean[i] as number)) ** 2, 0) / 800;
  expect(error).toBeLessThan(0.5 * 0.16);
}, 120_000);
