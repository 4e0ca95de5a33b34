/** Files of gigabytes: read and written without a second copy, and past Node's limit of 2 GB a call. */
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";

/** Bytes a call reads at most: the system itself gives no more than 2 GB. */
const MOST = 2 ** 26;

/** The whole file in memory of its own, so that numbers in it can be looked at where they lie. */
export async function readWholeFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(size);
    const read = await readInto(file, bytes, 0);
    return read === size ? bytes : bytes.slice(0, read);
  } finally {
    await file.close();
  }
}

/** Fills `bytes` from a place in the file on; the count of what there was, less at its end. */
export async function readInto(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<number> {
  let at = 0;
  while (at < bytes.length) {
    const length = Math.min(MOST, bytes.length - at);
    const { bytesRead } = await file.read(bytes, at, length, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}
