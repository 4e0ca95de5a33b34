/** One column of a row group: its values gathered, then encoded as pages. */
import { inputError } from "../base/errors.ts";
import { bytesOut, putByte, putBytes, putVarint, written, type BytesOut } from "./bytes-out.ts";
import {
  bitsOf,
  ENCODINGS,
  LARGEST_DELTA,
  packBits,
  putDeltas,
  putHybrid,
} from "./parquet-encodings.ts";
import type { Column, ColumnType } from "./source.ts";

/** What one column of a row group comes to. */
export interface EncodedColumn {
  readonly encoding: number;
  /** Levels and values of the data page, as pieces that follow one another. */
  readonly page: readonly Uint8Array[];
  /** The dictionary page, where there is one, and how many values it holds. */
  readonly dictionary?: { readonly page: Uint8Array; readonly size: number };
  readonly missing: number;
  /** Smallest and largest value, as they lie in a page. */
  readonly range?: readonly [low: Uint8Array, high: Uint8Array];
}

export interface ColumnGatherer {
  /** Rows `from` to `from + count` of `column`, as those from `at` on. */
  add(column: Column, from: number, count: number, at: number): void;
  /** Bytes of text held: a group may have to end early. */
  held(): number;
  /** The first `rows` rows. May be called once they are complete; then it starts anew. */
  encode(rows: number): EncodedColumn;
}

/** @param capacity most rows of a group */
export function columnGatherer(
  { name, type }: { readonly name: string; readonly type: ColumnType },
  capacity: number,
  place: string,
): ColumnGatherer {
  return type === "text"
    ? textGatherer(capacity)
    : numberGatherer(type, capacity, `${place}, column ${JSON.stringify(name)}`);
}

function numberGatherer(
  type: Exclude<ColumnType, "text">,
  capacity: number,
  place: string,
): ColumnGatherer {
  const values = new Float64Array(capacity);
  return {
    add(column, from, count, at) {
      if (column.type !== "text") values.set(column.values.subarray(from, from + count), at);
    },
    held: () => 0,
    encode(rows) {
      const { present, levels, missing } = presentOf(values.subarray(0, rows), type);
      if (type === "boolean") {
        const bits = packBits(present);
        return { encoding: ENCODINGS.plain, page: [levels, bits], missing };
      }
      const [low, high] = rangeOf(present);
      if (type === "number") {
        const range =
          present.length === 0
            ? {}
            : // Zeros of either sign lie within.
              { range: [doubleBytes(low === 0 ? -0 : low), doubleBytes(high + 0)] as const };
        return { encoding: ENCODINGS.plain, page: [levels, bytesOf(present)], missing, ...range };
      }
      return { ...encodeWhole(present, low, high, type, place, levels), missing };
    },
  };
}

/** Integers, and times in microseconds. */
function encodeWhole(
  values: Float64Array<ArrayBuffer>,
  low: number,
  high: number,
  type: "integer" | "datetime",
  place: string,
  levels: Uint8Array,
): Omit<EncodedColumn, "missing"> {
  const unit = type === "datetime" ? 1000 : 1;
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (type === "integer" && (high >= 2 ** 63 || low < -(2 ** 63))) {
    throw inputError("data.write", {
      place,
      expected: "whole numbers of at most 64 bits, as Parquet has them",
      got: String(largest),
      hint: "write CSV instead",
    });
  }
  const range =
    values.length === 0 ? {} : { range: [wholeBytes(low, unit), wholeBytes(high, unit)] as const };
  if (largest * unit <= LARGEST_DELTA) {
    const scaled = unit === 1 ? values : values.map((value) => value * unit);
    const deltas = bytesOut(1024 + values.length);
    putDeltas(deltas, scaled);
    return { encoding: ENCODINGS.delta, page: [levels, written(deltas)], ...range };
  }
  const exact = BigInt64Array.from(values, (value) => BigInt(value) * BigInt(unit));
  return { encoding: ENCODINGS.plain, page: [levels, bytesOf(exact)], ...range };
}

/** The values that are there, in the type's own steps, and the levels that tell which are. */
function presentOf(values: Float64Array<ArrayBuffer>, type: Exclude<ColumnType, "text">) {
  const step = { number: undefined, integer: Math.round, datetime: momentOf, boolean: flagOf }[
    type
  ];
  const stepped = step === undefined ? values : values.map(step);
  let missing = 0;
  // x − x is 0 for finite numbers alone.
  for (let i = 0; i < stepped.length; i += 1) {
    const value = stepped[i] as number;
    if (value - value !== 0) missing += 1;
  }
  const present = missing === 0 ? stepped : stepped.filter((value) => value - value === 0);
  return { present, missing, levels: levelsOf(stepped, missing, (value) => value - value === 0) };
}

/** Milliseconds as a `Date` takes them: whole, and NaN where beyond its range. */
function momentOf(value: number): number {
  return new Date(value).getTime();
}

function flagOf(value: number): number {
  return Number.isFinite(value) ? Number(value !== 0) : Number.NaN;
}

function rangeOf(values: Float64Array): readonly [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return values.length === 0 ? [0, 0] : [low, high];
}

/** Definition levels: 1 where there is a value, 0 where it is missing. */
function levelsOf<T>(
  values: ArrayLike<T>,
  missing: number,
  isPresent: (value: T) => boolean,
): Uint8Array {
  const out = bytesOut(64);
  // Their own length in bytes comes first.
  out.at = 4;
  if (missing === 0) {
    putVarint(out, 2 * values.length);
    putByte(out, 1);
  } else {
    putHybrid(
      out,
      Uint8Array.from(values, (value) => (isPresent(value) ? 1 : 0)),
      1,
    );
  }
  new DataView(out.bytes.buffer).setUint32(0, out.at - 4, true);
  return written(out);
}

/** More words than this, or than half the rows, and a dictionary would save nothing. */
const MOST_WORDS = 2 ** 16;

function textGatherer(capacity: number): ColumnGatherer {
  const codes = new Int32Array(capacity);
  let known = new Map<string, number>();
  let characters = 0;
  /** From the codes of the table's dictionary to ours. */
  let merged: { readonly dictionary: readonly string[]; readonly codes: Int32Array } | undefined;

  function codeOf(text: string): number {
    const found = known.get(text);
    if (found !== undefined) return found;
    characters += text.length;
    known.set(text, known.size);
    return known.size - 1;
  }

  return {
    add(column, from, count, at) {
      if (column.type !== "text") return;
      const { dictionary } = column;
      if (merged?.dictionary !== dictionary) {
        merged = { dictionary, codes: new Int32Array(dictionary.length).fill(UNSEEN) };
      }
      for (let i = 0; i < count; i += 1) {
        const code = column.codes[from + i] as number;
        // Empty text is missing, as it is to the readers.
        if (code < 0 || (dictionary[code] ?? "") === "") {
          codes[at + i] = -1;
          continue;
        }
        let own = merged.codes[code] as number;
        if (own === UNSEEN) {
          own = codeOf(dictionary[code] as string);
          merged.codes[code] = own;
        }
        codes[at + i] = own;
      }
    },
    held: () => characters,
    encode(rows) {
      const all = codes.subarray(0, rows);
      const present = all.filter((code) => code >= 0);
      const missing = rows - present.length;
      const levels = levelsOf(all, missing, (code) => code >= 0);
      const words = Array.from(known.keys(), (word) => Buffer.from(word));
      known = new Map();
      characters = 0;
      merged = undefined;
      if (words.length > MOST_WORDS || 2 * words.length > present.length) {
        const out = bytesOut(64 + 16 * present.length);
        for (const code of present) putText(out, words[code] as Buffer);
        return { encoding: ENCODINGS.plain, page: [levels, written(out)], missing };
      }
      const page = bytesOut();
      for (const word of words) putText(page, word);
      const places = bytesOut(64 + present.length);
      const width = bitsOf(words.length - 1);
      putByte(places, width);
      putHybrid(places, present, width);
      return {
        encoding: ENCODINGS.dictionary,
        page: [levels, written(places)],
        dictionary: { page: written(page), size: words.length },
        missing,
      };
    },
  };
}

const UNSEEN = -2;

function putText(out: BytesOut, text: Buffer): void {
  out.reserve(4);
  new DataView(out.bytes.buffer).setUint32(out.at, text.length, true);
  out.at += 4;
  putBytes(out, text);
}

function bytesOf(values: Float64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function doubleBytes(value: number): Uint8Array {
  return bytesOf(Float64Array.of(value));
}

function wholeBytes(value: number, unit: number): Uint8Array {
  return bytesOf(BigInt64Array.of(BigInt(value) * BigInt(unit)));
}
