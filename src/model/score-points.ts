/** The scores of a series' points: windows are scored a chunk at a time and folded back. */
import { inputError } from "../base/errors.ts";
import type { SeriesPoints, SeriesSource, SeriesWindows } from "../data/source.ts";
import type { Alarms } from "../detect/calibration.ts";
import { sourceOf } from "./data.ts";
import type { FoldedScores } from "./fold.ts";
import { createFold, foldScores } from "./fold.ts";
import type { Data } from "./types.ts";

export interface FoldedPoints extends FoldedScores {
  readonly channels: readonly string[];
  /** What the points are: their rows, series and times, one entry a score. */
  readonly points: SeriesPoints;
  /** Steps of a window. */
  readonly window: number;
}

/** With p-values and alarms, one a point. */
export interface PointScores extends FoldedPoints, Alarms {}

/** What the model says of some windows. */
export interface WindowBatch {
  readonly rows: SeriesWindows;
  readonly scores: Float32Array;
  /** `[rows, window, channels]` */
  readonly parts: Float32Array;
}

export function requireSeries(data: Data): SeriesSource {
  const source = sourceOf(data);
  if (source.kind === "series") return source;
  throw inputError("data.kind", {
    place: source.name,
    expected: "series, whose windows have points",
    got: source.kind === "table" ? "a plain table" : source.kind,
    hint: "open it with readSeries, or --as series",
  });
}

export async function pointScores(
  source: SeriesSource,
  batches: AsyncIterable<WindowBatch>,
): Promise<FoldedPoints> {
  const { channels, points, window } = source;
  const fold = foldScores({ points: points.rows.length, steps: window, channels: channels.length });
  for await (const { rows, scores, parts } of batches) {
    fold.add({ starts: rows.starts, scores, parts });
  }
  return { ...fold.end(), channels, points, window };
}

/** Reconstructed windows → `[points, channels]`, each the mean of the windows that cover it. */
export async function foldedRows(
  source: SeriesSource,
  batches: AsyncIterable<SeriesWindows>,
): Promise<Float64Array> {
  const { channels, points, starts, window } = source;
  const width = channels.length;
  const fold = createFold({ points: points.rows.length, steps: window, width });
  let first = 0;
  for await (const { rows, values } of batches) {
    fold.add(starts.subarray(first, first + rows), values);
    first += rows;
  }
  return fold.end();
}
