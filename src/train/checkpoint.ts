/**
 * A run's state on disk. A crash leaves the last good file: the new one is written
 * beside it, forced to disk, and renamed; a checksum tells a damaged one.
 *
 * Layout: 8 bytes of magic, header length (uint32, little-endian), header (JSON), the
 * vectors (float32, little-endian, in the header's order), SHA-256 of all before it.
 */
import { createHash } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { inputError } from "../base/errors.ts";
import type { RunState, Vectors } from "./run.ts";

const MAGIC = "AECKPT01";
const DIGEST = 32;

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
  { vectors, best, ...state }: RunState,
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
  const pieces = [
    Buffer.from(MAGIC),
    length,
    json,
    ...named.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  ];
  const digest = createHash("sha256");
  for (const piece of pieces) digest.update(piece);
  const temporary = `${path}.tmp`;
  const file = await open(temporary, "w");
  try {
    for (const piece of [...pieces, digest.digest()]) await file.write(piece);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), "r");
  await folder.sync();
  await folder.close();
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
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const header = headerOf(bytes, path);
  requireSameConfig(header.config, config, path);
  const { state } = header;
  const vectors: Record<string, Float32Array> = {};
  const bestVectors: Record<string, Float32Array> = {};
  let at = MAGIC.length + 4 + bytes.readUInt32LE(MAGIC.length);
  for (const { name, best, length } of header.vectors) {
    const part = Uint8Array.from(bytes.subarray(at, at + 4 * length));
    (best ? bestVectors : vectors)[name] = new Float32Array(part.buffer);
    at += 4 * length;
  }
  return {
    ...state,
    vectors: vectors satisfies Vectors,
    best: state.best && { ...state.best, vectors: bestVectors },
  };
}

function headerOf(bytes: Buffer, path: string): Header {
  const body = bytes.subarray(0, -DIGEST);
  const digest = createHash("sha256").update(body).digest();
  if (
    bytes.subarray(0, MAGIC.length).toString() !== MAGIC ||
    !digest.equals(bytes.subarray(-DIGEST))
  ) {
    throw inputError("checkpoint.damaged", {
      place: path,
      expected: "a whole checkpoint",
      got: "a file that is cut, changed or something else",
      hint: "delete it and train from the start",
    });
  }
  const length = bytes.readUInt32LE(MAGIC.length);
  return JSON.parse(
    bytes.subarray(MAGIC.length + 4, MAGIC.length + 4 + length).toString(),
  ) as Header;
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
