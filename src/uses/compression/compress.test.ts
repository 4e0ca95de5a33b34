import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AutoencoderError } from "../../base/errors.ts";
import { FORMAT, writeHead, writeIndex } from "../../codec/container.ts";
import { arrayFrom, imagesFrom, tableFrom } from "../../data/memory.ts";
import { compress } from "./compress.ts";
import { decompress, type RestoredArray } from "./decompress.ts";
import { openCompressed } from "./open.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-compress-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const wave = (rows: number, width: number): Float64Array =>
  Float64Array.from(
    { length: rows * width },
    (_, i) => Math.sin(Math.floor(i / width) / 9) + 0.1 * Math.cos((i % width) * 1.7),
  );

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    return (error as AutoencoderError).code;
  }
  return "no error";
}

function array(restored: unknown): RestoredArray {
  return restored as RestoredArray;
}

describe("arrays", () => {
  test("come back within the bound, with their type and shape, and in many blocks", async () => {
    const data = wave(200, 12);
    const source = arrayFrom(data, [12]);
    const made = await compress(source, { errorBound: 0.01, block: 240, controls: false });
    expect(made.blocks).toBe(10);
    expect(made.largestError).toBeLessThanOrEqual(0.01);
    expect(made.ratio).toBeGreaterThan(4);
    const back = array(await decompress(made.bytes as Uint8Array));
    expect(back.shape).toEqual([200, 12]);
    expect(back.dtype).toBe("f8");
    const off = data.reduce((m, v, i) => Math.max(m, Math.abs(v - Number(back.data[i]))), 0);
    expect(off).toBe(made.largestError);
  });

  test("some rows are those of the whole, and read only their blocks", async () => {
    const source = arrayFrom(wave(200, 12), [12]);
    const made = await compress(source, { errorBound: 0.01, block: 240, controls: false });
    const bytes = made.bytes as Uint8Array;
    const whole = array(await decompress(bytes)).data as Float64Array;
    for (const [from, to] of [
      [0, 200],
      [0, 1],
      [19, 21],
      [57, 143],
      [199, 200],
      [7, 7],
    ] as const) {
      const part = array(await decompress(bytes, { rows: [from, to] }));
      expect(part.shape).toEqual([to - from, 12]);
      expect(part.data).toEqual(whole.subarray(12 * from, 12 * to));
    }
    // A block that is broken hurts only those who ask for it.
    const { head } = await openCompressed(bytes);
    const broken = bytes.slice();
    const at = writeHead(head).length + 3;
    broken[at] = (broken[at] as number) ^ 1;
    expect(await codeOf(decompress(broken, { rows: [0, 1] }))).toBe("compressed.damaged");
    expect(array(await decompress(broken, { rows: [150, 160] })).data).toEqual(
      whole.subarray(12 * 150, 12 * 160),
    );
    for (const rows of [
      [-1, 3],
      [3, 2],
      [0, 201],
      [0.5, 2],
    ] as const) {
      expect(await codeOf(decompress(bytes, { rows }))).toBe("compressed.rows");
    }
  });

  test("a relative bound is a share of the range of what is finite", async () => {
    const data = Float64Array.of(Number.NaN, 3, 7, Infinity, 5, 4, 6.5, 3.25);
    await writeFile(join(folder, "odd.f64"), new Uint8Array(data.buffer));
    const made = await compress(join(folder, "odd.f64"), {
      shape: [8],
      errorBound: 0.05,
      relative: true,
      controls: false,
    });
    expect(made.bounds[0]).toBeCloseTo(0.2, 15);
    const back = array(await decompress(made.bytes as Uint8Array)).data as Float64Array;
    expect(back[0]).toBeNaN();
    expect(back[3]).toBe(Infinity);
    for (const i of [1, 2, 4, 5, 6, 7]) {
      expect(Math.abs((back[i] as number) - (data[i] as number))).toBeLessThanOrEqual(0.2);
    }
  });

  test("files of NumPy keep type, byte order and Fortran order", async () => {
    const header = (descr: string, fortran: boolean, shape: string): Buffer => {
      const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${shape}, }`;
      const length = Math.ceil((text.length + 11) / 64) * 64;
      const bytes = Buffer.alloc(length, " ");
      bytes.write("\x93NUMPY\x01\x00", "latin1");
      bytes.writeUInt16LE(length - 10, 8);
      bytes.write(text, 10, "latin1");
      bytes.write("\n", length - 1);
      return bytes;
    };
    const { writeArray } = await import("./decompress.ts");
    const big = Buffer.alloc(8 * 12);
    for (let i = 0; i < 12; i += 1) big.writeBigInt64BE(BigInt(i) * 10n ** 17n - 3n, 8 * i);
    const floats = Buffer.from(Float32Array.from({ length: 24 }, (_, i) => i * i).buffer);
    for (const [name, head, body] of [
      ["big", header(">i8", false, "(12,)"), big],
      ["fortran", header("<f4", true, "(2, 3, 4)"), floats],
      ["scalar", header("<f8", false, "()"), Buffer.from(Float64Array.of(2.5).buffer)],
      ["none", header("<i2", false, "(0, 3)"), Buffer.alloc(0)],
    ] as const) {
      const [from, to, out] = ["npy", "aez", "back.npy"].map((e) => join(folder, `${name}.${e}`));
      await writeFile(from as string, Buffer.concat([head, body]));
      await compress(from as string, { lossless: true, output: to as string, controls: false });
      const file = await openCompressed(to as string);
      await writeArray(file, out as string);
      await file.close();
      expect(await readFile(out as string)).toEqual(Buffer.concat([head, body]));
    }
    // Rows of what lies in Fortran order, in C order.
    const all = array(await decompress(join(folder, "fortran.aez")));
    expect(all.shape).toEqual([2, 3, 4]);
    // Element [r, i, j] lies at r + 2 i + 6 j.
    const expected = [0, 1].flatMap((r) =>
      [0, 1, 2].flatMap((i) => [0, 1, 2, 3].map((j) => (r + 2 * i + 6 * j) ** 2)),
    );
    expect([...(all.data as Float32Array)]).toEqual(expected);
    const second = array(await decompress(join(folder, "fortran.aez"), { rows: [1, 2] }));
    expect([...(second.data as Float32Array)]).toEqual(expected.slice(12));
  });

  test("no bound, or one that makes no sense, is refused", async () => {
    const source = arrayFrom(wave(4, 2), [2]);
    for (const options of [
      {},
      { errorBound: -1 },
      { errorBound: Number.NaN },
      { errorBound: Infinity },
      { errorBound: 1, lossless: true },
    ]) {
      expect(await codeOf(compress(source, options))).toBe("compression.bound");
    }
  });

  test("a run that ends early leaves no file behind", async () => {
    const output = join(folder, "early", "x.aez");
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(folder, "early"));
    const end = new AbortController();
    const run = compress(arrayFrom(wave(200, 12), [12]), {
      errorBound: 0.01,
      block: 240,
      output,
      signal: end.signal,
      onProgress: ({ done }) => {
        if (done === 3) end.abort();
      },
    });
    await expect(run).rejects.toThrow();
    expect(await readdir(join(folder, "early"))).toEqual([]);
  });
});

describe("images and tables", () => {
  test("images come back to the last bit, or within a bound", async () => {
    const data = Uint8Array.from(
      { length: 30 * 16 * 16 * 3 },
      (_, i) => ((i % 768) / 3 + ((Math.imul(i, 2654435761) >>> 0) % 23)) & 255,
    );
    const source = imagesFrom(data, { height: 16, width: 16, channels: 3 });
    const exact = await compress(source, { lossless: true, controls: false });
    expect(await decompress(exact.bytes as Uint8Array)).toEqual({
      kind: "images",
      rows: 30,
      height: 16,
      width: 16,
      channels: 3,
      data,
    });
    const rough = await compress(source, { errorBound: 6, controls: false });
    expect(rough.size).toBeLessThan(exact.size);
    const back = (await decompress(rough.bytes as Uint8Array)) as { data: Uint8Array };
    const off = data.reduce((m, v, i) => Math.max(m, Math.abs(v - (back.data[i] as number))), 0);
    expect(off).toBeGreaterThan(0);
    expect(off).toBeLessThanOrEqual(6);
  });

  test("tables come back by their types; only numbers with decimals may be off", async () => {
    const rows = Array.from({ length: 700 }, (_, i) => ({
      id: `id-${1000 + i}`,
      country: i % 17 === 0 ? null : (["NL", "DE", "FR"][(i * i) % 3] ?? ""),
      amount: i % 23 === 0 ? null : Math.sin(i) * 40,
      count: i % 9,
      big: 2 ** 52 + i * 3,
      when: new Date(Date.UTC(2024, 0, 1 + (i % 90), i % 24)),
      good: i % 5 === 0,
      text: i === 3 ? "\u0000 \ud800 Zürich 😀" : `note ${(i * 7919) % 1000}`,
    }));
    const source = tableFrom(rows);
    const made = await compress(source, { errorBound: 0.5 });
    const back = await decompress(made.bytes as Uint8Array);
    if (back.kind !== "table") throw new Error(back.kind);
    expect(back.rows).toBe(700);
    let most = 0;
    for await (const table of source.read()) {
      for (const [c, column] of table.columns.entries()) {
        const other = back.columns[c] as typeof column;
        expect([other.name, other.type]).toEqual([column.name, column.type]);
        if (column.type === "text" || other.type === "text") {
          if (column.type !== "text" || other.type !== "text") throw new Error(other.type);
          const words = (one: typeof column) =>
            [...one.codes].map((k) => one.dictionary[k] ?? null);
          expect(words(other)).toEqual(words(column));
        } else if (column.type !== "number") expect(other.values).toEqual(column.values);
        else {
          for (const [i, v] of column.values.entries()) {
            const w = other.values[i] as number;
            expect(Number.isNaN(w)).toBe(Number.isNaN(v));
            if (v === v) most = Math.max(most, Math.abs(v - w));
          }
        }
      }
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(0.5);
    const some = await decompress(made.bytes as Uint8Array, { rows: [100, 103] });
    expect(some).toMatchObject({ kind: "table", rows: 3 });
    const lossless = await compress(source, { lossless: true });
    expect(lossless.bounds).toEqual(lossless.bounds.map(() => 0));
    expect(lossless.size).toBeGreaterThan(made.size);
  });

  test("a column that follows from another costs next to nothing", async () => {
    const next = (i: number) => ((Math.imul(i, 2654435761) >>> 0) >> 7) % 8;
    const of = (both: boolean) =>
      tableFrom({
        a: Array.from({ length: 4000 }, (_, i) => `word${next(i)}`),
        ...(both && { b: Array.from({ length: 4000 }, (_, i) => `name${(next(i) * 3) % 8}`) }),
      });
    const [one, two] = await Promise.all(
      [false, true].map((both) => compress(of(both), { lossless: true })),
    );
    expect((two?.size ?? 0) - (one?.size ?? 0)).toBeLessThan(200);
  });
});

describe("damage", () => {
  test("every flipped bit of a file is found, wherever it is", async () => {
    const source = arrayFrom(wave(60, 3), [3]);
    const made = await compress(source, { errorBound: 0.02, block: 60, controls: false });
    const bytes = made.bytes as Uint8Array;
    const missed: number[] = [];
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const broken = bytes.slice();
      broken[bit >> 3] = (broken[bit >> 3] as number) ^ (1 << (bit & 7));
      if (!(await codeOf(decompress(broken))).startsWith("compressed.")) missed.push(bit);
    }
    expect(missed).toEqual([]);
  });

  test("the error names the block", async () => {
    const source = arrayFrom(wave(60, 3), [3]);
    const made = await compress(source, { errorBound: 0.02, block: 60, controls: false });
    const bytes = (made.bytes as Uint8Array).slice();
    const { head } = await openCompressed(bytes);
    const at = writeHead(head).length;
    bytes[at] = (bytes[at] as number) ^ 128;
    await expect(decompress(bytes)).rejects.toThrow(/block 0/);
  });

  test("cut at any place, with bytes more, or of another kind: refused", async () => {
    const source = arrayFrom(wave(60, 3), [3]);
    const made = await compress(source, { errorBound: 0.02, block: 60, controls: false });
    const bytes = made.bytes as Uint8Array;
    for (let length = 0; length < bytes.length; length += 1) {
      expect(await codeOf(decompress(bytes.slice(0, length)))).toMatch(/^compressed\./);
    }
    expect(await codeOf(decompress(Buffer.concat([bytes, Buffer.alloc(1)])))).toMatch(
      /^compressed\./,
    );
    expect(await codeOf(decompress(Buffer.from("a,b\n1,2\n3,4\n")))).toBe("compressed.magic");
    const newer = bytes.slice();
    newer[8] = FORMAT + 1;
    expect(await codeOf(decompress(newer))).toBe("compressed.version");
  });

  test("a short file that promises much is refused before memory is taken", async () => {
    const heads = [
      { shape: [2 ** 40], block: 2 ** 20 },
      { shape: [2 ** 26, 2 ** 26], block: 2 ** 20 },
      { shape: [2 ** 24, 1000], block: 2 ** 24 },
      { shape: [4], block: 2 ** 40 },
    ];
    for (const { shape, block } of heads) {
      const head = writeHead({
        kind: "array",
        source: "x",
        dtype: "f8",
        shape,
        bounds: [0],
        block,
      });
      const file = Buffer.concat([head, writeIndex([{ length: 0, crc: 0 }])]);
      expect(await codeOf(decompress(file))).toBe("compressed.damaged");
    }
  });
});
