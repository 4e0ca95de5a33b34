import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { collect } from "./memory.ts";
import { openData, type OpenOptions } from "./open.ts";
import { writeNpy } from "./write-npy.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-open-"));
  await writeFile(join(folder, "t.csv"), "a,b\n1,x\n2,y\n");
  await writeFile(
    join(folder, "digits"),
    gzipSync(Buffer.from([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6])),
  );
  await writeNpy(join(folder, "x.npy"), { shape: [2] }, [Float32Array.of(1, 2, 3, 4)]);
  await writeFile(join(folder, "p.u8"), new Uint8Array(8));
  await mkdir(join(folder, "faces"));
  const image = sharp({ create: { width: 2, height: 3, channels: 3, background: "#123456" } });
  await image.png().toFile(join(folder, "faces/a.png"));
});
afterAll(() => rm(folder, { recursive: true }));

const open = (name: string, options?: OpenOptions) => openData(join(folder, name), options);

async function failure(name: string, options?: OpenOptions): Promise<string> {
  try {
    await open(name, options);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, "");
  }
  throw new Error("no error");
}

describe("openData", () => {
  it("sees the kind from name and content", async () => {
    expect(await open("t.csv", { label: "b" })).toMatchObject({
      kind: "table",
      rows: 2,
      label: "b",
    });
    expect(await open("digits")).toMatchObject({ kind: "images", rows: 1, height: 1, width: 2 });
    expect(await open("x.npy")).toMatchObject({ kind: "array", rows: 2, shape: [2] });
    expect(await open("faces")).toMatchObject({ kind: "images", height: 3, width: 2, channels: 3 });
    expect(await open("faces/*.png", { size: [4, 4] })).toMatchObject({ height: 4, width: 4 });
    expect(await open("p.u8", { shape: [2, 2, 2] })).toMatchObject({ kind: "images" });
    expect(await open("p.u8", { shape: [2, 2, 2], as: "array" })).toMatchObject({ kind: "array" });
  });

  it("refuses options that do not fit, and kinds it does not know", async () => {
    expect(await failure("t.csv", { size: [2, 2] })).toBe(
      "t.csv, --size: expected options for this kind of data: --select, --drop, --text, --label, got --size.\n  Leave it out.",
    );
    expect(await failure("x.npy", { drop: ["a"] })).toMatch(/--drop: expected options/);
    await writeFile(join(folder, "a.docx"), "PK");
    expect(await failure("a.docx")).toMatch(
      /expected tables \(\.csv .*; arrays \(\.npy .*; images .*, got the ending \.docx/,
    );
    await writeFile(join(folder, "a.arrow"), "ARROW1\0\0rest");
    expect(await failure("a.arrow")).toMatch(/got an Arrow file.\n {2}Convert it to Parquet/);
    expect(await failure("t.csx")).toMatch(/Write "t\.csv"/);
    expect(await failure("nothing-like-it.parquet")).toMatch(/nothing there/);
  });
});

describe("demo data", () => {
  it("has 10,000 digits, mixed, as in the mnist package", async () => {
    const source = await openData("demo:digits");
    expect(source).toMatchObject({
      kind: "images",
      rows: 10_000,
      height: 28,
      width: 28,
      channels: 1,
    });
    const labels = (await source.labels?.()) ?? [];
    expect(labels.slice(0, 12)).toEqual("012345678901".split(""));
    const images = await collect(source);
    if (images.kind !== "images") throw new Error("kind");
    // The mean pixel of MNIST is 0.1307 of white; these 10,000 are a part of it.
    expect(
      images.data.reduce((sum, pixel) => sum + pixel, 0) / images.data.length / 255,
    ).toBeCloseTo(0.131, 2);
  });

  it("has tables of vega-datasets", async () => {
    expect(await openData("demo:penguins", { label: "Species" })).toMatchObject({
      rows: 344,
      name: "demo:penguins",
    });
    expect(await openData("demo:weather")).toMatchObject({ rows: 1461 });
    expect(await openData("demo:birdstrikes")).toMatchObject({ rows: 10_000 });
    expect(await openData("demo:flights")).toMatchObject({ rows: 200_000 });
    const movies = await openData("demo:movies");
    expect(movies).toMatchObject({ rows: 3201 });
    expect(movies.notes.join()).toMatch(/^demo:movies: column "Release Date"/);
    await expect(openData("demo:digit")).rejects.toThrow("Write demo:digits");
    await expect(openData("demo:digits", { drop: ["a"] })).rejects.toThrow("--drop");
  });
});
