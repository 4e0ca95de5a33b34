/** What a run takes when it is not told: from the data's size alone, so that it can be explained. */
import type { Body } from "../bodies/body.ts";
import { dense } from "../bodies/dense.ts";
import { sequence } from "../bodies/sequence.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { featuresOf } from "../losses/layout.ts";

/** A third of the columns, or about the root of the pixels as a power of two. */
export function defaultLatent({ kind, layout, columns }: Preprocessing): number {
  if (kind === "table" || layout.shape.length === 1)
    return clamp(Math.ceil(columns.length / 3), 2, 32);
  return clamp(2 ** Math.round(Math.log2(1.15 * Math.sqrt(featuresOf(layout)))), 4, 128);
}

/** Features from which a code of a quarter as many takes one hidden layer. */
const MANY_FEATURES = 48;

/**
 * Two hidden layers, the first about twice as wide as the features. One where many features keep a
 * quarter of their number: there the second only adds steps to the path, and codes that a linear
 * model reads less well (docs/results.md, digits). For series convolutions over about 16 spans of
 * a window, which three of them see whole.
 */
export function defaultBody(
  { kind, layout }: Pick<Preprocessing, "kind" | "layout">,
  latent: number,
): Body {
  if (kind === "series") {
    const [window, channels] = layout.shape as readonly [number, number];
    const span = clamp(2 ** Math.floor(Math.log2(window / 16)), 1, 32);
    const width = clamp(2 ** Math.ceil(Math.log2(span * channels)), 32, 128);
    return sequence([width, width, width], { span });
  }
  const features = featuresOf(layout);
  const wide = clamp(2 ** Math.ceil(Math.log2(2 * features)), 64, 512);
  return dense(features >= MANY_FEATURES && 4 * latent >= features ? [wide] : [wide, wide / 2]);
}

export function defaultBatch(rows: number): number {
  return rows < 1000 ? 32 : rows < 10_000 ? 64 : 128;
}

/** About 5,000 steps; early stopping ends sooner what needs less. */
export function defaultEpochs(rows: number, batch: number): number {
  return clamp(Math.ceil(5000 / Math.ceil(rows / batch)), 5, 400);
}

export function defaultPatience(epochs: number): number {
  return Math.max(10, Math.ceil(epochs / 5));
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
