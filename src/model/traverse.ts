/** What a row becomes when one dimension of its code after another goes through the values it has. */
import { inputError } from "../base/errors.ts";
import type { Matrix } from "../base/tensor.ts";
import { requireClass } from "../data/labels.ts";
import { travelsOf } from "../evaluate/dimensions.ts";
import { mixtureSamples } from "../evaluate/mixture.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import { pickSource } from "./companions.ts";
import { sourceOf } from "./data.ts";
import { typicalRow } from "./dimensions.ts";
import type { ModelFile } from "./file.ts";
import { requireSteps } from "./interpolate.ts";
import { plausible } from "./plausible.ts";
import type { Data, Model, Traversal, TraverseOptions } from "./types.ts";

const STEPS = 9;
/** The outermost quantiles: beyond them lie few rows, and oddities. */
const ENDS = [0.05, 0.95] as const;
const MOST_ROWS = 2000;
const ROWS_SITE = 0x77a;

/** @throws `options.invalid` for a row or dimension that there is none of */
export async function traversed(
  file: ModelFile,
  model: Model,
  data: Data | undefined,
  { steps = STEPS, row, label, dimensions, signal }: TraverseOptions,
): Promise<Traversal> {
  requireSteps(steps);
  const { latent } = model.info;
  const wanted = dimensions ?? Array.from({ length: latent }, (_, d) => d);
  const none = wanted.find((d) => !(Number.isSafeInteger(d) && d >= 0 && d < latent));
  if (none !== undefined || wanted.length === 0) {
    throw inputError("options.invalid", {
      place: "dimensions",
      expected: `some of 0 to ${latent - 1}, as the codes have ${latent} numbers`,
      got: none === undefined ? "none" : String(none),
    });
  }
  const { codes, start, own } = await codesFor(file, model, data, { row, label, signal });
  const quantiles = Array.from(
    { length: steps },
    (_, i) => ENDS[0] + ((ENDS[1] - ENDS[0]) * i) / (steps - 1),
  );
  const all = new Float32Array(wanted.length * steps * latent);
  const found = wanted.map((dimension, line) => {
    const values = quantilesIn(codes, dimension, quantiles);
    for (const [step, value] of values.entries()) {
      const at = (line * steps + step) * latent;
      all.set(start.data, at);
      all[at + dimension] = value;
    }
    return { dimension, values };
  });
  signal?.throwIfAborted();
  const count = wanted.length * steps;
  const given = labelFor(model, label, own);
  const rows = await model.decode(
    { rows: count, columns: latent, data: all },
    given === undefined ? {} : { labels: Array.from({ length: count }, () => given) },
  );
  return { rows: plausible(rows, model.info.schema), dimensions: found, quantiles, start };
}

interface Start {
  readonly codes: Matrix;
  readonly start: Matrix;
  /** The label of the row. */
  readonly own?: string | null | undefined;
}

type Begin = { [K in "row" | "label" | "signal"]: TraverseOptions[K] | undefined };

async function codesFor(
  { info, mixture }: ModelFile,
  model: Model,
  data: Data | undefined,
  { row, label, signal }: Begin,
): Promise<Start> {
  const { latent } = info;
  const one = (codes: Matrix, place: number): Matrix => ({
    rows: 1,
    columns: latent,
    data: codes.data.slice(place * latent, (place + 1) * latent),
  });
  if (data === undefined) {
    if (row !== undefined || mixture === undefined) {
      throw inputError("options.invalid", {
        place: "the data",
        expected:
          row === undefined ? "rows, as this model file holds no mixture of its codes" : "rows",
        got: "none",
        hint: "give rows of the kind that the model was trained on",
      });
    }
    // Codes of the class that they are read with: others may say another.
    const own = labelFor(model, label, undefined);
    const at = Math.max(0, info.label?.classes.indexOf(own ?? "") ?? 0);
    const classOf = new Int32Array(MOST_ROWS).fill(at);
    const codes = mixtureSamples(mixture, MOST_ROWS, { seed: 0, classOf });
    return { codes, start: one(codes, typicalRow(codes, travelsOf(codes))) };
  }
  const source = sourceOf(data);
  if (row !== undefined && !(Number.isSafeInteger(row) && row >= 0 && row < source.rows)) {
    throw inputError("options.invalid", {
      place: "row",
      expected: `a whole number from 0 to ${source.rows - 1}, as ${source.name} has ${source.rows} rows`,
      got: String(row),
    });
  }
  const chosen = permutation(atSite(keyAt(0, 0), ROWS_SITE), source.rows)
    .slice(0, MOST_ROWS)
    .sort();
  const verb = signal === undefined ? {} : { signal };
  const some = await pickSource(source, chosen, signal);
  const codes = await model.encode(some, verb);
  const place = typicalRow(codes, travelsOf(codes));
  const labels = await (row === undefined ? some : source).labels?.();
  const own = labels?.[row ?? place];
  if (row === undefined) return { codes, start: one(codes, place), own };
  const given = await pickSource(source, Int32Array.of(row), signal);
  return { codes, start: await model.encode(given, verb), own };
}

/** The class that codes are read with; undefined for families that know none. */
function labelFor(
  { info }: Model,
  asked: string | undefined,
  own: string | null | undefined,
): string | undefined {
  if (info.label === undefined) {
    if (asked === undefined) return undefined;
    throw inputError("options.invalid", {
      place: "label",
      expected: "a family that takes labels, such as conditional",
      got: `a ${info.family.name} autoencoder, which knows none`,
    });
  }
  if (asked !== undefined) requireClass(asked, "label", info.label.classes);
  return asked ?? own ?? info.label.classes[0];
}

function quantilesIn(
  { data, rows, columns }: Matrix,
  dimension: number,
  shares: readonly number[],
): readonly number[] {
  const sorted = Float32Array.from(
    { length: rows },
    (_, row) => data[row * columns + dimension] as number,
  ).sort();
  return shares.map((share) => {
    const at = share * (rows - 1);
    const below = sorted[Math.floor(at)] as number;
    const above = sorted[Math.ceil(at)] as number;
    return below + (above - below) * (at - Math.floor(at));
  });
}
