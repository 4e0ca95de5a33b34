/** A file in the making, or bytes in memory. */
import { rename, rm } from "node:fs/promises";
import { openForWriting, temporaryPath } from "../../data/write.ts";

export interface Part {
  write(bytes: Uint8Array): Promise<void>;
  size(): number;
  /** Puts the file in its place; without one, gives the bytes. */
  keep(): Promise<Uint8Array | undefined>;
  /** Gives up: leaves nothing behind. */
  discard(): Promise<void>;
}

let count = 0;

export async function openPart(path: string | undefined): Promise<Part> {
  if (path === undefined) return memoryPart();
  // Several parts of one file may be in the making.
  const part = temporaryPath(path).replace(/\.part$/, `-${count++}.part`);
  const file = await openForWriting(part, path);
  let at = 0;
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await file.close();
    closed = true;
  };
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length;) {
        const length = Math.min(bytes.length - done, 2 ** 30);
        const { bytesWritten } = await file.write(bytes, done, length, at);
        done += bytesWritten;
        at += bytesWritten;
      }
    },
    size: () => at,
    async keep() {
      await close();
      await rename(part, path);
      return undefined;
    },
    async discard() {
      await close();
      await rm(part, { force: true });
    },
  };
}

function memoryPart(): Part {
  const pieces: Uint8Array[] = [];
  return {
    write(bytes) {
      pieces.push(bytes.slice());
      return Promise.resolve();
    },
    size: () => pieces.reduce((sum, piece) => sum + piece.length, 0),
    keep: () => Promise.resolve(new Uint8Array(Buffer.concat(pieces))),
    discard: () => Promise.resolve(),
  };
}
