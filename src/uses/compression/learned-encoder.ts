/** The writing side of a model: blocks → codes in steps that suit the bound. */
import { sizeOf } from "../../base/tensor.ts";
import { elementsOf } from "../../codec/blocks.ts";
import type { LearnedBlock, LearnedEncoder, NumberBlock } from "../../codec/learned.ts";
import type { Rows } from "../../data/source.ts";
import type { ModelFile } from "../../model/file.ts";
import type { Model } from "../../model/types.ts";
import { headRows, stepBelow, stepOf, type ExactPredictor } from "./learned-decoder.ts";

/** How much of the error that the model leaves anyway, rounding its codes may add: tries. */
const SHARES = [0.03, 0.3] as const;
/** Codes beyond are cut. */
const MOST_CODE = 2 ** 24;
/** Rows that steps are chosen by. */
const PROBED = 256;

export function modelEncoder(
  model: Model,
  { info }: ModelFile,
  predictor: ExactPredictor,
  measure: (codes: Float32Array, rows: number) => Promise<readonly number[]>,
): LearnedEncoder {
  const { geometry } = predictor;
  const { latent, shape } = geometry;
  const width = sizeOf(shape);
  const channels =
    info.schema.kind === "series" ? info.schema.channels.map(({ name }) => name) : [];

  /** Rows as the model takes them; the last one filled up with what was there last. */
  function rowsOf(values: Float64Array, count: number): Rows {
    const whole = new Float64Array(count * width);
    let last = 0;
    for (let i = 0; i < whole.length; i += 1) {
      const value = values[i];
      if (value !== undefined && value > -Infinity && value < Infinity) last = value;
      whole[i] = last;
    }
    if (geometry.kind === "images") {
      const [height = 1, across = 1, colours = 1] = shape;
      const data = Uint8Array.from(whole);
      return { kind: "images", rows: count, height, width: across, channels: colours, data };
    }
    if (geometry.kind === "array") return { kind: "array", rows: count, shape, data: whole };
    const [window = 1] = shape;
    const starts = Int32Array.from({ length: count }, (_, i) => i * window);
    return { kind: "series", rows: count, window, channels, values: whole, starts };
  }

  /** By how much a reconstruction moves with each latent: root mean square a unit, an element. */
  async function sensitivities(
    codes: Float32Array,
    rows: number,
    limits: readonly number[],
  ): Promise<readonly number[]> {
    const count = Math.min(rows, PROBED);
    const spread = spreadsOf(codes, latent);
    const base = Float64Array.from(codes.subarray(0, count * latent));
    const plain = await predictor.decode(base, limits, count);
    const found: number[] = [];
    for (let j = 0; j < latent; j += 1) {
      const move = 0.1 * ((spread[j] as number) || 1);
      const moved = base.map((z, i) => (i % latent === j ? z + move : z));
      const other = await predictor.decode(moved, limits, count);
      const square = other.reduce((sum, x, i) => sum + (x - (plain[i] as number)) ** 2, 0);
      found.push(Math.sqrt(square / other.length) / move);
    }
    return found;
  }

  async function* tries(block: NumberBlock, bound: number): AsyncIterable<LearnedBlock> {
    const { values } = block;
    // A part of a row is no row.
    if (geometry.kind !== "series" && (block.from % width !== 0 || values.length % width !== 0)) {
      return;
    }
    const rows = Math.ceil(values.length / width);
    const { data: codes } = await model.encode(rowsOf(values, rows));
    const limits = await measure(codes, rows);
    const exact = Float64Array.from(codes);
    const said = await predictor.decode(exact, limits, rows);
    let error = 0;
    let known = 0;
    for (const [i, x] of values.entries()) {
      if (!Number.isFinite(x)) continue;
      error += (x - (said[i] as number)) ** 2;
      known += 1;
    }
    const left = error / Math.max(1, known) + (bound * bound) / 3;
    const moves = await sensitivities(codes, rows, limits);
    for (const share of SHARES) {
      const steps = moves.map((move) =>
        stepBelow(move > 0 ? Math.sqrt((12 * share * left) / latent) / move : 1e6),
      );
      const head = headRows({ steps, limits });
      const all = new Int32Array(head.length + codes.length);
      all.set(head);
      for (let i = 0; i < codes.length; i += 1) {
        const code = Math.round((codes[i] as number) / stepOf(steps[i % latent] as number));
        all[head.length + i] = Math.max(-MOST_CODE, Math.min(MOST_CODE, code || 0));
      }
      if (all.length > elementsOf(block)) return;
      const predictions = await predictor.predict(all, all.length / latent, block);
      yield { codes: all, size: latent, predictions };
    }
  }

  return { tries };
}

function spreadsOf(codes: Float32Array, latent: number): readonly number[] {
  const rows = codes.length / latent;
  return Array.from({ length: latent }, (_, j) => {
    let sum = 0;
    let square = 0;
    for (let row = 0; row < rows; row += 1) {
      const z = codes[row * latent + j] as number;
      sum += z;
      square += z * z;
    }
    return Math.sqrt(Math.max(0, square / rows - (sum / rows) ** 2));
  });
}
