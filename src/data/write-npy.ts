/** Arrays to `.npy` files, a chunk at a time. */

import { rename, rm } from "node:fs/promises";

import { internalError } from "../base/errors.ts";
import { openForWriting, temporaryPath } from "./write.ts";

export interface NpyWriter {
  /** Appends rows, `[count, ...shape]`. */
  write(data: Float32Array | Float64Array): Promise<void>;
  /** Writes the count of rows into the header and puts the file in its place. */
  close(): Promise<void>;
  /** Gives up: nothing is left behind. */
  discard(): Promise<void>;
}

/** Room for the header; a count of rows of any size fits. */
const headerBytes = 256;

/**
 * Opens a `.npy` file for writing rows of `shape`, little-endian, in C order.
 *
 * @param options.shape of one row
 * @param options.dtype default `"f4"`
 *
 * @example
 * const writer = await openNpyWriter("codes.npy", { shape: [32] });
 * for await (const codes of model.encodeChunks(rows)) await writer.write(codes);
 * await writer.close();
 */
export async function openNpyWriter(
  path: string,
  { shape, dtype = "f4" }: { readonly shape: readonly number[]; readonly dtype?: "f4" | "f8" },
): Promise<NpyWriter> {
  const part = temporaryPath(path);
  const handle = await openForWriting(part, path);
  const size = shape.reduce((product, n) => product * n, 1);
  let rows = 0;
  let at = headerBytes;
  return {
    async write(data) {
      if (data.length % size !== 0) {
        throw internalError("data.npy-rows", {
          place: path,
          expected: `whole rows of ${size} values`,
          got: `${data.length} values`,
        });
      }
      const bytes = littleEndian(data, dtype);
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at);
        done += bytesWritten;
        at += bytesWritten;
      }
      rows += data.length / size;
    },
    async close() {
      try {
        await handle.write(header([rows, ...shape], dtype), 0, headerBytes, 0);
        await handle.close();
        await rename(part, path);
      } finally {
        await rm(part, { force: true });
      }
    },
    async discard() {
      await handle.close();
      await rm(part, { force: true });
    },
  };
}

/** Writes chunks of rows to a `.npy` file. See `openNpyWriter`. */
export async function writeNpy(
  path: string,
  options: { readonly shape: readonly number[]; readonly dtype?: "f4" | "f8" },
  chunks: AsyncIterable<Float32Array | Float64Array> | Iterable<Float32Array | Float64Array>,
): Promise<void> {
  const writer = await openNpyWriter(path, options);
  try {
    for await (const chunk of chunks) await writer.write(chunk);
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer.close();
}

function header(shape: readonly number[], dtype: string): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '<${dtype}', 'fortran_order': False, 'shape': (${axes}), }`;
  const bytes = Buffer.alloc(headerBytes, " ");
  bytes.write("\x93NUMPY\x01\x00", "latin1");
  bytes.writeUInt16LE(headerBytes - 10, 8);
  bytes.write(text, 10, "latin1");
  bytes.write("\n", headerBytes - 1, "latin1");
  return bytes;
}

function littleEndian(data: Float32Array | Float64Array, dtype: "f4" | "f8"): Uint8Array {
  const values = dtype === "f4" ? new Float32Array(data) : new Float64Array(data);
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const bigEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;
  if (!bigEndianHost) return bytes;
  return dtype === "f4" ? bytes.swap32() : bytes.swap64();
}
