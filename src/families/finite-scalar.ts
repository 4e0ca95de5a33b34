/**
 * The autoencoder with finite scalar quantization: loss = ‖x − decode(quantize(encode(x)))‖²,
 *
 *   quantize(z) = round(bound(z)) / ⌊L / 2⌋,   bound(z) = (L − 1)(1 − epsilon) / 2 · tanh(z + shift) − offset,
 *
 * number by number, where L is the number of levels that number may take. The offset, ½ for an
 * even L, puts L whole numbers within the bounds; the shift keeps zero near zero. Rounding passes
 * its gradient straight through. The code book is the grid of all levels: nothing to learn, and
 * so nothing to collapse and no term to hold it in place.
 *
 * @see Mentzer, Minnen, Agustsson and Tschannen, "Finite scalar quantization: VQ-VAE made simple"
 *   (2023), section 3.1 and appendix A.1
 */
import { z } from "zod";
import type { DType } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { gemm } from "../ops/matrix.ts";
import { round, stopGradient, tanh } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import type { CommonOptions, Family, FamilyEntry, Parts } from "./family.ts";
import { parseOptions } from "./options.ts";

/** Symbols are computed in float32, which holds whole numbers up to here. */
const MOST_SYMBOLS = 2 ** 24;

const options = z.strictObject({
  levels: z
    .array(z.number().int().min(2))
    .min(1)
    .refine((levels) => productOf(levels) <= MOST_SYMBOLS, {
      message: `levels whose product, the number of symbols, is at most ${MOST_SYMBOLS}`,
    })
    .default([8, 5, 5, 5])
    .describe(
      "values each number of the code may take, again from the first for longer codes; as many " +
        "numbers as there are entries make one symbol",
    ),
});

export type FiniteScalarOptions = CommonOptions & z.input<typeof options>;

/**
 * An autoencoder whose code is on a grid: a few symbols a row, each of a finite alphabet.
 *
 * @example
 * const model = await train(finiteScalar({ latent: 16, levels: [8, 5, 5, 5] }), images);
 */
export function finiteScalar({ latent, body, ...given }: FiniteScalarOptions = {}): Family<
  "reconstruction",
  false
> {
  const parsed = parseOptions("finite-scalar", options, given);
  const { levels } = parsed;
  return {
    name: "finite-scalar",
    options: parsed,
    body,
    latent,
    terms: { reconstruction: "squared error" },
    can: { generate: false },
    loss: (parts, batch) => {
      const output = parts.decoder(codeOf(parts, batch.x, levels));
      const value = reconstructionLoss(parts.scope, parts.layout, batch, output, squared);
      return { reconstruction: { value } };
    },
    encode: (parts, { x }) => codeOf(parts, x, levels),
    decode: (parts, z) => meanFeatures(parts.layout, parts.decoder(z), squared),
    symbols: (parts, { x }) => symbolsOf(parts, codeOf(parts, x, levels), levels),
    score: (parts, batch) => {
      const output = parts.decoder(codeOf(parts, batch.x, levels));
      const errors = reconstructionParts(parts.scope, parts.layout, batch, output, squared);
      return { score: sum(errors, { axes: [1] }), parts: errors };
    },
  };
}

/** Room left at the bounds, so that tanh comes near the outermost levels at all. */
const EPSILON = 1e-3;

/** Levels of each number of the code. */
function levelsAlong(latent: number, levels: readonly number[]): readonly number[] {
  return Array.from({ length: latent }, (_, i) => levels[i % levels.length] as number);
}

/** The code on its grid in [−1, 1], `[batch, latent]`. */
function codeOf(parts: Parts, x: Value, levels: readonly number[]): Value {
  const each = levelsAlong(parts.latent, levels);
  const halves = each.map((count) => ((count - 1) * (1 - EPSILON)) / 2);
  const offsets = each.map((count) => (count % 2 === 0 ? 0.5 : 0));
  // As in the paper, tan and not artanh, which two levels would take beyond its domain.
  const shifts = offsets.map((offset, i) => Math.tan(offset / (halves[i] as number)));
  const row = (values: readonly number[]): Value => rowOf(values, parts.scope.dtype);
  const z = parts.encoder(x, parts.latent);
  const bound = sub(mul(tanh(add(z, row(shifts))), row(halves)), row(offsets));
  // The added zero carries the gradient, and the value is whole to the last bit.
  const whole = add(round(bound), sub(bound, stopGradient(bound)));
  return div(whole, row(each.map(widthOf)));
}

/** Steps from the middle of the grid to its end. */
function widthOf(count: number): number {
  return Math.floor(count / 2);
}

/** Numbers of the code as digits of mixed radix: the first of a symbol counts least. */
function symbolsOf(parts: Parts, code: Value, levels: readonly number[]) {
  const each = levelsAlong(parts.latent, levels);
  const positions = Math.ceil(parts.latent / levels.length);
  const values = new Float32Array(parts.latent * positions);
  for (const i of each.keys()) {
    const place = i % levels.length;
    values[i * positions + Math.floor(i / levels.length)] = productOf(levels.slice(0, place));
  }
  const { dtype } = parts.scope;
  const widths = rowOf(each.map(widthOf), dtype);
  const digits = round(add(mul(code, widths), widths));
  const places = cast(constant(tensor("float32", values, [parts.latent, positions])), dtype);
  return {
    index: cast(gemm(digits, places), "int64"),
    size: productOf(levels.slice(0, parts.latent)),
  };
}

function productOf(levels: readonly number[]): number {
  return levels.reduce((product, count) => product * count, 1);
}

/** `[1, numbers]`, to be broadcast over a batch. */
function rowOf(values: readonly number[], dtype: DType): Value {
  const shape = [1, values.length];
  return dtype === "float64"
    ? constant(tensor("float64", Float64Array.from(values), shape))
    : constant(tensor("float32", Float32Array.from(values), shape));
}

export const finiteScalarEntry: FamilyEntry = {
  summary: "a code of whole steps on a grid: a few symbols a row, with no code book to learn",
  options,
  create: (own, common) => finiteScalar({ ...(own as z.input<typeof options>), ...common }),
};
