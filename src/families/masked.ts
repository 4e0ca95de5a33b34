/**
 * The masked autoencoder: rebuild what is hidden from what is seen,
 *
 *   loss = 1 / r · Σ over hidden i of (x_i − decode(encode(seen))_i)²,   seen = x where not hidden,
 *
 * where each row hides a random share r of its units: patches of an image, stretches of a series, or
 * whole columns of a table (a number with its missing-or-not flag, a category with all its words). Dividing by r gives
 * a row's loss the scale of the sum over all of it.
 *
 * He et al. show their transformer the seen patches alone. A body of fixed inputs sees zeros for
 * the hidden ones, what it sees is enlarged by 1 / (1 − r), as by dropout, and a further feature a
 * unit (a channel of an image) says what is hidden: so a whole row, which is what codes are made
 * of, looks to the first layer like the average of its masked ones.
 *
 * With patches of one pixel (a step of a series) this is learning to denoise from noisy data alone:
 * where noise is independent from pixel to pixel, the best guess at a hidden noisy pixel is its clean
 * value, given the others (Batson and Royer, "Noise2Self", 2019, proposition 1).
 *
 * @see He et al., "Masked autoencoders are scalable vision learners" (2021), section 3, for images;
 *   Yoon et al., "VIME: extending the success of self- and semi-supervised learning to tabular
 *   domain" (2020), section 4.1, for tables
 */
import { z } from "zod";
import { inputError } from "../base/errors.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { partOfFeature } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { meanFeatures, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { greaterOrEqual } from "../ops/compare.ts";
import { topK } from "../ops/rank.ts";
import { sum } from "../ops/reduce.ts";
import { gather, slice } from "../ops/select.ts";
import { concat, flatten, reshape, reshapeLike, zerosLike } from "../ops/shape.ts";
import { keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import type { CommonOptions, Family, FamilyEntry, Parts } from "./family.ts";
import { parseOptions } from "./options.ts";
import { spacious } from "./spacious.ts";
import { tileBatch, untile } from "./tile.ts";

const options = z.strictObject({
  ratio: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      "share of a row that is hidden. Default: 0.75 of an image, 0.3 of other rows, 0.125 of single pixels or steps",
    ),
  patch: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      "height and width of an image's patches in pixels, or steps of a series; 1 learns to denoise from noisy data alone. Default: an eighth of the shorter side, at least 2",
    ),
});

type Settings = z.output<typeof options>;
export type MaskedOptions = CommonOptions & z.input<typeof options>;

/**
 * An autoencoder that fills in what is hidden from it.
 *
 * @example
 * const model = await train(masked({ ratio: 0.5 }), images);
 */
export function masked({ latent, body, ...given }: MaskedOptions = {}): Family<
  "reconstruction",
  false
> {
  const settings = parseOptions("masked", options, given);
  return {
    name: "masked",
    options: settings,
    body,
    latent,
    terms: { reconstruction: "squared error" },
    can: { generate: false },
    fillsIn: true,
    suggest: (layout) => (settings.patch === 1 ? spacious(layout, { body, latent }) : {}),
    // Held-out rows are masked too: without a mask there is nothing to rebuild.
    loss: (parts, batch) => {
      const units = unitsOf(parts.layout, settings);
      const { count, hidden } = units;
      const hide = randomMask(parts, batch.x, units);
      const output = rebuilt(parts, batch.x, units, mul(sub(1, hide), count / (count - hidden)));
      const errors = reconstructionParts(parts.scope, parts.layout, batch, output, squared);
      const own = mul(errors, spread(hide, units.ofPart));
      return { reconstruction: { value: mul(sum(own, { axes: [1] }), count / hidden) } };
    },
    encode: (parts, { x }) => encoded(parts, x, unitsOf(parts.layout, settings)),
    decode: (parts, z) => meanFeatures(parts.layout, parts.decoder(z), squared),
    guess: (parts, batch) => {
      const units = unitsOf(parts.layout, settings);
      const { turns, output } = guesses(parts, batch, units);
      const hide = spread(perTurn(turns, batch.x), units.ofFeature);
      const means = mul(flatten(meanFeatures(parts.layout, output, squared)), hide);
      const times = sumOf(turns.map(([first]) => first ?? 0));
      const all = sum(untile(means, turns.length, batch.x), { axes: [0] });
      return reshapeLike(mul(all, 1 / times), batch.x.shape);
    },
    // Every unit is hidden in turn, and its error is that of a guess made without it.
    score: (parts, batch) => {
      const units = unitsOf(parts.layout, settings);
      const { turns, rows, output } = guesses(parts, batch, units);
      const errors = reconstructionParts(parts.scope, parts.layout, rows, output, squared);
      const hide = spread(perTurn(turns, batch.x), units.ofPart);
      const own = untile(mul(errors, hide), turns.length, batch.x);
      // Each unit was hidden as often as any other.
      const times = sumOf(turns.map(([first]) => first ?? 0));
      const shares = mul(sum(own, { axes: [0] }), 1 / times);
      return { score: sum(shares, { axes: [1] }), parts: shares };
    },
  };
}

/** Of single pixels, each is guessed from all others nearly: few are hidden at a time. */
const BLIND = 0.125;

/** What is hidden together. */
interface Units {
  /** Patches of an image, or of the steps of a series; else columns. */
  readonly patches: boolean;
  readonly count: number;
  /** How many are hidden in a row. */
  readonly hidden: number;
  /** For each feature of a flattened row, its unit. */
  readonly ofFeature: readonly number[];
  /** For each part of the loss, its unit. */
  readonly ofPart: readonly number[];
}

function unitsOf(layout: Layout, { ratio, patch }: Settings): Units {
  const image = layout.shape.length === 3;
  const patches = image || layout.shape.length === 2;
  if (patch !== undefined && !patches) {
    throw inputError("options.invalid", {
      place: "masked, option patch",
      expected: "images or series to cut into patches",
      got: "rows, whose columns are hidden whole",
    });
  }
  const ofFeature = patches ? patchOfFeature(layout, patch) : columnOfFeature(layout);
  const count = 1 + Math.max(...ofFeature);
  if (count < 2) {
    throw inputError("options.invalid", {
      place: patch === undefined ? "masked" : "masked, option patch",
      expected: patches
        ? `patches smaller than the ${image ? "image" : "window"}`
        : "at least 2 columns",
      got: patches ? `one of ${layout.shape.slice(0, -1).join(" × ")}` : "1",
      hint: "part of a row is rebuilt from the rest of it",
    });
  }
  const parts = partOfFeature(layout);
  const share = ratio ?? (patch === 1 ? BLIND : image ? 0.75 : 0.3);
  return {
    patches,
    count,
    hidden: Math.min(count - 1, Math.max(1, Math.round(share * count))),
    ofFeature,
    ofPart: ofFeature.filter((_, i) => parts[i] !== parts[i - 1]),
  };
}

function patchOfFeature({ shape }: Layout, patch: number | undefined): readonly number[] {
  const channels = shape.at(-1) as number;
  // A series is an image of one pixel's width, whose patches are stretches of time.
  const [height, width = 1] = shape.slice(0, -1) as [number, number?];
  const shorter = shape.length === 3 ? Math.min(height, width) : height;
  const side = patch ?? Math.max(2, Math.round(shorter / 8));
  const across = Math.ceil(width / side);
  return Array.from({ length: height * width * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return Math.floor(pixel / width / side) * across + Math.floor((pixel % width) / side);
  });
}

function columnOfFeature(layout: Layout): readonly number[] {
  const { columns } = layout;
  const parts = partOfFeature(layout);
  if (columns === undefined) return parts;
  const numbered = [...new Set(columns)];
  return parts.map((part) => numbered.indexOf(columns[part] as number));
}

/** The decoder's output for all rows in every turn. */
function guesses(parts: Parts, batch: Batch, units: Units) {
  const turns = turnsOf(units);
  const rows = tileBatch(batch, turns.length);
  const output = rebuilt(parts, rows.x, units, perTurn(turns.map(shownIn), batch.x));
  return { turns, rows, output };
}

/** 1 for hidden units, `[batch, units]`: as many in every row. */
function randomMask({ scope }: Parts, x: Value, { count, hidden }: Units): Value {
  const draws = scope.uniform(slice(flatten(x), 0, count, 1));
  const least = slice(topK(draws, hidden).values, hidden - 1, hidden, 1);
  return cast(greaterOrEqual(draws, least), x.dtype);
}

/** `[rows, units]` → `[rows, features]`, or parts. */
function spread(perUnit: Value, unitOf: readonly number[]): Value {
  return unitOf.every((unit, i) => unit === i) ? perUnit : gather(perUnit, unitOf, 1);
}

/**
 * The decoder's output for rows of which units are shown.
 *
 * @param shown 0 for hidden units, more than 1 for others, 1 on average: `[rows, units]`
 */
function rebuilt(parts: Parts, x: Value, units: Units, shown: Value): Value {
  const perFeature = spread(shown, units.ofFeature);
  if (!units.patches) return decodedFrom(parts, mul(flatten(x), perFeature), sub(shown, 1));
  const weights = reshapeLike(perFeature, x.shape);
  return decodedFrom(parts, mul(x, weights), sub(slice(weights, 0, 1, -1), 1));
}

function decodedFrom(parts: Parts, seen: Value, signs: Value): Value {
  return parts.decoder(parts.encoder(concat([seen, signs], -1), parts.latent));
}

/** The code of whole rows: nothing hidden, nothing enlarged. */
function encoded(parts: Parts, x: Value, { patches, count }: Units): Value {
  const rows = patches ? x : flatten(x);
  const signs = zerosLike(slice(rows, 0, patches ? 1 : count, -1));
  return parts.encoder(concat([rows, signs], -1), parts.latent);
}

/**
 * Masks that hide every unit as often as any other, near the ratio: one group of units is hidden at
 * a time, or shown at a time where more than half is hidden. Groups are shuffled once and for all,
 * so that they look like random masks.
 */
function turnsOf({ count, hidden }: Units): readonly (readonly number[])[] {
  const few = Math.min(hidden, count - hidden);
  const groups = Math.round(count / few);
  const places = permutation(keyAt(0, 0), count);
  return Array.from({ length: groups }, (_, group) =>
    Array.from(places, (place) => Number((place % groups === group) === (hidden === few))),
  );
}

/** What a turn shows, enlarged. */
function shownIn(turn: readonly number[]): readonly number[] {
  const seen = turn.length - sumOf(turn);
  return turn.map((hidden) => ((1 - hidden) * turn.length) / seen);
}

/** Rows of numbers, one a turn → one a row of the tiled batch. */
function perTurn(rows: readonly (readonly number[])[], x: Value): Value {
  const shape = [rows.length, 1, rows[0]?.length ?? 0];
  const table = constant(
    x.dtype === "float64"
      ? tensor("float64", Float64Array.from(rows.flat()), shape)
      : tensor("float32", Float32Array.from(rows.flat()), shape),
  );
  const zeros = reshape(zerosLike(slice(flatten(x), 0, 1, 1)), [1, -1, 1]);
  return reshape(add(table, zeros), [-1, shape[2] as number]);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

export const maskedEntry: FamilyEntry = {
  summary: "fills in patches or columns that are hidden from it",
  options,
  create: (own, common) => masked({ ...(own as z.input<typeof options>), ...common }),
};
