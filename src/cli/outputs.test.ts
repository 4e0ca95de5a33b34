import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Images, NumericArray, Table } from "../data/source.ts";
import { freeName, numberColumns, textColumn, tidy, tidyRows } from "./columns.ts";
import { openSink, requireFolder } from "./outputs.ts";
import { pour } from "./pour.ts";
import { createTerminal } from "./terminal.ts";

let folder: string;
let printed = "";
const stream = {
  write: (data: string | Uint8Array, done?: (error?: Error | null) => void) => {
    printed += Buffer.from(data).toString();
    done?.();
    return true;
  },
};
const terminal = createTerminal(stream, stream, {});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-outputs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const table: Table = {
  kind: "table",
  rows: 2,
  columns: [
    { name: "x", type: "number", values: Float64Array.of(37.482001762419564, Number.NaN) },
    textColumn("city", ["Graz", null]),
  ],
};
const array: NumericArray = {
  kind: "array",
  rows: 2,
  shape: [2],
  data: Float32Array.of(0.1, 2, 3, 4.5),
};
const images: Images = {
  kind: "images",
  rows: 2,
  height: 1,
  width: 2,
  channels: 1,
  data: Uint8Array.of(0, 255, 128, 7),
};

describe("numbers", () => {
  test("a float32 keeps its value in as few digits as tell it apart", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const [column] = numberColumns("a", Float32Array.of(value), 1);
        const shown = column?.type === "text" ? Number.NaN : (column?.values[0] as number);
        expect(Math.fround(shown)).toBe(value + 0);
      }),
    );
    expect(numberColumns("a", Float32Array.of(0.1, 1 / 3), 1)).toMatchObject([
      { name: "a0", values: Float64Array.of(0.1) },
      { name: "a1", values: Float64Array.of(0.33333334) },
    ]);
  });

  test("what a network gives has seven digits", () => {
    expect(tidy(37.482001762419564)).toBe(37.482);
    expect(tidy(Number.NaN)).toBeNaN();
  });
});

test("a name that is taken gets another", () => {
  expect(freeName("y", ["x"])).toBe("y");
  expect(freeName("latent0", ["latent0"])).toBe("latent0_label");
});

describe("standard output", () => {
  test("gets CSV, or JSON", async () => {
    printed = "";
    await pour(
      tidyRows([table, table]),
      await openSink(undefined, { terminal, json: false, kind: "table", rows: 4 }),
    );
    expect(printed).toBe("x,city\n37.482,Graz\n,\n37.482,Graz\n,\n");
    printed = "";
    await pour(
      [array],
      await openSink(undefined, { terminal, json: true, kind: "array", rows: 2 }),
    );
    expect(JSON.parse(printed)).toEqual([
      { value0: 0.1, value1: 2 },
      { value0: 3, value1: 4.5 },
    ]);
  });

  test("gets nothing of what fails half-way", async () => {
    printed = "";
    const sink = await openSink(undefined, { terminal, json: false, kind: "table", rows: 4 });
    const broken = (function* broken() {
      yield table;
      throw new Error("half-way");
    })();
    await expect(pour(broken, sink)).rejects.toThrow("half-way");
    expect(printed).toBe("");
  });

  test("is no place for images", async () => {
    const options = { terminal, json: false, kind: "images", rows: 1 } as const;
    await expect(openSink(undefined, options)).rejects.toThrow("-o sheet.png");
  });
});

describe("files", () => {
  const options = { terminal, json: false, rows: 12 };

  test("images go to a folder, one PNG each, named by row", async () => {
    const path = join(folder, "pictures/");
    await pour([images], await openSink(path, { ...options, kind: "images" }));
    expect(await readdir(path)).toEqual(["01.png", "02.png"]);
    const picture = sharp(join(path, "02.png"));
    expect(await picture.metadata()).toMatchObject({ width: 2, height: 1, channels: 1 });
    const data = await picture.toColourspace("b-w").raw().toBuffer();
    expect([...data]).toEqual([128, 7]);
  });

  test("or to one sheet, or to columns", async () => {
    const sheet = join(folder, "sheet.png");
    await pour([images, images], await openSink(sheet, { ...options, kind: "images" }));
    expect((await sharp(sheet).metadata()).format).toBe("png");
    const csv = join(folder, "pixels.csv");
    await pour([images], await openSink(csv, { ...options, kind: "images" }));
    expect(await readFile(csv, "utf8")).toBe("pixel0,pixel1\n0,255\n128,7\n");
  });

  test("arrays go to .npy in their shape", async () => {
    const path = join(folder, "a.npy");
    await pour([array, array], await openSink(path, { ...options, kind: "array" }));
    const bytes = await readFile(path);
    expect(bytes.toString("latin1")).toContain("'shape': (4, 2)");
    expect(new Float32Array(Uint8Array.from(bytes.subarray(-16)).buffer)).toEqual(array.data);
  });

  test.each([
    ["x.txt", "table", "ends in .txt"],
    ["x.npy", "table", ".csv, .tsv"],
    ["x.png", "array", ".npy, .csv"],
    ["x", "table", "a name without an ending"],
  ] as const)("%s for a %s is refused", async (name, kind, words) => {
    await expect(openSink(join(folder, name), { ...options, kind })).rejects.toThrow(words);
  });

  test("a folder that is not there is refused before any work", async () => {
    await expect(requireFolder(join(folder, "none/x.csv"))).rejects.toThrow("mkdir -p");
    await mkdir(join(folder, "there"));
    await expect(requireFolder(join(folder, "there"))).rejects.toThrow("got a folder");
  });
});
