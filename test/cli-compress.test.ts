/** `ae compress` and `ae decompress` from the outside: what is kept, what is said, what is refused. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { uniform } from "../src/codec/uniform.ts";
import type { Compressed } from "../src/uses/compression/options.ts";
import { commandLine, type Ended } from "./support/command-line.ts";

let folder: string;
const { ae, ok } = commandLine(() => folder);

/** Expects that it is refused as the user's, and gives the one line of JSON that says why. */
async function refused(line: string): Promise<{ code: string; text: string }> {
  const { code, out, err } = await ae(`${line} --json`);
  expect(code, `ae ${line}\n${out}${err}`).toBe(1);
  const told = JSON.parse(err.trim().split("\n").at(-1) ?? "") as { error: { code: string } };
  return { code: told.error.code, text: JSON.stringify(told.error) };
}

const at = (name: string): string => join(folder, name);
const figures = ({ out }: Ended) => JSON.parse(out) as Compressed;

const ROWS = 400;
const WIDTH = 25;
const random = uniform(21);
/** Waves with gaps and infinities. */
const field = Float32Array.from({ length: ROWS * WIDTH }, (_, i) => {
  const [y, x] = [Math.floor(i / WIDTH), i % WIDTH];
  return 3 * Math.sin(y / 15 + x / 4) + 0.05 * random();
});
field.set([Number.NaN, Infinity, -Infinity, -0], 333);

/** Rows of which three numbers tell nearly all, and neighbours little. */
function mixed(): Float32Array {
  const weights = Array.from({ length: 3 * 32 }, () => random() - 0.5);
  const codes = Array.from({ length: 600 * 3 }, () => 4 * random());
  return Float32Array.from({ length: 600 * 32 }, (_, i) => {
    const [row, column] = [Math.floor(i / 32), i % 32];
    const sum = [0, 1, 2].reduce(
      (all, j) => all + (weights[3 * column + j] as number) * (codes[3 * row + j] as number),
      0,
    );
    return sum + 0.005 * (random() - 0.5);
  });
}

function npy(values: Float32Array, shape: string): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = Buffer.alloc(128, " ");
  header.write("\x93NUMPY\x01\x00\x76\x00", "latin1");
  header.write(text, 10, "latin1");
  header.write("\n", 127);
  return Buffer.concat([header, Buffer.from(values.buffer)]);
}

async function npyValues(name: string): Promise<Float32Array> {
  const bytes = await readFile(at(name));
  const start = 10 + bytes.readUInt16LE(8);
  return new Float32Array(Uint8Array.from(bytes.subarray(start)).buffer);
}

function expectWithin(was: Float32Array, is: Float32Array, bound: number): void {
  expect(is.length).toBe(was.length);
  for (const [i, x] of was.entries()) {
    const y = is[i] as number;
    const fits = Number.isFinite(x) ? Math.abs(x - y) <= bound : Object.is(x, y);
    if (!fits) expect.fail(`element ${i}: ${x} became ${y}`);
  }
}

const CSV = [
  "when,place,temperature,count,good",
  ...Array.from({ length: 500 }, (_, i) => {
    const day = new Date(Date.UTC(2025, 0, 1 + i)).toISOString().slice(0, 10);
    const celsius = i % 41 === 7 ? "" : (12 - 9 * Math.cos(i / 58) + random()).toFixed(3);
    return [day, ["Oslo", "Bern", ""][i % 3], celsius, i % 12, i % 4 > 0].join(",");
  }),
  "",
].join("\n");

const SIDE = 16;
const IMAGES = 30;
const pixels = Uint8Array.from({ length: IMAGES * SIDE * SIDE }, (_, i) => {
  const [image, y, x] = [Math.floor(i / SIDE ** 2), Math.floor(i / SIDE) % SIDE, i % SIDE];
  return 120 + 70 * Math.sin((x + y + image) / 3) + 10 * random();
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-cli-compress-"));
  await writeFile(at("field.npy"), npy(field, `${ROWS}, ${WIDTH}`));
  await writeFile(at("days.csv"), CSV);
  await mkdir(at("pictures"));
  for (let i = 0; i < IMAGES; i += 1) {
    const raw = { width: SIDE, height: SIDE, channels: 1 } as const;
    const image = sharp(pixels.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2), { raw });
    await image
      .toColourspace("b-w")
      .png()
      .toFile(at(`pictures/${i}.png`));
  }
  await writeFile(at("plain.npy"), npy(mixed(), "600, 32"));
  const training = "train plain.npy --latent 3 --hidden 24 --learning-rate 0.004";
  await ok(`${training} --epochs 100 --seed 1 -o plain.onnx`);
  await ok(`${training} --epochs 2 --seed 2 -o other.onnx`);
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("arrays", { timeout: 120_000 }, () => {
  test("come back within the bound, which is told with sizes and a verdict", async () => {
    const { out, err } = await ok("compress field.npy --error-bound 0.01 -o field.aez");
    expect(err).toBe("");
    const { size } = await import("node:fs/promises").then(({ stat }) => stat(at("field.aez")));
    expect(out).toContain(`  file          ${size.toLocaleString("en")} bytes\n`);
    expect(out).toMatch(/ error {9}at most 0\.00\d+, allowed 0\.01/);
    expect(out).toMatch(/ PSNR {10}\d\d\.\d\d dB\n/);
    expect(out).toMatch(/ brotli {8}[\d,]+ bytes {2}[\d.]+ times the file\n/);
    expect(out).toMatch(/\n[\d.]+ times smaller than brotli makes the data\.\n/);
    await ok("decompress field.aez -o back.npy");
    expectWithin(field, await npyValues("back.npy"), 0.01);
    expect((await ok("info field.aez")).out).toContain("an array, f4 of shape (400, 25)");
  });

  test("some rows, to a file and as text", async () => {
    await ok("compress field.npy --error-bound 0.01 --no-controls -o rows.aez");
    await ok("decompress rows.aez -o whole.npy");
    const whole = await npyValues("whole.npy");
    const { err } = await ok("decompress rows.aez --rows 390: -o end.npy");
    expect(err).toContain("10 rows of field.npy written to end.npy");
    expect(await npyValues("end.npy")).toEqual(whole.slice(390 * WIDTH));
    const { out } = await ok("decompress rows.aez --rows 2:4");
    const lines = out.trimEnd().split("\n").slice(1);
    expect(lines.map((line) => line.split(",").map((x) => Math.fround(Number(x))))).toEqual(
      [2, 3].map((row) => Array.from(whole.slice(row * WIDTH, (row + 1) * WIDTH))),
    );
    for (const rows of ["4:2", "0:401", "x", ":", "-1:3"]) {
      const { code } = await refused(`decompress rows.aez --rows ${rows}`);
      expect(code, rows).toMatch(/^(compressed\.rows|options\.invalid)$/);
    }
  });

  test("lossless, byte for byte", async () => {
    const { out } = await ok("compress field.npy --lossless -o exact.aez");
    expect(out).toContain("none: every bit comes back");
    expect(out).not.toContain("PSNR");
    await ok("decompress exact.aez -o exact.npy");
    expect((await readFile(at("exact.npy"))).equals(await readFile(at("field.npy")))).toBe(true);
  });

  test("as near as a PSNR says, all figures as JSON", async () => {
    const made = figures(await ok("compress plain.npy --psnr 45 --json -o near.aez"));
    expect(made.psnr).toBeGreaterThanOrEqual(45);
    expect(made).toMatchObject({ data: "plain.npy", output: "near.aez", path: "classical" });
    expect(made.controls.brotli).toBeGreaterThan(made.size);
    await ok("decompress near.aez -o near.npy");
    const plain = await npyValues("plain.npy");
    const near = await npyValues("near.npy");
    const range = Math.max(...plain) - Math.min(...plain);
    const mean =
      plain.reduce((sum, x, i) => sum + (x - (near[i] as number)) ** 2, 0) / plain.length;
    expect(20 * Math.log10(range) - 10 * Math.log10(mean)).toBeCloseTo(made.psnr ?? 0, 9);
    const { out } = await ok("compress plain.npy --psnr 45 --no-controls -o near.aez");
    expect(out).toMatch(/PSNR {10}4[56]\.\d\d dB, asked for 45/);
  });

  test("a network that learns is told of in its own words", async () => {
    const { out } = await ok(
      "compress field.npy --error-bound 0.01 --time 60s --no-controls -o taught.aez",
    );
    expect(out).toContain("with learning");
    expect(out).toMatch(
      /Learning while coding (makes it [\d.]+% smaller|does not make it smaller)/,
    );
    expect(out).not.toContain("odel");
    await ok("decompress taught.aez -o taught.npy");
    expectWithin(field, await npyValues("taught.npy"), 0.01);
    const { err } = await ok(
      "compress days.csv --error-bound 0.1 --time 60s --no-controls -o days.aez",
    );
    expect(err).toContain("nothing learns while tables are coded");
  });
});

describe("with a model", { timeout: 120_000 }, () => {
  test("it is needed again, the very same", async () => {
    const line = "compress plain.onnx plain.npy --error-bound 0.02 --no-controls";
    const made = figures(await ok(`${line} --json -o model.aez`));
    expect(made.learner).toBe("model");
    expect(made.size).toBeLessThan(0.7 * made.classical);
    expect((await refused("decompress model.aez -o m.npy")).code).toBe("compressed.model");
    const other = await refused("decompress model.aez --model other.onnx -o m.npy");
    expect(other.code).toBe("compressed.model");
    expect((await readdir(folder)).filter((name) => name.startsWith("m.npy"))).toEqual([]);
    await ok("decompress model.aez --model plain.onnx -o m.npy");
    expectWithin(await npyValues("plain.npy"), await npyValues("m.npy"), 0.02);
    const { out } = await ok(`${line} --embed -o embedded.aez`);
    expect(out).toMatch(/with the model {2}[\d,]+ bytes, of which the model takes [\d,]+/);
    expect(out).toMatch(/\. The model makes it [\d.]+% smaller\.\n/);
    await ok("decompress embedded.aez -o e.npy");
    expectWithin(await npyValues("plain.npy"), await npyValues("e.npy"), 0.02);
  });

  test("of other rows is refused, and options that go with none", async () => {
    const wrong = await refused("compress plain.onnx pictures --error-bound 4 -o x.aez");
    expect(wrong.code).toBe("compression.model");
    for (const line of [
      "compress plain.onnx plain.npy --error-bound 1 --time 5s -o x.aez",
      "compress plain.npy --error-bound 1 --embed -o x.aez",
      "compress plain.npy field.npy --error-bound 1 -o x.aez",
      "compress days.csv --label place --lossless -o x.aez",
    ]) {
      expect((await refused(line)).code, line).toBe("options.invalid");
    }
  });

  test("the report tells of it", async () => {
    await ok("report plain.onnx plain.npy --error-bound 0.02 -o page.html");
    const page = await readFile(at("page.html"), "utf8");
    const text = page.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
    expect(text).toMatch(/All 600 rows, 76,800 bytes as 32-bit floats ?\./);
    expect(text).toContain("no element is off by more than 0.02; the largest error is 0.0");
    expect(text).toMatch(/The model makes the file [\d.]+% smaller, its own bytes included\./);
    expect(text).toMatch(/this package, without the model [\d,]+ [\d.]+ \d\d\.\d\d/);
    expect(text).toMatch(/with the model, its [\d,]+ bytes included/);
    expect((await refused("report plain.onnx plain.npy --relative -o p.html")).code).toBe(
      "options.invalid",
    );
  });
});

describe("tables and images", { timeout: 120_000 }, () => {
  test("a table within a bound: numbers with decimals alone are off", async () => {
    const { out } = await ok("compress days.csv --error-bound 0.05 -o days.aez");
    expect(out).toContain("in 1 of 5 columns");
    expect(out).toMatch(/\n {2}columns {7}temperature [\d.]+ \w+, /);
    await ok("decompress days.aez -o days-back.csv");
    const rows = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => line.split(","));
    const was = rows(CSV);
    const is = rows(await readFile(at("days-back.csv"), "utf8"));
    expect(is.length).toBe(was.length);
    let most = 0;
    for (const [i, cells] of was.entries()) {
      for (const c of [1, 3, 4]) expect(is[i]?.[c]).toBe(cells[c]);
      expect(is[i]?.[0]?.slice(0, 10)).toBe(cells[0]);
      expect(is[i]?.[2] === "").toBe(cells[2] === "");
      if (i > 0) most = Math.max(most, Math.abs(Number(cells[2]) - Number(is[i]?.[2])));
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(0.05);
    const some = (await ok("decompress days.aez --rows 100:102")).out.trimEnd().split("\n");
    expect(some.slice(1).map((line) => line.split(",")[3])).toEqual([
      String(100 % 12),
      String(101 % 12),
    ]);
    expect((await refused("compress days.csv --psnr 40 -o x.aez")).code).toBe("compression.bound");
  });

  test("a folder of images: lossless and within a bound, beside other formats", async () => {
    const { out } = await ok("compress pictures --lossless -o exact.aez");
    expect(out).toMatch(/ WebP {10}[\d,]+ bytes, lossless/);
    expect(out).toMatch(/ PNG {11}[\d,]+ bytes, lossless/);
    expect(out).toContain("a file an image; all 30 images");
    await ok("decompress exact.aez -o out/");
    const names = (await readdir(at("out"))).toSorted((a, b) => a.localeCompare(b, "en"));
    expect(names.length).toBe(IMAGES);
    const back = await Promise.all(
      names.map((name) =>
        sharp(at(`out/${name}`))
          .toColourspace("b-w")
          .raw()
          .toBuffer(),
      ),
    );
    expect(Buffer.concat(back).equals(Buffer.from(pixels))).toBe(true);

    const near = await ok("compress pictures --psnr 38 -o near.aez");
    expect(near.out).toMatch(/PSNR {10}3[89]\.\d\d dB, asked for 38/);
    expect(near.out).toMatch(/ JPEG {10}[\d,]+ bytes, quality \d+, (3[89]|4\d)\.\d\d dB/);
    await ok("decompress near.aez -o near.npy");
    const restored = (await readFile(at("near.npy"))).subarray(-pixels.length);
    const mean = pixels.reduce((sum, x, i) => sum + (x - (restored[i] as number)) ** 2, 0);
    expect(10 * Math.log10((255 ** 2 * pixels.length) / mean)).toBeGreaterThanOrEqual(38);
  });
});

describe("what is not as it should be", { timeout: 120_000 }, () => {
  test("bits that flip, files cut short, files of other kinds", async () => {
    await ok("compress field.npy --error-bound 0.01 --no-controls -o whole.aez");
    const whole = await readFile(at("whole.aez"));
    for (const place of [3, 40, 1000, whole.length - 20, whole.length - 2]) {
      const flipped = Buffer.from(whole);
      flipped[place] = (flipped[place] as number) ^ 16;
      await writeFile(at("flipped.aez"), flipped);
      const { code } = await refused("decompress flipped.aez -o f.npy");
      expect(code, `byte ${place}`).toMatch(/^compressed\.(damaged|magic|version)$/);
    }
    for (const length of [0, 10, 200, whole.length - 1]) {
      await writeFile(at("cut.aez"), whole.subarray(0, length));
      expect((await refused("decompress cut.aez -o f.npy")).code).toMatch(/^(compressed|data)\./);
    }
    expect((await refused("decompress days.csv -o f.npy")).code).toBe("compressed.magic");
    expect((await refused("decompress nothing.aez -o f.npy")).code).toBe("data.missing");
    const left = (await readdir(folder)).filter((name) => /^f\.npy|\.part/.test(name));
    expect(left).toEqual([]);
  });

  test("no bound, two, or one that makes no sense", async () => {
    for (const how of [
      "",
      " --error-bound -1",
      " --error-bound 0.1 --lossless",
      " --error-bound 0.1 --psnr 40",
      " --psnr 40 --lossless",
      " --psnr 40 --relative",
      " --psnr -3",
    ]) {
      const { code, text } = await refused(`compress field.npy${how} -o x.aez`);
      expect(code, how).toMatch(/^(compression\.bound|options\.invalid|usage)/);
      expect(text, how).toContain("expected");
    }
    expect((await readdir(folder)).includes("x.aez")).toBe(false);
  });

  test("results that cannot go there leave what is there alone", async () => {
    await copyFile(at("field.npy"), at("copy.npy"));
    await ok("compress copy.npy --error-bound 0.01 --no-controls -o again.aez");
    const before = await readFile(at("again.aez"));
    await refused("compress nothing.npy --error-bound 0.01 -o again.aez");
    expect((await readFile(at("again.aez"))).equals(before)).toBe(true);
    expect((await refused("compress copy.npy --error-bound 1 -o no/such/x.aez")).code).toBe(
      "output.folder",
    );
    // A folder is no place for a file, nor a table's.
    const { code } = await refused("compress copy.npy --error-bound 1 --no-controls -o pictures");
    expect(code).toMatch(/^(output|data|file|system)\./);
    expect((await refused("decompress again.aez -o pictures/")).code).toMatch(/^output\./);
    expect((await readdir(at("pictures"))).length).toBe(IMAGES);
  });
});
