import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readImages, type ImageOptions } from "./images.ts";
import { collect } from "./memory.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-images-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes an image of one colour a pixel, given as `[height][width]` of grey or `[r, g, b, a?]`. */
async function draw(name: string, pixels: readonly (readonly (number | number[])[])[]) {
  const channels = ([pixels[0]?.[0] ?? 0].flat().length || 1) as 1 | 3 | 4;
  const data = Uint8Array.from(pixels.flat(2) as number[]);
  const image = sharp(data, {
    raw: { width: pixels[0]?.length ?? 0, height: pixels.length, channels },
  });
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await (channels === 1 ? image.toColourspace("b-w") : image).toFile(path);
}

async function load(name: string, options: ImageOptions = {}) {
  const source = await readImages(join(folder, name), options);
  return { source, data: [...(await collect(source)).data], notes: source.notes.join("\n") };
}

async function failure(name: string, options: ImageOptions = {}): Promise<string> {
  try {
    await load(name, options);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, "");
  }
  throw new Error("no error");
}

const red = [255, 0, 0];
const blue = [0, 0, 255];

describe("folders of images", () => {
  it("come in natural order, with their folders as labels", async () => {
    for (const i of [10, 9, 1]) await draw(`sorted/${i > 9 ? "b" : "a"}/i${i}.png`, [[i, 2 * i]]);
    const { source, data } = await load("sorted", { label: "folder" });
    expect(source).toMatchObject({ rows: 3, height: 1, width: 2, channels: 1 });
    expect(data).toEqual([1, 2, 9, 18, 10, 20]);
    expect(await source.labels?.()).toEqual(["a", "a", "b"]);
    expect([0, 1, 2].map((row) => source.nameOf(row))).toEqual([
      "a/i1.png",
      "a/i9.png",
      "b/i10.png",
    ]);
    const parts: number[][] = [];
    for await (const part of source.read({ chunk: 2 })) parts.push([...part.data]);
    expect(parts).toEqual([
      [1, 2, 9, 18],
      [10, 20],
    ]);
    expect((await load("sorted/**/*1*.png")).data).toEqual([1, 2, 10, 20]);
  });

  it("are colour as soon as one is", async () => {
    await draw("mixed/a.png", [[7, 9]]);
    await draw("mixed/b.png", [[red, blue]]);
    const { source, data } = await load("mixed");
    expect(source.channels).toBe(3);
    expect(data).toEqual([7, 7, 7, 9, 9, 9, ...red, ...blue]);
    expect((await load("mixed/a.png")).source.channels).toBe(1);
    expect((await load("mixed", { channels: 1 })).data.slice(0, 2)).toEqual([7, 9]);
  });

  it("lose alpha with a note, unless 4 channels are wanted", async () => {
    await draw("alpha/a.png", [[[10, 20, 30, 128]]]);
    const three = await load("alpha");
    expect(three.data).toEqual([10, 20, 30]);
    expect(three.notes).toMatch(/1 image\(s\) have an alpha channel; it is left out/);
    expect((await load("alpha", { channels: 4 })).data).toEqual([10, 20, 30, 128]);
  });

  it("JPEG and WebP too; JPEG stands upright", async () => {
    const wide = sharp({ create: { width: 4, height: 2, channels: 3, background: "#fff" } });
    await mkdir(join(folder, "turned"), { recursive: true });
    await wide.clone().withMetadata({ orientation: 6 }).toFile(join(folder, "turned/a.jpg"));
    await wide.clone().rotate(90).toFile(join(folder, "turned/b.webp"));
    const { source } = await load("turned");
    expect(source).toMatchObject({ height: 4, width: 2 });
  });

  it("of several sizes need --size, which keeps the centre", async () => {
    await draw("sizes/a.png", [[1, 2, 3, 4]]);
    await draw("sizes/b.png", [[5, 6]]);
    expect(await failure("sizes")).toBe(
      "sizes: expected images of one size: a.png is 4x1, got b.png of 2x1.\n  Bring them to one size (width x height) with --size, such as --size 1x1.",
    );
    const { source, data } = await load("sizes", { size: [2, 1] });
    expect(source).toMatchObject({ width: 2, height: 1 });
    expect(data).toEqual([2, 3, 5, 6]);
    expect(await failure("sizes", { size: [2, 0] })).toMatch(/--size: expected a whole height/);
  });

  it("16 bits become 8", async () => {
    await mkdir(join(folder, "deep"), { recursive: true });
    await sharp(Uint8Array.of(0, 128, 255), { raw: { width: 3, height: 1, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toFile(join(folder, "deep/a.png"));
    expect((await load("deep")).data).toEqual([0, 128, 255]);
  });
});

describe("bad images", () => {
  it("name the file and what it is instead", async () => {
    await draw("bad/good.png", [[1]]);
    await writeFile(join(folder, "bad/text.png"), "hello");
    expect(await failure("bad")).toMatch(
      /^bad\/text\.png: expected a PNG image, as its name says, got something that is no image\./,
    );
    await sharp({ create: { width: 1, height: 1, channels: 3, background: "#000" } })
      .jpeg()
      .toFile(join(folder, "bad/jpeg.png"));
    expect(await failure("bad/jpeg.png")).toMatch(/got a JPEG image/);
    expect(await failure("bad")).toMatch(/^bad: .*got 2 that are not: .*jpeg\.png.*text\.png/);
  });

  it("cut images fail where they are decoded", async () => {
    const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * i * 31) % 251);
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 1 } })
      .png()
      .toBuffer();
    await writeFile(join(folder, "cut.png"), whole.subarray(0, whole.length / 2));
    expect(await failure("cut.png")).toMatch(/^cut\.png: expected a PNG image/);
  });

  it("folders without images, labels that do not exist", async () => {
    await mkdir(join(folder, "none"), { recursive: true });
    expect(await failure("none")).toMatch(/^none: expected a folder with at least 1 image/);
    expect(await failure("sorted", { label: "class" })).toMatch(/expected "folder".*got "class"/);
  });
});

describe("IDX", () => {
  const idx = (shape: readonly number[], data: readonly number[]) => {
    const header = Buffer.alloc(4 + 4 * shape.length);
    header.set([0, 0, 8, shape.length]);
    shape.forEach((n, axis) => header.writeUInt32BE(n, 4 + 4 * axis));
    return Buffer.concat([header, Buffer.from(data)]);
  };
  const pixels = Array.from({ length: 12 }, (_, i) => i * 20);

  it("reads images and labels, packed or not", async () => {
    await writeFile(join(folder, "a-idx3-ubyte"), idx([3, 2, 2], pixels));
    await writeFile(join(folder, "a-idx3-ubyte.gz"), gzipSync(idx([3, 2, 2], pixels)));
    await writeFile(join(folder, "a-idx1-ubyte.gz"), gzipSync(idx([3], [7, 0, 9])));
    for (const name of ["a-idx3-ubyte", "a-idx3-ubyte.gz"]) {
      const { source, data } = await load(name, { label: join(folder, "a-idx1-ubyte.gz") });
      expect(source).toMatchObject({ rows: 3, height: 2, width: 2, channels: 1 });
      expect(data).toEqual(pixels);
      expect(await source.labels?.()).toEqual(["7", "0", "9"]);
      const parts: number[][] = [];
      for await (const part of source.read({ chunk: 2 })) parts.push([...part.data]);
      expect(parts).toEqual([pixels.slice(0, 8), pixels.slice(8)]);
    }
    await writeFile(join(folder, "c-idx4-ubyte"), idx([2, 1, 2, 3], pixels));
    expect((await load("c-idx4-ubyte")).source).toMatchObject({ height: 1, width: 2, channels: 3 });
  });

  it.each<[string, Buffer, RegExp]>([
    [
      "cut",
      idx([3, 2, 2], pixels.slice(0, 10)),
      /expected 28 bytes, as its header says, got 26 bytes/,
    ],
    ["long", idx([3, 2, 2], [...pixels, 1]), /expected 28 bytes, as its header says, got 29 bytes/],
    ["cut header", idx([3, 2, 2], []).subarray(0, 9), /expected 16 bytes.*got 9 bytes/],
    [
      "packed and cut inside",
      gzipSync(idx([3, 2, 2], pixels.slice(0, 10))),
      /expected 28 bytes.*got 26 bytes/,
    ],
    ["packed and cut", gzipSync(idx([3, 2, 2], pixels)).subarray(0, 30), /expected|cut short/],
    [
      "wrong magic",
      Buffer.from("abcdefgh"),
      /magic 00 00 08 01 to 00 00 08 04, got first bytes 61 62 63 64/,
    ],
    ["empty", Buffer.alloc(0), /got an empty file/],
    ["labels", idx([3], [1, 2, 3]), /3 axes.*got 1 axes: 3/],
  ])("refuses %s", async (name, content, message) => {
    const file = `${name.replaceAll(" ", "-")}-idx3-ubyte`;
    await writeFile(join(folder, file), content);
    expect(await failure(file)).toMatch(message);
  });

  it("refuses labels of another count, and sizes", async () => {
    await writeFile(join(folder, "b-idx1-ubyte"), idx([2], [1, 2]));
    expect(await failure("a-idx3-ubyte", { label: join(folder, "b-idx1-ubyte") })).toMatch(
      /expected 3 labels, one a row, got 2/,
    );
    expect(await failure("a-idx3-ubyte", { size: [4, 4] })).toMatch(/--size: .*got 4x4/);
  });
});
