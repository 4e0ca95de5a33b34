/**
 * What all training rows say of each column, gathered in one walk, where only a sample of them
 * is kept: ranges, gaps, and how often each word comes.
 */
import type { Column, NumericArray, Rows, Table, TextColumn } from "./source.ts";

export interface ColumnFacts {
  readonly rows: number;
  /** Values that are not missing. */
  readonly present: number;
  readonly range: Range;
  /** Whole numbers that go up or down by the same step from row to row, over all rows. */
  readonly sequence: boolean;
  /** How often each word comes; undefined for numbers, and beyond `MOST_WORDS` words. */
  readonly words: ReadonlyMap<string, number> | undefined;
}

/** Lowest and highest value; Infinity and −Infinity where there is none. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Facts {
  /** Columns of a table by name. */
  readonly columns: ReadonlyMap<string, ColumnFacts>;
  /** Features of an array: one each for vectors, one for all where a row has axes. */
  readonly features: readonly (Range & { readonly missing: boolean })[];
  /** All numbers of an array are whole. */
  readonly whole: boolean;
}

export interface FactsGatherer {
  /** @param counts whether each row counts: training rows do */
  add(rows: Rows, counts: (row: number) => boolean): void;
  end(): Facts;
}

/** A column of more words has none worth counting one by one: the sample knows the frequent ones. */
const MOST_WORDS = 2 ** 16;

export function gatherFacts(): FactsGatherer {
  const columns = new Map<string, Tally>();
  let array: ArrayTally | undefined;
  return {
    add: (rows, counts) => {
      if (rows.kind === "table") addTable(columns, rows, counts);
      else if (rows.kind === "array") {
        array ??= arrayTally(rows);
        addArray(array, rows, counts);
      }
    },
    end: () => ({
      columns: new Map(Array.from(columns, ([name, tally]) => [name, factsFrom(tally)])),
      features: Array.from(array?.missing ?? [], (missing, i) => ({
        low: array?.low[i] as number,
        high: array?.high[i] as number,
        missing: missing > 0,
      })),
      whole: array?.whole ?? false,
    }),
  };
}

interface Tally {
  rows: number;
  present: number;
  low: number;
  high: number;
  last: number;
  step: number;
  steady: boolean;
  words: Map<string, number> | undefined;
}

function addTable(
  tallies: Map<string, Tally>,
  table: Table,
  counts: (row: number) => boolean,
): void {
  for (const column of table.columns) {
    let tally = tallies.get(column.name);
    if (tally === undefined) {
      const words = column.type === "text" || column.type === "boolean" ? new Map() : undefined;
      const nothing = { rows: 0, present: 0, low: Infinity, high: -Infinity };
      tally = { ...nothing, last: Number.NaN, step: Number.NaN, steady: true, words };
      tallies.set(column.name, tally);
    }
    if (column.type === "text") addWords(tally, column, counts);
    else addNumbers(tally, column, counts);
  }
}

function addNumbers(
  tally: Tally,
  { values, type }: Exclude<Column, TextColumn>,
  counts: (row: number) => boolean,
): void {
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] as number;
    // A sequence is one over all rows, held-out ones among them.
    const step = value - tally.last;
    if (Number.isNaN(tally.step)) tally.step = step;
    if (Number.isNaN(value) || (!Number.isNaN(step) && step !== tally.step)) tally.steady = false;
    tally.last = value;
    if (!counts(row)) continue;
    tally.rows += 1;
    if (Number.isNaN(value)) continue;
    tally.present += 1;
    if (value < tally.low) tally.low = value;
    if (value > tally.high) tally.high = value;
    if (type === "boolean") count(tally, value === 0 ? "false" : "true", 1);
  }
}

function addWords(
  tally: Tally,
  { codes, dictionary }: TextColumn,
  counts: (row: number) => boolean,
): void {
  const found = new Int32Array(dictionary.length);
  for (let row = 0; row < codes.length; row += 1) {
    if (!counts(row)) continue;
    tally.rows += 1;
    const code = codes[row] as number;
    if (code >= 0) found[code] = (found[code] as number) + 1;
  }
  for (const [code, times] of found.entries()) {
    if (times > 0) tally.present += times;
    if (times > 0) count(tally, dictionary[code] as string, times);
  }
}

function count(tally: Tally, word: string, times: number): void {
  if (tally.words === undefined) return;
  tally.words.set(word, (tally.words.get(word) ?? 0) + times);
  if (tally.words.size > MOST_WORDS) tally.words = undefined;
}

function factsFrom({ rows, present, low, high, step, steady, words }: Tally): ColumnFacts {
  const sequence = steady && Number.isFinite(step) && step !== 0;
  return { rows, present, range: { low, high }, sequence, words };
}

interface ArrayTally {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly missing: Uint8Array;
  whole: boolean;
}

function arrayTally({ shape }: NumericArray): ArrayTally {
  const size = shape.length === 1 ? (shape[0] as number) : 1;
  return {
    low: new Float64Array(size).fill(Infinity),
    high: new Float64Array(size).fill(-Infinity),
    missing: new Uint8Array(size),
    whole: true,
  };
}

function addArray(
  tally: ArrayTally,
  { data, rows }: NumericArray,
  counts: (row: number) => boolean,
): void {
  const { low, high, missing } = tally;
  const size = low.length;
  const width = data.length / rows;
  for (let row = 0; row < rows; row += 1) {
    if (!counts(row)) continue;
    for (let i = 0; i < width; i += 1) {
      const value = data[row * width + i] as number;
      const feature = size === 1 ? 0 : i;
      if (Number.isNaN(value)) {
        missing[feature] = 1;
        continue;
      }
      if (value < (low[feature] as number)) low[feature] = value;
      if (value > (high[feature] as number)) high[feature] = value;
      if (tally.whole && !Number.isInteger(value)) tally.whole = false;
    }
  }
}
