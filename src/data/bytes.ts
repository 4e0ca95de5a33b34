/** Bytes read at a position, from a file or from memory; and the heads of files. */

import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { createGunzip } from "node:zlib";

import { inputError } from "../base/errors.ts";

/** Somewhere bytes lie. Opened for each walk, so that nothing stays open between walks. */
export interface ByteSource {
  readonly size: number;
  open(): Promise<ByteReader>;
}

export interface ByteReader {
  /** Exactly `length` bytes at `position`, in a buffer of their own. */
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The bytes of a file. */
export async function fileBytes(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return {
    size,
    async open() {
      const handle = await open(path, "r");
      return {
        async read(position, length) {
          const buffer = new Uint8Array(length);
          let filled = 0;
          while (filled < length) {
            const { bytesRead } = await handle.read(
              buffer,
              filled,
              // A single read of 2 GB or more fails on some systems.
              Math.min(length - filled, 1 << 30),
              position + filled,
            );
            if (bytesRead === 0) {
              throw inputError("data.truncated", {
                place: path,
                expected: `${position + length} bytes or more`,
                got: `${position + filled} bytes`,
                hint: "the file is cut short, or changed while it was read; get it again",
              });
            }
            filled += bytesRead;
          }
          return buffer;
        },
        close: () => handle.close(),
      };
    },
  };
}

/** Bytes that are in memory already. */
export function memoryBytes(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    open: () =>
      Promise.resolve({
        read: (position, length) => Promise.resolve(bytes.slice(position, position + length)),
        close: () => Promise.resolve(),
      }),
  };
}

export type Packing = "none" | "gzip" | "zstd";

/** How `head` is packed, seen from its first bytes. */
export function packingOf(head: Uint8Array): Packing {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return "zstd";
  return "none";
}

/** The first bytes of a file as they lie on disk; fewer when the file is shorter. */
export async function rawHead(path: string, length: number): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const buffer = new Uint8Array(length);
    const { bytesRead } = await handle.read(buffer, 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The file's bytes as a stream, unpacked when it is gzip. */
export async function* unpacked(path: string): AsyncGenerator<Uint8Array> {
  const gzip = packingOf(await rawHead(path, 4)) === "gzip";
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!gzip) {
    yield* file as AsyncIterable<Uint8Array>;
    return;
  }
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  file.on("error", (error) => gunzip.destroy(error));
  try {
    yield* file.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw inputError(
      "data.truncated",
      {
        place: path,
        expected: "a whole gzip file",
        got: error instanceof Error ? error.message : String(error),
        hint: "the file is cut short or damaged; get it again",
      },
      { cause: error },
    );
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

/** The first `length` unpacked bytes, and whether that is all there is. */
export async function unpackedHead(
  path: string,
  length: number,
): Promise<{ readonly bytes: Uint8Array; readonly whole: boolean }> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of unpacked(path)) {
    parts.push(part);
    total += part.length;
    if (total > length) break;
  }
  return { bytes: Buffer.concat(parts).subarray(0, length), whole: total <= length };
}
