/** A mixture fitted to the codes of a model's training rows, which new ones are drawn from. */
import type { Matrix } from "../base/tensor.ts";
import { labelCodes } from "../data/labels.ts";
import type { Source } from "../data/source.ts";
import { fitClassMixture } from "../evaluate/class-mixture.ts";
import { fitMixture } from "../evaluate/fit-mixture.ts";
import type { Mixture } from "../evaluate/mixture.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { aggregateCodes } from "./aggregate-codes.ts";
import { someOf } from "./checkup.ts";
import { pickSource } from "./companions.ts";
import { mixtureByClass, mixtureComponents } from "./prior.ts";
import type { Model } from "./types.ts";

/** Rows whose codes a mixture is fitted to, at most. */
const MIXTURE_ROWS = 10_000;

/** @returns `undefined` where codes are too wide for a mixture */
export async function codeMixture(
  engine: Engine,
  network: Network,
  weights: Weights,
  model: Model,
  rows: Source,
  training: Int32Array,
  seed: number,
): Promise<Mixture | undefined> {
  const { latent, label, schema } = model.info;
  // Histories are not made up.
  if (schema.kind === "interactions") return undefined;
  const components = mixtureComponents(latent, network.family.prior);
  if (components === 0) return undefined;
  const some = await pickSource(rows, someOf(training, MIXTURE_ROWS));
  const codes = await aggregateCodes(engine, network, weights, model.info, some, seed);
  const known = finiteRows(codes);
  const finite = takenRows(codes, known);
  const classes = label?.classes.length ?? 0;
  if (label === undefined || !mixtureByClass(latent, classes))
    return fitMixture(engine, finite, { seed, components });
  // Where a label is not known, what the model takes the row for is what its code was made with.
  const given = await some.labels?.();
  const guessed = given?.includes(null) === false ? undefined : await model.predict?.(some);
  const labels = Array.from(
    { length: codes.rows },
    (_, row) => given?.[row] ?? guessed?.labels[row],
  );
  const all = labelCodes(
    labels.map((one) => one ?? null),
    label,
  );
  const classOf = Int32Array.from(known, (row) => all[row] as number);
  return fitClassMixture(engine, finite, { classOf, classes, components, seed });
}

/** All but those of rows beyond all bounds, which have no code. */
function finiteRows({ data, rows, columns }: Matrix): readonly number[] {
  return Array.from({ length: rows }, (_, row) => row).filter((row) =>
    data.subarray(row * columns, (row + 1) * columns).every(Number.isFinite),
  );
}

function takenRows({ data, rows, columns }: Matrix, taken: readonly number[]): Matrix {
  if (taken.length === rows) return { data, rows, columns };
  const all = new Float32Array(taken.length * columns);
  for (const [to, row] of taken.entries())
    all.set(data.subarray(row * columns, (row + 1) * columns), to * columns);
  return { data: all, rows: taken.length, columns };
}
