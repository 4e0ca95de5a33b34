/**
 * A run's state on disk. A crash leaves the last good file: the new one is written
 * beside it, forced to disk, and renamed; a checksum tells a damaged one.
 *
 * Layout: 8 bytes of magic, header length (uint32, little-endian), header (JSON), the
 * vectors (float32, little-endian, in the header's order), SHA-256 of all before it.
 */
import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { inputError } from "../base/errors.ts";
import { readInto } from "../data/whole-file.ts";
import type { PausedState, RunState, StreamedVector, Vectors } from "./run.ts";

const MAGIC = "AECKPT01";
const DIGEST = 32;
const DIGEST_BYTES = 2 ** 24;

interface Header {
  readonly config: Readonly<Record<string, unknown>>;
  readonly state: Omit<RunState, "vectors" | "best"> & {
    readonly best: { readonly epoch: number; readonly loss: number } | undefined;
  };
  readonly vectors: readonly {
    readonly name: string;
    readonly best: boolean;
    readonly length: number;
  }[];
}

/** @param config what the run was started with; a run is resumed only with the same */
export async function writeCheckpoint(
  path: string,
  config: Readonly<Record<string, unknown>>,
  { vectors, best, ...state }: RunState | PausedState,
): Promise<void> {
  const named = [
    ...Object.entries(vectors).map(([name, values]) => ({ name, best: false, values })),
    ...Object.entries(best?.vectors ?? {}).map(([name, values]) => ({ name, best: true, values })),
  ];
  const header: Header = {
    config,
    state: { ...state, best: best && { epoch: best.epoch, loss: best.loss } },
    vectors: named.map(({ name, best: isBest, values }) => ({
      name,
      best: isBest,
      length: values.length,
    })),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const head = [Buffer.from(MAGIC), length, json];
  const temporary = `${path}.tmp`;
  const file = await open(temporary, "w");
  try {
    await writeFile(file, bytesOf(head, named));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), "r");
  await folder.sync();
  await folder.close();
}

/** The file's bytes from first to last, the checksum of all others included. */
async function* bytesOf(
  head: readonly Uint8Array[],
  vectors: readonly { readonly values: Float32Array | StreamedVector }[],
): AsyncGenerator<Uint8Array> {
  const digest = createHash("sha256");
  for (const piece of head) {
    digest.update(piece);
    yield piece;
  }
  for (const { values } of vectors) {
    for await (const { buffer, byteOffset, byteLength } of piecesOf(values)) {
      const piece = new Uint8Array(buffer, byteOffset, byteLength);
      await digestOf(digest, piece);
      yield piece;
    }
  }
  yield digest.digest();
}

function piecesOf(
  values: Float32Array | StreamedVector,
): Iterable<Float32Array> | AsyncIterable<Float32Array> {
  return "pieces" in values ? values.pieces() : [values];
}

/**
 * Reads a checkpoint and compares what it was started with.
 *
 * @returns undefined when there is no such file
 * @throws `checkpoint.damaged`, `checkpoint.other`
 */
export async function readCheckpoint(
  path: string,
  config: Readonly<Record<string, unknown>>,
): Promise<RunState | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return await readFrom(file, config, path);
  } finally {
    await file.close();
  }
}

/** Each vector goes from the file straight to where it stays: together they may pass 2 GB. */
async function readFrom(
  file: FileHandle,
  config: Readonly<Record<string, unknown>>,
  path: string,
): Promise<RunState> {
  const { size } = await file.stat();
  const digest = createHash("sha256");
  let at = 0;
  const take = async (length: number): Promise<Buffer<ArrayBuffer>> => {
    if (at + length + DIGEST > size) throw damaged(path);
    const bytes = Buffer.from(new ArrayBuffer(length));
    await readInto(file, bytes, at);
    await digestOf(digest, bytes);
    at += length;
    return bytes;
  };

  if ((await take(MAGIC.length)).toString() !== MAGIC) throw damaged(path);
  const header = headerFrom(await take((await take(4)).readUInt32LE()), path);
  const vectors: Record<string, Float32Array> = {};
  const bestVectors: Record<string, Float32Array> = {};
  for (const { name, best, length } of header.vectors) {
    (best ? bestVectors : vectors)[name] = new Float32Array((await take(4 * length)).buffer);
  }
  const told = Buffer.alloc(DIGEST);
  await readInto(file, told, at);
  if (at + DIGEST !== size || !digest.digest().equals(told)) throw damaged(path);
  requireSameConfig(header.config, config, path);
  const { state } = header;
  return {
    ...state,
    vectors: vectors satisfies Vectors,
    best: state.best && { ...state.best, vectors: bestVectors },
  };
}

/** Broken text is damage like any other; the checksum is only known at the end. */
function headerFrom(bytes: Buffer, path: string): Header {
  let header: Partial<Header>;
  try {
    header = JSON.parse(bytes.toString()) as Partial<Header>;
  } catch (cause) {
    throw damaged(path, cause);
  }
  const { vectors } = header;
  const whole = (length: unknown): boolean => Number.isSafeInteger(length) && Number(length) >= 0;
  if (!Array.isArray(vectors) || !vectors.every((vector) => whole(vector?.length)))
    throw damaged(path);
  return header as Header;
}

function damaged(path: string, cause?: unknown): Error {
  return inputError(
    "checkpoint.damaged",
    {
      place: path,
      expected: "a whole checkpoint",
      got: "a file that is cut, changed or something else",
      hint: "delete it and train from the start",
    },
    { cause },
  );
}

/** In steps: one update takes less than 2 GB, and between two others get their turn. */
async function digestOf(digest: Hash, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += DIGEST_BYTES) {
    digest.update(bytes.subarray(at, at + DIGEST_BYTES));
    await setImmediate();
  }
}

function requireSameConfig(
  then: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  path: string,
): void {
  for (const key of Object.keys(now)) {
    const [before, after] = [JSON.stringify(then[key]), JSON.stringify(now[key])];
    if (before === after) continue;
    throw inputError("checkpoint.other", {
      place: `${path}, ${key}`,
      expected: `${before ?? "nothing"}, as when training began`,
      got: after ?? "nothing",
      hint: "give the same data and options as then, or delete the file to train from the start",
    });
  }
}
