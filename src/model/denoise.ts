/**
 * Rows without their noise: pictures and arrays as the network sees them, in overlapping tiles where they
 * are larger than those it was trained on; tables with what is missing filled in and what is implausible
 * replaced; series folded back from their windows.
 */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Rows, SeriesWindows } from "../data/source.ts";
import { exportModel } from "../graph/export.ts";
import type { Session } from "../runtime/engine.ts";
import { batchFromRaw, completeLabel, partsIn, rawInputs } from "../train/network.ts";
import { weightedScope } from "../train/weights.ts";
import { requireWhole } from "./chunks.ts";
import { sourceOf } from "./data.ts";
import { denoisedCells } from "./denoise-cells.ts";
import { denoisedGrids } from "./denoise-grids.ts";
import { misplaced } from "./denoise-misplaced.ts";
import type { Inner } from "./runner.ts";
import { overlapped } from "./overlap.ts";
import { notOfChoices } from "./refuse.ts";
import { networkFrom, weightsFrom } from "./restore.ts";
import { foldedRows, requireSeries } from "./score-points.ts";
import type { Data, DenoiseOptions, Denoised } from "./types.ts";

const WORDS = {
  table: "a table",
  images: "images",
  array: "arrays of height and width",
  series: "series",
  interactions: "interactions",
};

/** @throws `options.invalid`, `data.kind` for series, and what reading the data throws */
export async function* denoiseBatches(
  inner: Inner,
  data: Data,
  options: DenoiseOptions,
): AsyncGenerator<Denoised> {
  requireOptions(options);
  const source = sourceOf(data);
  const { kind, layout } = inner.preprocessing;
  if (kind === "interactions") throw notOfChoices(source.name, "denoising");
  if (kind === "series") {
    throw inputError("data.kind", {
      place: source.name,
      expected: "rows that stand alone",
      got: "windows of series",
      hint: "call denoisePoints, which puts the windows together again",
    });
  }
  const cells = layout.shape.length === 1;
  if (cells) {
    yield* denoisedCells(inner, source, options);
    return;
  }
  for (const option of ["repair", "rounds"] as const)
    if (options[option] !== undefined)
      throw misplaced(option, "tables or vectors, whose cells are filled in", WORDS[kind]);
  const session = await expecting(inner);
  const grids = denoisedGrids(inner, source, options, async (feeds) => {
    const out = await session.run(feeds, { fetch: ["reconstruction"] });
    return (out["reconstruction"] as Tensor<"float32" | "float64">).data;
  });
  for await (const rows of grids) yield { rows };
}

/** Series without noise and without holes, `[points, channels]` in raw units. */
export async function denoisePoints(
  inner: Inner,
  data: Data,
  options: DenoiseOptions,
): Promise<Float64Array> {
  const source = requireSeries(data);
  for (const option of ["repair", "rounds", "noise"] as const)
    if (options[option] !== undefined) throw misplaced(option, "other data than series", "series");
  const session = await expecting(inner);
  const windows = overlapped(inner.chunks(source, options), async ({ feeds, rows }) => {
    const out = await session.run(feeds);
    return inner.preprocessing.rows(out, rows.rows) as SeriesWindows;
  });
  return foldedRows(source, windows);
}

/**
 * The graph from raw rows to what is expected of them: each part from the others alone where the family
 * learned that, else the reconstruction.
 */
function expecting(inner: Inner): Promise<Session> {
  return inner.opened("denoise", () => {
    const { file, name } = inner;
    const network = networkFrom(file.info, name);
    const { family, preprocessing } = network;
    const inputs = rawInputs(network);
    const batch = batchFromRaw(network, inputs);
    const parts = partsIn(weightedScope(weightsFrom(file.model, network, name)), network);
    const label = completeLabel(network, parts, batch);
    const whole = label === undefined ? batch : { ...batch, label };
    const features =
      family.guess?.(parts, whole) ?? family.decode(parts, family.encode(parts, whole), label);
    return exportModel({
      name: "denoise",
      inputs: Object.values(inputs),
      outputs: preprocessing.outputs(features),
    });
  });
}

function requireOptions({ repair, rounds, noise }: DenoiseOptions): void {
  if (rounds !== undefined) requireWhole("rounds of filling in", rounds, 1);
  if (repair !== undefined && repair !== false && !(repair > 0 && repair < 1)) {
    throw inputError("options.invalid", {
      place: "repair",
      expected: "a share of usual cells above 0 and below 1, or false",
      got: String(repair),
      hint: "0.0001 replaces one usual cell in 10,000 by mistake",
    });
  }
  if (noise !== undefined && !(noise >= 0 && noise < Infinity)) {
    throw inputError("options.invalid", {
      place: "noise",
      expected: "a standard deviation from 0",
      got: String(noise),
      hint: "of images a share of the range from black to white, such as 0.1",
    });
  }
}

/** All batches as one. */
export function joinDenoised(
  batches: readonly Denoised[],
  join: (rows: readonly Rows[]) => Rows,
): Denoised {
  const rows = join(batches.map((batch) => batch.rows));
  const columns = batches[0]?.changes?.columns;
  if (columns === undefined) return { rows };
  const marks = new Uint8Array(rows.rows * columns.length);
  let at = 0;
  for (const { changes } of batches) {
    marks.set(changes?.marks ?? [], at);
    at += changes?.marks.length ?? 0;
  }
  return { rows, changes: { columns, marks } };
}
