/**
 * The vector-quantized autoencoder: the encoder's numbers are cut into vectors z, and each is
 * replaced by the nearest entry e of one code book,
 *
 *   loss = ‖x − decode(e)‖² + commitment · ‖z − stop(e)‖²,   e = argmin over the book of ‖z − e‖²,
 *
 * where the gradient of the reconstruction passes straight from e to z. The book has no gradient:
 * it follows the vectors it stands for, by moving averages of how many they are and of their sum,
 *
 *   count ← decay · count + (1 − decay) · n,   sum ← decay · sum + (1 − decay) · Σ z,   e = sum / count.
 *
 * Counts are kept relative to an even use of all entries, so that 1 is an entry's fair share
 * whatever the size of a batch. An entry used less than the share `restart` of that is dead; it is
 * put where a randomly chosen vector of the batch is. So the first batch makes the first book.
 *
 * @see van den Oord, Vinyals and Kavukcuoglu, "Neural discrete representation learning" (2017),
 *   equation 3 and appendix A.1; Dhariwal et al., "Jukebox" (2020), section 3.1, for restarts
 */
import { z } from "zod";
import { inputError } from "../base/errors.ts";
import type { Value } from "../graph/value.ts";
import { scalar } from "../graph/value.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import { normal, zeros } from "../nn/initializers.ts";
import type { Scope } from "../nn/scope.ts";
import { add, div, mul, neg, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { where } from "../ops/choice.ts";
import { greater, lessOrEqual } from "../ops/compare.ts";
import { dynamicSize } from "../ops/count.ts";
import { gemm } from "../ops/matrix.ts";
import { floor, square, stopGradient } from "../ops/pointwise.ts";
import { argMax } from "../ops/rank.ts";
import { sum, sumOfSquares } from "../ops/reduce.ts";
import { gather, scatterAdd } from "../ops/select.ts";
import { broadcastLike, reshape, reshapeLike } from "../ops/shape.ts";
import type { CommonOptions, Family, FamilyEntry, Parts } from "./family.ts";
import { parseOptions } from "./options.ts";

/** Longer vectors leave a code too few positions: each is worth log2(codes) bits, however long. */
const LONGEST = 4;

const options = z.strictObject({
  codes: z.number().int().min(2).default(512).describe("entries of the code book"),
  dimension: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      `numbers in a vector; must divide the latent. Default: the largest of 1 to ${LONGEST} that does`,
    ),
  commitment: z
    .number()
    .nonnegative()
    .default(0.25)
    .describe("weight of the distance between the encoder's vectors and their entries"),
  decay: z
    .number()
    .min(0)
    .lt(1)
    .default(0.99)
    .describe("what an entry keeps of itself at each step; the rest follows its vectors"),
  restart: z
    .number()
    .positive()
    .max(1)
    .default(0.05)
    .describe("share of an even use below which an entry is put at a random vector of the batch"),
});

type Settings = z.output<typeof options>;
export type VectorQuantizedOptions = CommonOptions & z.input<typeof options>;

/**
 * An autoencoder whose code is a few entries of a learned code book.
 *
 * @example
 * const model = await train(vectorQuantized({ latent: 32, codes: 256 }), images);
 */
export function vectorQuantized({ latent, body, ...given }: VectorQuantizedOptions = {}): Family<
  "reconstruction" | "commitment",
  false
> {
  const settings = parseOptions("vector-quantized", options, given);
  if (latent !== undefined) dimensionOf(latent, settings);
  return {
    name: "vector-quantized",
    options: settings,
    body,
    latent,
    terms: { reconstruction: "squared error", commitment: "squared error" },
    can: { generate: false },
    loss: (parts, batch) => {
      const z = vectorsOf(parts, batch.x, settings);
      const known = bookIn(parts, settings);
      const book = parts.scope.training ? restarted(parts.scope, known, z, settings) : known;
      const { index, code } = quantized(parts, z, book);
      if (parts.scope.training) follow(parts.scope, book, z, index, settings);
      // The added zero carries the gradient past the choice, and the value is the entry's own.
      const flat = flatten(parts, z);
      const output = parts.decoder(add(stopGradient(code), sub(flat, stopGradient(flat))));
      return {
        reconstruction: {
          value: reconstructionLoss(parts.scope, parts.layout, batch, output, squared),
        },
        commitment: {
          value: sum(square(sub(flat, stopGradient(code))), { axes: [1] }),
          weight: settings.commitment,
        },
      };
    },
    encode: (parts, { x }) => codeOf(parts, x, settings).code,
    decode: (parts, z) => meanFeatures(parts.layout, parts.decoder(z), squared),
    symbols: (parts, { x }) => ({
      index: reshapeLike(codeOf(parts, x, settings).index, [
        x.shape[0] ?? 1,
        parts.latent / dimensionOf(parts.latent, settings),
      ]),
      size: settings.codes,
    }),
    score: (parts, batch) => {
      const output = parts.decoder(codeOf(parts, batch.x, settings).code);
      const errors = reconstructionParts(parts.scope, parts.layout, batch, output, squared);
      return { score: sum(errors, { axes: [1] }), parts: errors };
    },
  };
}

/** Moving averages behind the entries: `counts` `[codes]`, `sums` `[codes, dimension]`. */
interface Book {
  readonly counts: Value;
  readonly sums: Value;
}

function bookIn({ scope, latent }: Parts, settings: Settings): Book {
  const shape = [settings.codes, dimensionOf(latent, settings)];
  return {
    counts: scope.buffer("book.counts", [settings.codes], zeros),
    sums: scope.buffer("book.sums", shape, normal(1)),
  };
}

/** Laplace smoothing, in entries of even use. */
const SMOOTHING = 1e-5;

/** The entries, `[codes, dimension]`. */
function entriesOf({ counts, sums }: Book): Value {
  const codes = counts.shape[0] as number;
  const total = sum(counts);
  const smoothed = mul(div(add(counts, SMOOTHING), add(total, codes * SMOOTHING)), total);
  // Before the first step nothing has been counted, and the sums are the entries.
  const divisor = where(greater(counts, 0), smoothed, 1);
  return div(sums, reshape(divisor, [codes, 1]));
}

/** The encoder's vectors, `[batch · positions, dimension]`. */
function vectorsOf(parts: Parts, x: Value, settings: Settings): Value {
  const size = dimensionOf(parts.latent, settings);
  return reshape(parts.encoder(x, parts.latent), [-1, size]);
}

/** Vectors → codes, `[batch, latent]`. */
function flatten({ latent }: Parts, vectors: Value): Value {
  return reshape(vectors, [-1, latent]);
}

/** Which entry is nearest each vector, and those entries as codes. */
function quantized(parts: Parts, vectors: Value, book: Book) {
  const entries = entriesOf(book);
  // ‖z − e‖² = ‖z‖² − 2 z·e + ‖e‖², of which the first is the same for all entries.
  const lengths = reshape(sumOfSquares(entries, { axes: [1] }), [1, -1]);
  const index = argMax(gemm(vectors, entries, { transB: 1, alpha: 2 }, neg(lengths)), 1);
  return { index, code: flatten(parts, gather(entries, index)) };
}

function codeOf(parts: Parts, x: Value, settings: Settings) {
  return quantized(parts, vectorsOf(parts, x, settings), bookIn(parts, settings));
}

/** The book with its dead entries at vectors of the batch, as if used just enough to live. */
function restarted(scope: Scope, { counts, sums }: Book, z: Value, { restart }: Settings): Book {
  const vectors = stopGradient(z);
  // The largest draw is 1 − 2⁻²⁴, and times any number of rows it stays below that number.
  const picks = floor(mul(scope.uniform(counts), dynamicSize(vectors, [0])));
  const picked = gather(vectors, cast(picks, "int64"));
  const dead = lessOrEqual(counts, restart);
  return {
    counts: where(dead, restart, counts),
    sums: where(reshape(dead, [-1, 1]), mul(picked, restart), sums),
  };
}

/** Moves the averages toward the vectors of the batch. */
function follow(scope: Scope, { counts, sums }: Book, z: Value, index: Value, settings: Settings) {
  const { codes, decay } = settings;
  const vectors = stopGradient(z);
  const ones = broadcastLike(scalar(1, vectors.dtype), index);
  // An even use of all entries counts 1.
  const even = div(codes, dynamicSize(vectors, [0]));
  const toward = (now: Value, added: Value): Value =>
    add(mul(now, decay), mul(mul(added, even), 1 - decay));
  scope.update("book.counts", toward(counts, scatterAdd(ones, index, 0, codes)));
  scope.update("book.sums", toward(sums, scatterAdd(vectors, index, 0, codes)));
}

function dimensionOf(latent: number, { dimension }: Settings): number {
  if (dimension === undefined) {
    const sizes = Array.from({ length: LONGEST }, (_, i) => LONGEST - i);
    return sizes.find((size) => latent % size === 0) as number;
  }
  if (latent % dimension === 0) return dimension;
  throw inputError("options.invalid", {
    place: "vector-quantized, option dimension",
    expected: `a divisor of the latent, ${latent}, which is cut into vectors of that size`,
    got: String(dimension),
    hint: `take a latent of ${dimension * Math.ceil(latent / dimension)}, or leave the dimension out`,
  });
}

export const vectorQuantizedEntry: FamilyEntry = {
  summary: "codes of a few entries of a learned code book",
  options,
  create: (own, common) => vectorQuantized({ ...(own as z.input<typeof options>), ...common }),
};
