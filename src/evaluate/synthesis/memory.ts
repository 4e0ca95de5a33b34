/** What a judgement asks of distances: whether makers of rows repeat what they learned from. */
import type { Matrix } from "../../base/tensor.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { SampleFigures } from "./judgement.ts";
import type { Nearest } from "./nearest-records.ts";
import {
  rememberedShare,
  nearestRows,
  nearestFigures,
  shareUpTo,
  quantile,
} from "./nearest-records.ts";
import { takeMatrix } from "./row-matrix.ts";

/** Rows of each side whose nearest is searched. */
const MOST_SEARCHED = 2000;
/** Numbers that are searched among: 256 MB. */
const MOST_NUMBERS = 2 ** 26;

export interface Clouds<Name extends string> {
  /** Each in random order. */
  readonly train: Matrix;
  readonly heldOut: Matrix;
  readonly makers: ReadonlyMap<Name, Matrix>;
}

export type MemoryFigures = Pick<SampleFigures, "nearest" | "near" | "remembered">;

export interface Memory<Name extends string> {
  readonly figures: ReadonlyMap<Name, MemoryFigures>;
  /** The deviation of `remembered` by chance. */
  readonly chances: ReadonlyMap<Name, number>;
  /** Share of held-out rows that count as near: a little over 0.05 where distances are equal. */
  readonly near: number;
  /** Training rows that were searched. */
  readonly searched: number;
}

export async function memoryFigures<Name extends string>(
  engine: Engine,
  { train, heldOut, makers }: Clouds<Name>,
  signal?: AbortSignal,
): Promise<Memory<Name>> {
  const most = Math.max(1, Math.floor(MOST_NUMBERS / train.columns));
  const among = top(train, most);
  const asked = top(heldOut, MOST_SEARCHED);
  const clouds = [...makers.values()].map((cloud) => top(cloud, MOST_SEARCHED));
  const [real, ...made] = await nearestRows(engine, among, [asked, ...clouds]);
  signal?.throwIfAborted();
  const toHeldOut = await nearestRows(engine, heldOut, clouds);
  const usual = (real as Nearest).distances;
  const counts = { train: among.rows, heldOut: heldOut.rows };
  const figures = new Map<Name, MemoryFigures>();
  const chances = new Map<Name, number>();
  for (const [i, name] of [...makers.keys()].entries()) {
    const own = made[i] as Nearest;
    const { nearest, near } = nearestFigures(usual, own.distances);
    const { remembered, chance } = rememberedShare(own, toHeldOut[i] as Nearest, counts);
    figures.set(name, { ...(nearest === undefined ? {} : { nearest }), near, remembered });
    chances.set(name, chance);
  }
  return {
    searched: among.rows,
    near: shareUpTo(usual, quantile(usual, 0.05)),
    figures,
    chances,
  };
}

function top(matrix: Matrix, most: number): Matrix {
  if (matrix.rows <= most) return matrix;
  return takeMatrix(
    matrix,
    Int32Array.from({ length: most }, (_, row) => row),
  );
}
