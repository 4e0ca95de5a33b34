/** Messages to bytes and back, for any message of the table: the protobuf wire format. */
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { AutoencoderError, inputError } from "../base/errors.ts";
import { MAX_BYTES, MESSAGES } from "./messages.ts";
import type { Field, Message, MessageName, ScalarKind } from "./messages.ts";

/** Nested messages: a graph inside a graph takes three (node, attribute, graph). */
const MAX_DEPTH = 48;
/**
 * Bounds the memory that a small hostile file can ask for: an empty node takes
 * two bytes on disk and a hundred in memory. Weights as raw bytes cost nothing.
 */
const MAX_COST = 2 ** 24;
const MESSAGE_COST = 16;
/** Bytes from this size on are copied once, into the finished file. */
const LARGE = 4096;

const names = Object.keys(MESSAGES) as MessageName[];
const listed = new Map(names.map((name) => [name, Object.entries<Field>(MESSAGES[name])]));
const numbered = new Map(
  names.map((name) => [name, new Map(listed.get(name)!.map((e) => [e[1].number, e]))]),
);

/** Bytes in pieces, so that weights are copied once however deep they lie. */
interface Pieces {
  readonly length: number;
  readonly parts: readonly Uint8Array[];
}

/**
 * The bytes of a message. The same message always gives the same bytes.
 *
 * @throws `onnx.too-large` above 2 GB, before the file's memory is taken.
 */
export function encode<M extends MessageName>(name: M, message: Message<M>): Uint8Array {
  const { length, parts } = encodedParts(name, message);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * The same bytes in parts, of which the large ones are the memory of the message's own: to be
 * written one after the other, without a second copy of all weights.
 */
export function encodedParts<M extends MessageName>(name: M, message: Message<M>): Pieces {
  const found = pieces(name, message);
  checkLength(found.length);
  return found;
}

function pieces(name: MessageName, message: object): Pieces {
  const parts: Uint8Array[] = [];
  let length = 0;
  let writer = new BinaryWriter();
  const flush = (): void => {
    const written = writer.finish();
    if (written.length > 0) parts.push(written);
    length += written.length;
    writer = new BinaryWriter();
  };
  const append = (inner: Pieces): void => {
    checkLength(inner.length);
    writer.uint32(inner.length);
    if (inner.length < LARGE) {
      for (const part of inner.parts) writer.raw(part);
      return;
    }
    flush();
    for (const part of inner.parts) parts.push(part);
    length += inner.length;
  };
  const values = message as Readonly<Record<string, unknown>>;
  for (const [key, field] of listed.get(name)!) {
    const value = values[key];
    if (value === undefined) continue;
    const list = field.repeated ? (value as readonly unknown[]) : [value];
    if (field.packed) {
      if (list.length === 0) continue;
      writer.tag(field.number, WireType.LengthDelimited).fork();
      for (const one of list) writeScalar(writer, field.kind as ScalarKind, one);
      writer.join();
      continue;
    }
    for (const one of list) {
      writer.tag(field.number, wireType(field));
      if (isMessage(field.kind)) append(pieces(field.kind, one as object));
      else if (field.kind === "bytes") append(bytePiece(one as Uint8Array));
      else writeScalar(writer, field.kind as ScalarKind, one);
    }
  }
  flush();
  return { length, parts };
}

function checkLength(length: number): void {
  if (length <= MAX_BYTES) return;
  throw inputError("onnx.too-large", {
    place: "model",
    expected: `at most ${MAX_BYTES} bytes, the limit of the ONNX file format`,
    got: `${length} bytes or more`,
    hint: "use smaller layers",
  });
}

function bytePiece(bytes: Uint8Array): Pieces {
  return { length: bytes.length, parts: [bytes] };
}

function writeScalar(writer: BinaryWriter, kind: ScalarKind, value: unknown): void {
  if (kind === "string") writer.string(value as string);
  else if (kind === "bytes") writer.bytes(value as Uint8Array);
  else if (kind === "int64" || kind === "uint64") writer[kind](value as bigint);
  else writer[kind](value as number);
}

/**
 * Reads a message. Bytes fields are views into `bytes`, not copies.
 *
 * @param file Name for errors.
 * @throws `onnx.malformed` where the bytes are no such message, `onnx.refused`
 *   where they hold something this package neither writes nor runs.
 */
export function decode<M extends MessageName>(
  name: M,
  bytes: Uint8Array,
  file: string,
): Message<M> {
  const state: DecodeState = { file, cost: 0 };
  try {
    return decodeMessage(state, name, bytes, 0) as Message<M>;
  } catch (error) {
    if (error instanceof AutoencoderError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw malformed(file, `broken bytes (${reason})`, error);
  }
}

interface DecodeState {
  readonly file: string;
  cost: number;
}

type Decoded = Record<string, unknown>;

function decodeMessage(
  state: DecodeState,
  name: MessageName,
  bytes: Uint8Array,
  depth: number,
): Decoded {
  if (depth > MAX_DEPTH) {
    throw refused(state.file, `graphs nested at most ${Math.floor(MAX_DEPTH / 3)} deep`, "more");
  }
  const out: Decoded = {};
  const reader = new BinaryReader(bytes);
  const fields = numbered.get(name)!;
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const found = fields.get(number);
    if (found === undefined) throw malformed(state.file, `unknown field ${number} in ${name}`);
    const [key, field] = found;
    if (field.kind === "refused") {
      throw refused(state.file, "a plain model with its weights inside", `${name}.${key}`);
    }
    if (field.kind === "ignored") {
      reader.skip(wire, number);
      continue;
    }
    if (!field.repeated) {
      // Protobuf would merge two graphs into one; two readers need not agree on how.
      if (key in out) throw malformed(state.file, `${name}.${key} twice`);
      expectWire(state, name, key, field, wire);
      out[key] = decodeOne(state, field, reader, depth);
      continue;
    }
    const list = (out[key] ??= []) as unknown[];
    if (wire === WireType.LengthDelimited && wireType(field) !== wire) {
      const run = new BinaryReader(reader.bytes());
      while (run.pos < run.len) list.push(decodeOne(state, field, run, depth));
      continue;
    }
    expectWire(state, name, key, field, wire);
    list.push(decodeOne(state, field, reader, depth));
  }
  return out;
}

function decodeOne(state: DecodeState, field: Field, reader: BinaryReader, depth: number): unknown {
  const { kind } = field;
  state.cost += isMessage(kind) ? MESSAGE_COST : 1;
  if (state.cost > MAX_COST) {
    throw refused(
      state.file,
      `at most ${MAX_COST / MESSAGE_COST} messages or ${MAX_COST} values outside raw_data`,
      "more",
    );
  }
  if (isMessage(kind)) return decodeMessage(state, kind, reader.bytes(), depth + 1);
  // Strict: two different byte strings must not become the same name.
  if (kind === "string") return reader.string(true);
  if (kind === "int64" || kind === "uint64") return BigInt(reader[kind]());
  return reader[kind as Exclude<ScalarKind, "string">]();
}

function expectWire(
  state: DecodeState,
  name: string,
  key: string,
  field: Field,
  wire: WireType,
): void {
  if (wire !== wireType(field)) {
    throw malformed(state.file, `${name}.${key} with wire type ${wire}`);
  }
}

function wireType({ kind }: Field): WireType {
  if (kind === "float") return WireType.Bit32;
  if (kind === "double") return WireType.Bit64;
  if (kind === "int32" || kind === "int64" || kind === "uint64") return WireType.Varint;
  return WireType.LengthDelimited;
}

function isMessage(kind: Field["kind"]): kind is MessageName {
  return kind in MESSAGES;
}

/** Bytes that are no model, or not all of one. */
export function malformed(file: string, got: string, cause?: unknown): AutoencoderError {
  const hint = "check that the file is an ONNX model and was written completely";
  return inputError(
    "onnx.malformed",
    { place: file, expected: "an ONNX model", got, hint },
    { cause },
  );
}

function refused(file: string, expected: string, got: string): AutoencoderError {
  return inputError("onnx.refused", { place: file, expected, got });
}
