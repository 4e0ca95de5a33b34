/** What a run takes when it is not told: from the data's size alone, so that it can be explained. */
import type { Body } from "../bodies/body.ts";
import { dense } from "../bodies/dense.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { Layout } from "../losses/layout.ts";
import { featuresOf } from "../losses/layout.ts";

/** A third of the columns, or about the root of the pixels as a power of two. */
export function defaultLatent({ kind, layout, columns }: Preprocessing): number {
  if (kind === "table" || layout.shape.length === 1)
    return clamp(Math.ceil(columns.length / 3), 2, 32);
  return clamp(2 ** Math.round(Math.log2(1.15 * Math.sqrt(featuresOf(layout)))), 4, 128);
}

/** Two hidden layers, the first about twice as wide as the features. */
export function defaultBody(layout: Layout): Body {
  const wide = clamp(2 ** Math.ceil(Math.log2(2 * featuresOf(layout))), 64, 512);
  return dense([wide, wide / 2]);
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
