/** Where in an image a score comes from: how far each pixel is off, by what is usual there. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Images, Rows } from "../data/source.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import type { ModelFile } from "./file.ts";
import type { Heat } from "./types.ts";

/** Rows with what the model shows of them, 0–255. */
export interface ShownBatch {
  readonly rows: Rows;
  readonly shown: Tensor<"float32">;
}

/**
 * heat = √ G ∗ mean over channels of ((x − shown) / usual)², where `usual` is the root mean square of
 * training rows' residuals at that number, and G a Gaussian of a 28th of the image: single pixels
 * are noise.
 *
 * @throws `data.kind` for models of anything but images
 */
export async function heatOf(
  { model, info }: ModelFile,
  batches: () => AsyncIterable<ShownBatch>,
): Promise<Heat> {
  const { schema } = info;
  if (schema.kind !== "images") {
    throw inputError("data.kind", {
      place: "heat map",
      expected: "a model of images",
      got: schema.kind === "array" ? "one of arrays" : `one of ${schema.kind}`,
      hint: "score with explain: it names the columns",
    });
  }
  const { height, width, channels } = schema;
  const usual = usualSquares(model, height * width * channels);
  const parts: Float32Array[] = [];
  let rows = 0;
  for await (const batch of batches()) {
    parts.push(heatIn(batch.rows as Images, batch.shown.data, usual));
    rows += batch.rows.rows;
  }
  const data = new Float32Array(rows * height * width);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { rows, height, width, data };
}

function heatIn(
  { rows, height, width, channels, data }: Images,
  shown: Float32Array,
  usual: Float64Array,
): Float32Array {
  const pixels = height * width;
  const kernel = gaussian(Math.max(height, width) / 28);
  const heat = new Float32Array(rows * pixels);
  const squares = new Float64Array(pixels);
  for (let row = 0; row < rows; row += 1) {
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      let sum = 0;
      for (let c = 0; c < channels; c += 1) {
        const place = pixel * channels + c;
        const at = row * pixels * channels + place;
        const off = ((data[at] as number) - (shown[at] as number)) / 255;
        sum += (off * off) / (usual[place] as number);
      }
      squares[pixel] = sum / channels;
    }
    const smooth = smoothed(
      smoothed(squares, kernel, width, height, width, 1),
      kernel,
      height,
      width,
      1,
      width,
    );
    for (let pixel = 0; pixel < pixels; pixel += 1)
      heat[row * pixels + pixel] = Math.sqrt(smooth[pixel] as number);
  }
  return heat;
}

/** A pixel that hardly varies says little: its usual residual counts as a third of the others'. */
const SHARED = 0.1;

/** One over the usual residual of each number: what the graph's rule multiplies it by. */
const RESIDUAL = "detector.residual.whitening.0";

/** Mean squares of the residuals of training rows, from the detection rule in the graph. */
function usualSquares({ graph }: OnnxModel, features: number): Float64Array {
  const held = graph.initializers.find(({ name }) => name === RESIDUAL)?.tensor;
  if (held?.dtype !== "float32" || held.data.length !== features)
    return new Float64Array(features).fill(1);
  const squares = Float64Array.from(held.data, (factor) => 1 / (factor * factor));
  const mean = squares.reduce((sum, one) => sum + one, 0) / features;
  return squares.map((one) => (one + SHARED * mean) / (1 + SHARED));
}

/** Half of a kernel, from its middle; sums to 1 with the other half. */
function gaussian(deviation: number): Float64Array {
  const reach = Math.ceil(2.5 * deviation);
  const half = Float64Array.from({ length: reach + 1 }, (_, i) =>
    Math.exp(-0.5 * (i / Math.max(deviation, 1e-6)) ** 2),
  );
  const total = half.reduce((sum, one, i) => sum + (i === 0 ? one : 2 * one), 0);
  return half.map((one) => one / total);
}

/** Along one axis; what lies beyond the border counts as the border. */
function smoothed(
  from: Float64Array,
  kernel: Float64Array,
  length: number,
  lines: number,
  lineStep: number,
  step: number,
): Float64Array {
  const to = new Float64Array(from.length);
  for (let line = 0; line < lines; line += 1) {
    for (let at = 0; at < length; at += 1) {
      let sum = (kernel[0] as number) * (from[line * lineStep + at * step] as number);
      for (let reach = 1; reach < kernel.length; reach += 1) {
        const before = from[line * lineStep + Math.max(0, at - reach) * step] as number;
        const after = from[line * lineStep + Math.min(length - 1, at + reach) * step] as number;
        sum += (kernel[reach] as number) * (before + after);
      }
      to[line * lineStep + at * step] = sum;
    }
  }
  return to;
}
