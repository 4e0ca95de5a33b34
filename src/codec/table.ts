/**
 * A block of a table, column by column, each by its type: numbers as a line of numbers, or, where
 * few differ, as words; words by a dictionary and, a row, by its code, told from the row before and
 * from the columns before that tell most.
 */
import { ByteReader, ByteWriter } from "./bytes.ts";
import { decodeNumbers, encodeNumbers } from "./numbers.ts";
import { BitReader, BitWriter } from "./range-coder.ts";
import { SymbolCoder } from "./symbols.ts";
import { bytesOfText, TextCoder } from "./text.ts";

export interface NumbersColumn {
  readonly name: string;
  readonly type: "number" | "integer" | "datetime" | "boolean";
  /** NaN is missing. */
  readonly values: Float64Array;
}

export interface WordsColumn {
  readonly name: string;
  readonly type: "text";
  /** −1 is missing. */
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

export type TableColumn = NumbersColumn | WordsColumn;

/** A column's codes are told from at most this many others. */
const PARENTS = 2;
/** More distinct values are coded as numbers. */
const MOST_WORDS = 4096;
/** Rows that dependence is measured on. */
const LOOK = 4000;

const NUMBERS = 0;
const FEW_NUMBERS = 1;
const WORDS = 2;

export interface CodedTable {
  readonly bytes: Uint8Array;
  /** Of each column: its bytes, and the largest error. */
  readonly columns: readonly { readonly bytes: number; readonly largest: number }[];
}

/** Codes of a column, 0: missing, in order of their first row. */
interface Coded {
  readonly codes: Int32Array;
  readonly words: number;
}

/**
 * @param bounds largest error of each column; 0: to the last bit
 */
export function encodeTable(
  columns: readonly TableColumn[],
  rows: number,
  bounds: readonly number[],
): CodedTable {
  const out = new ByteWriter();
  const before: (Coded | undefined)[] = [];
  const sizes = columns.map((column, c) => {
    const { bytes, coded, largest } =
      column.type === "text"
        ? encodeWords(column, before)
        : encodeNumbersColumn(column, rows, bounds[c] ?? 0, before);
    before.push(coded);
    out.piece(bytes);
    return { bytes: bytes.length, largest };
  });
  return { bytes: out.take(), columns: sizes };
}

interface ColumnOut {
  readonly bytes: Uint8Array;
  readonly coded: Coded | undefined;
  readonly largest: number;
}

function encodeNumbersColumn(
  { values }: NumbersColumn,
  rows: number,
  bound: number,
  before: readonly (Coded | undefined)[],
): ColumnOut {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  const plain = encoded(raw, "f8", rows, bound);
  const out = new ByteWriter();
  out.byte(NUMBERS);
  out.bytes(plain.bytes);
  const bytes = out.take();
  const few = bound === 0 ? fewValues(values) : undefined;
  if (few === undefined) return { bytes, coded: undefined, largest: plain.largest };
  const { coded, distinct } = few;
  const other = new ByteWriter();
  other.byte(FEW_NUMBERS);
  other.whole(distinct.length);
  const list = new Uint8Array(distinct.buffer);
  other.piece(encoded(list, "f8", distinct.length, 0).bytes);
  other.bytes(encodeCodes(coded, before));
  const asWords = other.take();
  return asWords.length < bytes.length
    ? { bytes: asWords, coded, largest: 0 }
    : { bytes, coded, largest: plain.largest };
}

function encoded(bytes: Uint8Array, dtype: "f8" | "i4", rows: number, bound: number) {
  const coded = encodeNumbers(bytes, { dtype, shape: [rows], bound });
  if (coded === undefined) throw new RangeError("doubles that cannot be coded");
  return coded;
}

/** Undefined where too many differ. Values are told apart by their bits. */
function fewValues(values: Float64Array) {
  const most = Math.min(MOST_WORDS, Math.floor(values.length / 4));
  const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  const known = new Map<bigint, number>();
  const codes = new Int32Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] as number;
    if (value !== value) continue;
    const bit = bits[row] as bigint;
    let code = known.get(bit);
    if (code === undefined) {
      if (known.size >= most) return undefined;
      code = known.size + 1;
      known.set(bit, code);
    }
    codes[row] = code;
  }
  // Sorted, the values cost little; codes in their order are near each other.
  const found = new Float64Array(BigUint64Array.from(known.keys()).buffer);
  const order = Array.from(found.keys()).toSorted(
    (a, b) => (found[a] as number) - (found[b] as number),
  );
  const place = new Int32Array(found.length + 1);
  for (const [at, old] of order.entries()) place[old + 1] = at + 1;
  const distinct = Float64Array.from(order, (old) => found[old] as number);
  return {
    coded: { codes: codes.map((code) => place[code] as number), words: distinct.length },
    distinct,
  };
}

function encodeWords(
  { codes, dictionary }: WordsColumn,
  before: readonly (Coded | undefined)[],
): ColumnOut {
  // Of this block alone, in order of first appearance.
  const known = new Map<number, number>();
  const own = new Int32Array(codes.length);
  for (let row = 0; row < codes.length; row += 1) {
    const old = codes[row] as number;
    if (old < 0) continue;
    let code = known.get(old);
    if (code === undefined) {
      code = known.size + 1;
      known.set(old, code);
    }
    own[row] = code;
  }
  const words = Array.from(known.keys(), (old) => dictionary[old] ?? "");
  const out = new ByteWriter();
  out.byte(WORDS);
  out.whole(words.length);
  const size = words.reduce((sum, word) => sum + bytesOfText(word).length + 1, 0);
  out.whole(size);
  const coder = new BitWriter();
  const text = new TextCoder(coder, size);
  for (const word of words) text.code(word);
  out.piece(coder.finish());
  const coded = { codes: own, words: words.length };
  out.bytes(encodeCodes(coded, before));
  return { bytes: out.take(), coded: words.length <= MOST_WORDS ? coded : undefined, largest: 0 };
}

function encodeCodes(coded: Coded, before: readonly (Coded | undefined)[]): Uint8Array {
  const { codes, words } = coded;
  const out = new ByteWriter();
  if (words > MOST_WORDS) {
    const bytes = new Uint8Array(codes.slice().buffer);
    out.bytes(encoded(bytes, "i4", codes.length, 0).bytes);
    return out.take();
  }
  const parents = parentsOf(coded, before);
  out.byte(parents.length);
  for (const parent of parents) out.whole(parent);
  const coder = new BitWriter();
  codeRows(
    coder,
    codes,
    words,
    parents.map((parent) => before[parent] as Coded),
  );
  out.bytes(coder.finish());
  return out.take();
}

/** Reads into `codes`, or writes what is in it. */
function codeRows(
  coder: BitWriter | BitReader,
  codes: Int32Array,
  words: number,
  parents: readonly Coded[],
): void {
  const sizes = parents.map((parent) => parent.words + 1);
  const [first = 1, second = 1] = sizes;
  const symbols = new SymbolCoder(coder, words + 1, [
    words + 1,
    ...sizes,
    ...(sizes.length > 1 ? [first * second] : []),
  ]);
  let last = 0;
  for (let row = 0; row < codes.length; row += 1) {
    symbols.context(0, last);
    for (const [p, parent] of parents.entries())
      symbols.context(1 + p, parent.codes[row] as number);
    if (parents.length > 1) {
      const a = parents[0]?.codes[row] as number;
      symbols.context(3, a * second + (parents[1]?.codes[row] as number));
    }
    last = symbols.code(codes[row] as number);
    codes[row] = last;
  }
}

/** The columns before that leave least to say, by entropy on some rows. */
function parentsOf(
  { codes, words }: Coded,
  before: readonly (Coded | undefined)[],
): readonly number[] {
  if (words < 1) return [];
  const rows = Math.min(LOOK, codes.length);
  const from = Math.floor((codes.length - rows) / 2);
  const alone = conditional(codes, undefined, from, rows);
  return before
    .flatMap((other, c) =>
      other === undefined || other.words < 2 || other.words > 1024
        ? []
        : [{ c, left: conditional(codes, other.codes, from, rows) }],
    )
    .filter(({ left }) => left < 0.98 * alone)
    .toSorted((a, b) => a.left - b.left)
    .slice(0, PARENTS)
    .map(({ c }) => c);
}

/** Bits of `codes` given another column, with a charge for each pair to be learned. */
function conditional(
  codes: Int32Array,
  given: Int32Array | undefined,
  from: number,
  rows: number,
): number {
  const pairs = new Map<number, number>();
  const totals = new Map<number, number>();
  for (let row = from; row < from + rows; row += 1) {
    const g = given === undefined ? 0 : (given[row] as number);
    const key = g * 65536 + (codes[row] as number);
    pairs.set(key, (pairs.get(key) ?? 0) + 1);
    totals.set(g, (totals.get(g) ?? 0) + 1);
  }
  let bits = 0;
  for (const [key, count] of pairs) {
    bits -= count * Math.log2(count / (totals.get(Math.floor(key / 65536)) as number));
  }
  return bits + 4 * pairs.size;
}

/** Reads a block of a table back. */
export async function decodeTable(
  bytes: Uint8Array,
  columns: readonly { readonly name: string; readonly type: string }[],
  rows: number,
  place: string,
): Promise<readonly TableColumn[]> {
  const all = new ByteReader(bytes, place);
  const before: (Coded | undefined)[] = [];
  const read: TableColumn[] = [];
  for (const { name, type } of columns) {
    const from = new ByteReader(all.piece(), `${place}, column ${JSON.stringify(name)}`);
    const kind = from.byte();
    if ((kind === WORDS) !== (type === "text")) throw from.broken("another type");
    if (kind === NUMBERS) {
      const raw = await decodeNumbers(from.bytes(from.left), { dtype: "f8", shape: [rows] }, place);
      const values = new Float64Array(raw.buffer);
      before.push(fewValues(values)?.coded);
      read.push({ name, type: type as NumbersColumn["type"], values });
    } else if (kind === FEW_NUMBERS) {
      const count = from.whole(rows);
      const list = await decodeNumbers(from.piece(), { dtype: "f8", shape: [count] }, place);
      const distinct = new Float64Array(list.buffer);
      const coded = await decodeCodes(from, rows, count, before, place);
      before.push(coded);
      const values = Float64Array.from(coded.codes, (code) =>
        code === 0 ? Number.NaN : (distinct[code - 1] as number),
      );
      read.push({ name, type: type as NumbersColumn["type"], values });
    } else if (kind === WORDS) {
      const count = from.whole(rows);
      const size = from.whole(2 ** 31);
      const text = new TextCoder(new BitReader(from.piece()), size);
      let length = 0;
      const dictionary = Array.from({ length: count }, () => {
        const word = text.code(undefined, size);
        length += word.length + 1;
        if (length > size) throw from.broken("words that are too long");
        return word;
      });
      const coded = await decodeCodes(from, rows, count, before, place);
      before.push(count <= MOST_WORDS ? coded : undefined);
      read.push({ name, type: "text", codes: coded.codes.map((code) => code - 1), dictionary });
    } else throw from.broken("an unknown kind of column");
  }
  if (all.left > 0) throw all.broken("more columns than its head names");
  return read;
}

async function decodeCodes(
  from: ByteReader,
  rows: number,
  words: number,
  before: readonly (Coded | undefined)[],
  place: string,
): Promise<Coded> {
  if (words > MOST_WORDS) {
    const raw = await decodeNumbers(from.bytes(from.left), { dtype: "i4", shape: [rows] }, place);
    const codes = new Int32Array(raw.buffer);
    if (codes.some((code) => code < 0 || code > words)) throw from.broken("words there are not");
    return { codes, words };
  }
  const parents = Array.from({ length: from.byte() }, () => {
    const parent = before[from.whole()];
    if (parent === undefined) throw from.broken("a column that tells nothing");
    return parent;
  });
  if (parents.length > PARENTS) throw from.broken("too many columns to tell from");
  const codes = new Int32Array(rows);
  codeRows(new BitReader(from.bytes(from.left)), codes, words, parents);
  if (codes.some((code) => code > words)) throw from.broken("words there are not");
  return { codes, words };
}
