/**
 * Small data, and the bytes that each way to code makes of them: files that were written stay
 * readable, and no machine, engine or refactor changes what comes out.
 *
 * Where `decodes` fails, old files cannot be read any more: raise `FORMAT` in container.ts. Where
 * only `encodes` fails, the writer chooses otherwise. Either on purpose: `AE_RECORD=1 npx vitest run
 * src/codec/golden.test.ts` writes golden.json anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { afterAll, describe, expect, test } from "vitest";
import { encodeAs } from "./attempts.ts";
import { FORMAT, writeHead, writeIndex } from "./container.ts";
import { crc32 } from "./crc.ts";
import { bytesOf, numbersOf, storeOf } from "./dtypes.ts";
import { layoutOf } from "./layout.ts";
import type { DType, LearnedBlock } from "./learned.ts";
import { encodeLevels } from "./levels.ts";
import { countedOn, linesFor } from "./line.ts";
import { decodeNumbers } from "./numbers.ts";
import type { Kind } from "./predictions.ts";
import { decodeTable, encodeTable, type TableColumn } from "./table.ts";

const FILE = new URL("golden.json", import.meta.url);
const recording = process.env["AE_RECORD"] === "1";
const known = JSON.parse(readFileSync(FILE, "utf8")) as Record<string, string>;
const found: Record<string, string> = {};
afterAll(() => {
  if (recording) writeFileSync(FILE, `${JSON.stringify(found, undefined, 2)}\n`);
});

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Compares with what is known, and gives that. */
function golden(name: string, made: Uint8Array): Uint8Array {
  found[name] = base64(made);
  return recording ? made : new Uint8Array(Buffer.from(known[name] ?? "", "base64"));
}

/** Whole numbers alone: no function that machines round each in their own way. */
const wave = (i: number): number => {
  const x = (i % 64) - 32;
  return (x < 0 ? x * (x + 32) : -x * (x - 32)) / 2;
};
const noise = (i: number): number => (Math.imul(i + 1, 0x9e3779b1) >>> 16) % 7;

interface Way {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bound: number;
  /** "pixels", or a prediction. */
  readonly kind: Kind | "pixels";
  /** Which of the lines; absent: the first. */
  readonly mode?: "real" | "bits";
  readonly network?: true;
  readonly colours?: true;
  readonly learned?: true;
  readonly value: (i: number) => number;
}

const wide: Kind = { kind: "linear", width: 28, calm: false };
const calm: Kind = { kind: "linear", width: 8, calm: true };
const lorenzo = (order: 1 | 2, axes: number): Kind => ({ kind: "lorenzo", order, axes });
const field = (i: number): number => wave(i) + wave(7 * Math.floor(i / 24)) + noise(i);

const WAYS: readonly Way[] = [
  {
    name: "constant",
    dtype: "u1",
    shape: [90],
    bound: 0,
    kind: { kind: "constant" },
    value: noise,
  },
  { name: "Lorenzo", dtype: "i2", shape: [12, 24], bound: 0, kind: lorenzo(1, 2), value: field },
  { name: "bounded", dtype: "i4", shape: [288], bound: 3, kind: lorenzo(2, 1), value: field },
  { name: "linear", dtype: "i8", shape: [24, 24], bound: 0, kind: wide, value: field },
  {
    name: "calm",
    dtype: "u4",
    shape: [3, 8, 24],
    bound: 0,
    kind: calm,
    value: (i) => field(i) + 999,
  },
  {
    name: "real, with what is not finite",
    dtype: "f8",
    shape: [24, 24],
    bound: 0.25,
    kind: wide,
    mode: "real",
    value: (i) => (i === 99 ? Number.NaN : i === 200 ? -Infinity : field(i) / 3),
  },
  {
    name: "singles to the last bit",
    dtype: "f4",
    shape: [12, 24],
    bound: 0,
    kind: calm,
    mode: "bits",
    value: (i) => field(i) / 7 / 2 ** 60,
  },
  {
    name: "doubles to the last bit",
    dtype: "f8",
    shape: [160],
    bound: 0,
    kind: lorenzo(1, 1),
    mode: "bits",
    value: (i) => field(i) / 7,
  },
  {
    name: "network",
    dtype: "f4",
    shape: [24, 24],
    bound: 0.5,
    kind: wide,
    mode: "real",
    network: true,
    value: (i) => field(i) / 3,
  },
  {
    name: "learned",
    dtype: "f4",
    shape: [24, 24],
    bound: 0.5,
    kind: calm,
    mode: "real",
    learned: true,
    value: (i) => 20 * noise(i) + 10 * noise(2 * i),
  },
  {
    name: "pixels",
    dtype: "u1",
    shape: [3, 12, 12, 3],
    bound: 0,
    kind: "pixels",
    colours: true,
    value: (i) => (i % 432 < 200 ? 40 * (i % 3) : 128 + wave(i) / 8 + noise(i)),
  },
  {
    name: "pixels within a bound",
    dtype: "f4",
    shape: [24, 24],
    bound: 0.045,
    kind: "pixels",
    value: (i) => Math.round(field(i) / 4) / 100,
  },
];

function learnedOf(way: Way, values: Float64Array): LearnedBlock {
  const codes = Int32Array.from({ length: 24 }, (_, i) => noise(i) - 3);
  return { codes, size: 4, predictions: values.map((v, i) => 3 * v + noise(i + way.shape.length)) };
}

function encoded(way: Way, bytes: Uint8Array): Uint8Array {
  const { dtype, shape, bound, kind, mode, network, learned, colours } = way;
  const values = numbersOf(bytes, dtype);
  const lines = linesFor(values, dtype, bound);
  const line = lines.find((one) => mode === undefined || one.mode === mode);
  if (line === undefined) throw new Error(`no such line: ${lines.map((one) => one.mode).join()}`);
  const layout = layoutOf(shape, colours);
  const all = { line, counted: countedOn(line, values), values, layout, bytes, dtype, bound };
  const out =
    kind === "pixels"
      ? encodeLevels(all)
      : encodeAs({
          ...all,
          kind,
          learned: learned && learnedOf(way, values),
          ...(network && { network }),
        });
  if (out === undefined) throw new Error(`${way.name}: not coded`);
  return out.bytes;
}

describe.each(WAYS)("$name", (way) => {
  const { dtype, shape, bound, value } = way;
  const count = shape.reduce((product, n) => product * n, 1);
  const bytes = new Uint8Array(count * bytesOf(dtype));
  const store = storeOf(bytes, dtype);
  for (let i = 0; i < count; i += 1)
    store(i, dtype.startsWith("f") ? value(i) : Math.floor(value(i)));
  const made = encoded(way, bytes);
  const old = golden(way.name, made);

  test("decodes", async () => {
    const back = await decodeNumbers(
      old,
      way,
      "test",
      way.learned && (() => Promise.resolve(learnedOf(way, numbersOf(bytes, dtype)).predictions)),
    );
    // Of what a bound leaves open, the bytes that it always was.
    const check = `${way.name}, decoded`;
    const sum = Uint8Array.from([24, 16, 8, 0], (shift) => crc32(back) >>> shift);
    expect(base64(golden(check, sum))).toBe(base64(sum));
    const [was, is] = [numbersOf(bytes, dtype), numbersOf(back, dtype)];
    for (const [i, v] of was.entries()) {
      const w = is[i] as number;
      expect(Object.is(v, w) || Math.abs(v - w) <= bound, `element ${i}`).toBe(true);
    }
  });

  test("encodes", () => {
    expect(base64(made)).toBe(base64(old));
  });
});

describe("tables", () => {
  const rows = 90;
  const words = ["red", "green", "blue", "", "æther"];
  const columns: readonly TableColumn[] = [
    {
      name: "n",
      type: "number",
      values: Float64Array.from({ length: rows }, (_, i) => wave(i) / 4),
    },
    {
      name: "few",
      type: "integer",
      values: Float64Array.from({ length: rows }, (_, i) =>
        i % 11 === 0 ? Number.NaN : noise(i) * i,
      ),
    },
    {
      name: "w",
      type: "text",
      codes: Int32Array.from({ length: rows }, (_, i) => (noise(i) % 6) - 1),
      dictionary: words,
    },
    {
      name: "told",
      type: "boolean",
      values: Float64Array.from({ length: rows }, (_, i) => noise(i) & 1),
    },
  ];
  const made = encodeTable(columns, rows, [0.25, 0, 0, 0]).bytes;
  const old = golden("table", made);

  test("decode", async () => {
    const back = await decodeTable(old, columns, rows, "test");
    for (const [c, column] of columns.entries()) {
      const other = back[c] as TableColumn;
      for (let row = 0; row < rows; row += 1) {
        if (column.type === "text" || other.type === "text") {
          if (column.type !== "text" || other.type !== "text") throw new Error("another type");
          const word = column.dictionary[column.codes[row] as number];
          expect(other.dictionary[other.codes[row] as number]).toBe(word);
        } else {
          const [v, w] = [column.values[row] as number, other.values[row] as number];
          expect(Object.is(v, w) || Math.abs(v - w) <= (c === 0 ? 0.25 : 0), `row ${row}`).toBe(
            true,
          );
        }
      }
    }
  });

  test("encode", () => {
    expect(base64(made)).toBe(base64(old));
  });
});

test("head and index", () => {
  const head = writeHead({
    kind: "array",
    source: "a.npy",
    bounds: [0.5],
    dtype: "f4",
    shape: [2, 3],
    block: 4096,
  });
  const index = writeIndex([{ length: 300, crc: 0xdeadbeef }]);
  const made = Uint8Array.of(...head, ...index);
  expect(FORMAT).toBe(2);
  expect(base64(made)).toBe(base64(golden("container", made)));
});
