/**
 * The compact protocol of Thrift, as far as Parquet's page headers and footers need it. A
 * structure is written as its fields, in the order of their numbers.
 *
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
import { putByte, putBytes, putVarint, putZigzag, type BytesOut } from "./bytes-out.ts";

export type Thrift =
  | { readonly bool: boolean }
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly binary: Uint8Array }
  | { readonly list: readonly Thrift[] }
  | { readonly struct: Fields };

/** By field number, rising; undefined fields are absent. */
export type Fields = readonly (readonly [number: number, value: Thrift | undefined])[];

const TYPES = { i32: 5, i64: 6, text: 8, binary: 8, list: 9, struct: 12 } as const;

function typeOf(value: Thrift): number {
  if ("bool" in value) return value.bool ? 1 : 2;
  const [kind] = Object.keys(value);
  return TYPES[kind as keyof typeof TYPES];
}

export function putStruct(out: BytesOut, fields: Fields): void {
  let last = 0;
  for (const [number, value] of fields) {
    if (value === undefined) continue;
    // All numbers that Parquet uses lie less than 16 apart.
    putByte(out, ((number - last) << 4) | typeOf(value));
    last = number;
    // A boolean's value is its type.
    if (!("bool" in value)) putValue(out, value);
  }
  putByte(out, 0);
}

function putValue(out: BytesOut, value: Thrift): void {
  if ("i32" in value) putZigzag(out, value.i32);
  else if ("i64" in value) putZigzag(out, value.i64);
  else if ("text" in value) putBinary(out, new TextEncoder().encode(value.text));
  else if ("binary" in value) putBinary(out, value.binary);
  else if ("list" in value) putList(out, value.list);
  else if ("struct" in value) putStruct(out, value.struct);
  else putByte(out, value.bool ? 1 : 2);
}

function putBinary(out: BytesOut, bytes: Uint8Array): void {
  putVarint(out, bytes.length);
  putBytes(out, bytes);
}

function putList(out: BytesOut, list: readonly Thrift[]): void {
  const [first] = list;
  const type = first === undefined ? TYPES.struct : typeOf(first);
  if (list.length < 15) putByte(out, (list.length << 4) | type);
  else {
    putByte(out, 0xf0 | type);
    putVarint(out, list.length);
  }
  for (const value of list) putValue(out, value);
}
