/** Rows in the form that training takes: resident, or dealt out over blocks on disk. */
import { createHash } from "node:crypto";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Rows } from "../data/source.ts";
import type { Spill } from "../data/spill.ts";
import { createSpill } from "../data/spill.ts";
import type { Network } from "../train/network.ts";
import { CLEAN, LABEL, compactTypes } from "../train/network.ts";
import type { Sides, Streamed, Walk } from "./material.ts";
import { chunksOf } from "./material.ts";

type Compact = Readonly<Record<string, Tensor>>;

/** @param labels codes of the rows, for families that take labels */
export function compactOf(
  { preprocessing }: Network,
  rows: Rows,
  clean: Rows | undefined,
  labels: Int32Array | undefined,
  place: string,
): Compact {
  return {
    ...preprocessing.ingest(rows, place),
    ...(clean === undefined ? {} : prefixed(CLEAN, preprocessing.ingest(clean, "the clean data"))),
    ...(labels === undefined ? {} : { [LABEL]: tensor("int32", labels) }),
  };
}

function prefixed(prefix: string, values: Compact): Compact {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

export function hasMissing(compact: Compact): boolean {
  return Object.values(compact).some(
    ({ dtype, data }) => dtype === "float32" && data.some(Number.isNaN),
  );
}

/** A digest of all values, by which a run that goes on knows its data again. */
export function fingerprint(compact: Compact): string {
  const digest = createHash("sha256");
  for (const [name, value] of Object.entries(compact)) {
    digest.update(name);
    digest.update(bytesOf(value));
  }
  return digest.digest("hex").slice(0, 16);
}

function bytesOf({ dtype, data }: Tensor): Uint8Array {
  if (dtype === "string") return new Uint8Array(0);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export interface Spilled {
  readonly spill: Spill;
  /** No value is missing, in held-out rows neither. */
  readonly complete: boolean;
  readonly fingerprint: string;
}

export interface SpillPlan {
  readonly folder: string;
  /** Rows of each block. */
  readonly blocks: readonly number[];
  /** Bytes for rows on their way to disk. */
  readonly memory: number;
  readonly heldOut: number;
}

/**
 * Walks all rows once more and deals those to train on out over blocks, at random: every block is
 * a random sample of them.
 *
 * @param labels codes of all rows
 */
export async function spillRows(
  network: Network,
  sides: Sides,
  walk: Walk,
  labels: Int32Array | undefined,
  { rank }: Streamed,
  { folder, blocks, memory, heldOut }: SpillPlan,
): Promise<Spilled> {
  const columns = compactTypes(network);
  const writer = await createSpill({ folder, columns, blocks, memory });
  const digests = Object.keys(columns).map((name) => [name, createHash("sha256")] as const);
  let complete = true;
  try {
    for await (const { first, rows, cleanRows } of chunksOf(sides, walk, "copying")) {
      const some = labels?.subarray(first, first + rows.rows);
      const compact = compactOf(network, rows, cleanRows, some, sides.source.name);
      complete &&= !hasMissing(compact);
      for (const [name, digest] of digests) digest.update(bytesOf(compact[name] as Tensor));
      const dealt = Int32Array.from({ length: rows.rows }, (_, i) => {
        const place = rank(first + i) - heldOut;
        return place < 0 ? -1 : place % blocks.length;
      });
      await writer.add(compact, dealt);
    }
    const digest = createHash("sha256");
    for (const [name, own] of digests) digest.update(name).update(own.digest());
    return {
      spill: await writer.end(),
      complete,
      fingerprint: digest.digest("hex").slice(0, 16),
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}
