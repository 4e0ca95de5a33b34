import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tensor } from "../base/tensor.ts";
import type { CompactType } from "./preprocessing.ts";
import { createSpill, rowBytes } from "./spill.ts";
import { writeFully } from "./temporary-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-spill-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** All types, narrow and wide; bytes whose rows do not end on a word. */
const COLUMNS: Readonly<Record<string, CompactType>> = {
  numbers: { dtype: "float32", shape: [3] },
  codes: { dtype: "int32", shape: [2] },
  label: { dtype: "int32", shape: [] },
  pixels: { dtype: "uint8", shape: [3, 5, 3] },
};

/** Values from which the row can be told, in every column. */
function valuesOf(rows: readonly number[]) {
  const each = (width: number, of: (row: number, i: number) => number): number[] =>
    rows.flatMap((row) => Array.from({ length: width }, (_, i) => of(row, i)));
  const n = rows.length;
  return {
    numbers: tensor("float32", Float32Array.from(each(3, (row, i) => row + i / 8)), [n, 3]),
    codes: tensor("int32", Int32Array.from(each(2, (row, i) => 2 * row + i)), [n, 2]),
    label: tensor("int32", Int32Array.from(rows), [n]),
    pixels: tensor("uint8", Uint8Array.from(each(45, (row, i) => row * 7 + i)), [n, 3, 5, 3]),
  };
}

test("every row comes back in its block, once and whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 20_000 }),
      async (dealt, chunk, memory) => {
        const rowsOf = (block: number): number[] =>
          dealt.flatMap((at, row) => (at === block ? [row] : []));
        const blocks = Array.from({ length: 5 }, (_, block) => rowsOf(block).length);
        const writer = await createSpill({ folder, columns: COLUMNS, blocks, memory });
        for (let first = 0; first < dealt.length; first += chunk) {
          const some = dealt.slice(first, first + chunk);
          const rows = some.map((_, i) => first + i);
          await writer.add(valuesOf(rows), Int32Array.from(some));
        }
        const spill = await writer.end();
        const into = spill.buffers();
        // In another order than they lie, into memory that held another block.
        for (const block of [3, 0, 4, 1, 2]) {
          await spill.read(block, into);
          const expected = valuesOf(rowsOf(block));
          expect(spill.tensors(into, blocks[block] as number)).toEqual(expected);
        }
        await spill.close();
        expect(await readdir(folder)).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});

test("a row's bytes are those of all columns", () => {
  expect(rowBytes(COLUMNS)).toBe(12 + 8 + 4 + 45);
});

test.skipIf(process.platform === "win32")("the file has no name while it is there", async () => {
  const writer = await createSpill({ folder, columns: COLUMNS, blocks: [2], memory: 100 });
  expect(await readdir(folder)).toEqual([]);
  await writer.close();
});

test("too small a disk is refused before a byte is written, with the bytes it would need", async () => {
  const spill = createSpill({ folder, columns: COLUMNS, blocks: [1e15], memory: 100 });
  await expect(spill).rejects.toMatchObject({ code: "train.disk", fault: "input" });
  await expect(spill).rejects.toThrow(/expected 69000 TB of free disk.*got .* free/s);
});

test.skipIf(process.platform !== "linux")(
  "a disk that is full half-way is said as one",
  async () => {
    const full = await open("/dev/full", "w");
    const written = writeFully(full, new Uint8Array(8), 4, { folder: "/data", bytes: 3e9 });
    await expect(written).rejects.toMatchObject({ code: "train.disk", fault: "input" });
    await expect(written).rejects.toThrow(/\/data: expected 3 GB of free disk.*got a full disk/s);
    await full.close();
  },
);

test("a folder that is not there is named, with the bytes it would need", async () => {
  const nowhere = join(folder, "nowhere");
  const spill = createSpill({ folder: nowhere, columns: COLUMNS, blocks: [1000], memory: 100 });
  await expect(spill).rejects.toMatchObject({ code: "train.disk", fault: "input" });
  await expect(spill).rejects.toThrow(/nowhere: expected 69 kB of free disk.*\(ENOENT\)/s);
});
