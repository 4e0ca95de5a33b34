/** What a model file says about itself, without its graph: a look at a large file reads kilobytes. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { AutoencoderError } from "../base/errors.ts";
import { MAX_BYTES, MESSAGES } from "./messages.ts";
import { decode, malformed } from "./wire.ts";

/** A part of a file; at its end, less than was asked for. */
export type ReadPart = (from: number, length: number) => Promise<Uint8Array>;

/** A field's tag and length take ten bytes at most, and five each. */
const HEAD = 20;

/**
 * The metadata of a model. Fields are jumped over by their lengths; whether the graph is sound is
 * not looked at.
 *
 * @param size of the file, in bytes
 * @param name The file's name, for errors.
 * @throws `onnx.malformed` where the bytes are no model
 */
export async function readMetadata(
  read: ReadPart,
  size: number,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  if (size === 0) throw malformed(name, "an empty file");
  if (size > MAX_BYTES) throw malformed(name, `${size} bytes, over the 2 GB limit`);
  const metadata = new Map<string, string>();
  let graphs = 0;
  for (let at = 0; at < size;) {
    const head = await read(at, HEAD);
    const { number, start, end } = fieldAt(head, at, name);
    if (end > size) throw malformed(name, `a field that ends at byte ${end} of ${size}`);
    if (number === MESSAGES.ModelProto.graph.number) graphs += 1;
    if (number === MESSAGES.ModelProto.metadata_props.number) {
      const entry = decode("StringStringEntryProto", await read(start, end - start), name);
      const key = entry.key ?? "";
      if (metadata.has(key)) throw malformed(name, `metadata ${JSON.stringify(key)} twice`);
      metadata.set(key, entry.value ?? "");
    }
    at = end;
  }
  if (graphs !== 1) throw malformed(name, graphs === 0 ? "no graph" : "two graphs");
  return Object.fromEntries(metadata);
}

function fieldAt(
  head: Uint8Array,
  at: number,
  name: string,
): { readonly number: number; readonly start: number; readonly end: number } {
  try {
    const reader = new BinaryReader(head);
    const [number, wire] = reader.tag();
    if (!Object.values(MESSAGES.ModelProto).some((field) => field.number === number)) {
      throw malformed(name, `unknown field ${number} in ModelProto`);
    }
    if (wire !== WireType.LengthDelimited) {
      reader.skip(wire, number);
      return { number, start: at + reader.pos, end: at + reader.pos };
    }
    const length = reader.uint32();
    return { number, start: at + reader.pos, end: at + reader.pos + length };
  } catch (error) {
    if (error instanceof AutoencoderError) throw error;
    throw malformed(name, `broken bytes (${error instanceof Error ? error.message : "unknown"})`);
  }
}
