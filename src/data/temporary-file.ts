/** A temporary file that leaves nothing behind, and clear words where the disk says no. */
import { open, statfs, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { formatBytes } from "../base/byte-count.ts";
import { inputError } from "../base/errors.ts";

/**
 * A file that is gone by itself when the process ends, however it ends, where the system can.
 *
 * @param bytes that it will take
 * @throws `train.disk` when the folder has no room or cannot be written to
 */
export async function temporaryFile(folder: string, bytes: number): Promise<FileHandle> {
  await requireRoom(folder, bytes);
  const path = join(folder, `.autoencoders-${process.pid}-${nameless++}.blocks`);
  try {
    const file = await open(path, "wx+");
    if (process.platform !== "win32") await unlink(path);
    return process.platform === "win32" ? removedOnClose(file, path) : file;
  } catch (error) {
    throw diskError(error, folder, bytes);
  }
}

let nameless = 0;

function removedOnClose(file: FileHandle, path: string): FileHandle {
  const close = file.close.bind(file);
  file.close = async () => {
    await close();
    await unlink(path).catch(() => {});
  };
  return file;
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    // A system that does not tell will complain when it is full.
    () => Infinity,
  );
  if (free < bytes) throw noRoom(folder, bytes, `${formatBytes(free)} free`);
}

function noRoom(folder: string, bytes: number, got: string, cause?: unknown) {
  return inputError(
    "train.disk",
    {
      place: folder,
      expected: `${formatBytes(bytes)} of free disk for the shuffled copy of the data`,
      got,
      hint: "free some, put the checkpoint (--checkpoint) on another disk, or give more memory, so that the data need no copy",
    },
    { cause },
  );
}

function diskError(error: unknown, folder: string, bytes: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
    return noRoom(folder, bytes, "a full disk", error);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOENT")
    return noRoom(folder, bytes, `a folder that cannot be written to (${code})`, error);
  return error;
}

export async function writeFully(
  file: FileHandle,
  piece: Uint8Array,
  position: number,
  { folder, bytes }: { readonly folder: string; readonly bytes: number },
): Promise<void> {
  try {
    let done = 0;
    while (done < piece.length) {
      const length = Math.min(piece.length - done, PIECE);
      done += (await file.write(piece, done, length, position + done)).bytesWritten;
    }
  } catch (error) {
    throw diskError(error, folder, bytes);
  }
}

/** A single read or write of 2 GB or more fails on some systems. */
const PIECE = 2 ** 30;

export async function readFully(
  file: FileHandle,
  into: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const length = Math.min(into.length - done, PIECE);
    const { bytesRead } = await file.read(into, done, length, position + done);
    if (bytesRead === 0) throw new Error("the temporary file of blocks ended early");
    done += bytesRead;
  }
}
