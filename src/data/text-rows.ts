/** Rows as text: delimited, or JSON; bytes rather than strings, as there may be millions. */
import { decimalPlaces, powerOfTen } from "../base/decimals.ts";
import { bytesOut, putByte, putBytes, written, type BytesOut } from "./bytes-out.ts";
import type { Column, NumberColumn, Table, TextColumn } from "./source.ts";

export interface TextEncoder {
  head(columns: readonly { readonly name: string }[]): Uint8Array;
  /** Valid until the next call. @param first whether no row came before */
  rows(table: Table, first: boolean): Uint8Array;
  tail(empty: boolean): Uint8Array;
}

/** How a format writes a cell. */
interface Style {
  text(word: string): string;
  readonly missing: string;
  /** Around dates. */
  readonly quote: string;
}

const COMMA = 44;
const NEWLINE = 10;

export function delimited(delimiter: string): TextEncoder {
  const special = new RegExp(`[${delimiter}"\r\n]`);
  const quote = (text: string) => {
    // Readers trim bare spaces at the ends.
    const plain = !special.test(text) && text === text.trim() && text !== "";
    return plain ? text : `"${text.replaceAll('"', '""')}"`;
  };
  const cells = cellWriter({ text: quote, missing: "", quote: "" });
  const between = delimiter.charCodeAt(0);
  const out = bytesOut(1 << 16);
  return {
    head: (columns) => Buffer.from(`${columns.map(({ name }) => quote(name)).join(delimiter)}\n`),
    rows(table) {
      out.at = 0;
      const put = table.columns.map((column, i) => cells(column, i));
      for (let row = 0; row < table.rows; row += 1) {
        const start = out.at;
        for (let i = 0; i < put.length; i += 1) {
          if (i > 0) putByte(out, between);
          put[i]?.(out, row);
        }
        // A blank line would be no row at all to most readers.
        if (out.at === start) putBytes(out, EMPTY_TEXT);
        putByte(out, NEWLINE);
      }
      return written(out);
    },
    tail: () => NOTHING,
  };
}

const EMPTY_TEXT = Buffer.from('""');
const NOTHING = new Uint8Array(0);

/** One object a row: a line each, or together an array. */
export function json(layout: "lines" | "array"): TextEncoder {
  const cells = cellWriter({ text: JSON.stringify, missing: "null", quote: '"' });
  const out = bytesOut(1 << 16);
  const open = Buffer.from("{");
  const close = Buffer.from(layout === "lines" ? "}\n" : "}");
  const [begin, between] = ["[\n", ",\n"].map((text) => Buffer.from(text)) as [Buffer, Buffer];
  return {
    head: () => NOTHING,
    rows(table, first) {
      out.at = 0;
      const put = table.columns.map((column, i) => cells(column, i));
      const keys = table.columns.map(({ name }) => Buffer.from(`${JSON.stringify(name)}:`));
      for (let row = 0; row < table.rows; row += 1) {
        if (layout === "array") putBytes(out, first && row === 0 ? begin : between);
        putBytes(out, open);
        for (let i = 0; i < put.length; i += 1) {
          if (i > 0) putByte(out, COMMA);
          putBytes(out, keys[i] as Buffer);
          put[i]?.(out, row);
        }
        putBytes(out, close);
      }
      return written(out);
    },
    tail: (empty) => (layout === "lines" ? NOTHING : Buffer.from(empty ? "[]\n" : "\n]\n")),
  };
}

type PutCell = (out: BytesOut, row: number) => void;

/** From a column, and its place among the columns, to what writes its cells. */
function cellWriter(style: Style): (column: Column, place: number) => PutCell {
  const missing = Buffer.from(style.missing);
  const words: (readonly [readonly string[], (Buffer | undefined)[]] | undefined)[] = [];
  const places: number[] = [];

  function textCells({ codes, dictionary }: TextColumn, place: number): PutCell {
    // Chunks share a dictionary as long as it does not grow.
    const known = words[place]?.[0] === dictionary ? words[place][1] : [];
    words[place] = [dictionary, known];
    return (out, row) => {
      const code = codes[row] as number;
      if (code < 0) return putBytes(out, missing);
      putBytes(out, (known[code] ??= Buffer.from(style.text(dictionary[code] as string))));
    };
  }

  function numberCells({ values, type }: NumberColumn, place: number): PutCell {
    if (type === "boolean" || type === "datetime") {
      const text = type === "boolean" ? flagText : dateText;
      const quote = type === "datetime" ? style.quote : "";
      return (out, row) => {
        const cell = text(values[row] as number);
        putAscii(out, cell === undefined ? style.missing : `${quote}${cell}${quote}`);
      };
    }
    return (out, row) => {
      const value = values[row] as number;
      if (!Number.isFinite(value)) return putBytes(out, missing);
      places[place] = putNumber(
        out,
        type === "integer" ? Math.round(value) : value,
        places[place] ?? 0,
      );
    };
  }

  return (column, place) =>
    column.type === "text" ? textCells(column, place) : numberCells(column, place);
}

function flagText(value: number): string | undefined {
  return Number.isFinite(value) ? String(value !== 0) : undefined;
}

function dateText(value: number): string | undefined {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function putAscii(out: BytesOut, text: string): void {
  out.reserve(text.length);
  for (let i = 0; i < text.length; i += 1) out.bytes[out.at++] = text.charCodeAt(i);
}

const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/**
 * `String(value)`.
 *
 * @param guess of the decimal places
 * @returns the decimal places, as a guess for the next
 */
export function putNumber(out: BytesOut, value: number, guess: number): number {
  const size = Math.abs(value);
  const places = decimalPlaces(size, guess);
  if (places < 0) {
    putAscii(out, String(value));
    return guess;
  }
  out.reserve(40);
  if (value < 0) out.bytes[out.at++] = MINUS;
  const scale = powerOfTen(places);
  const digits = Math.round(size * scale);
  const whole = Math.floor(digits / scale);
  putDigits(out, whole, digitsOf(whole));
  if (places > 0) {
    out.bytes[out.at++] = POINT;
    putDigits(out, digits - whole * scale, places);
  }
  return places;
}

function digitsOf(value: number): number {
  let digits = 1;
  while (digits < 16 && value >= powerOfTen(digits)) digits += 1;
  return digits;
}

/** The last `count` digits of a whole number below 10^15, zeros before. */
function putDigits(out: BytesOut, value: number, count: number): void {
  const { bytes } = out;
  let at = out.at + count;
  let high = value;
  // By eight, which whole numbers of 32 bits hold: these are divided several times as fast.
  for (let left = count; left > 0; left -= 8) {
    const rest = Math.floor(high / 1e8);
    let low = (high - rest * 1e8) | 0;
    high = rest;
    for (let i = Math.min(8, left); i > 0; i -= 1) {
      const next = (low / 10) | 0;
      at -= 1;
      bytes[at] = ZERO + low - 10 * next;
      low = next;
    }
  }
  out.at += count;
}
