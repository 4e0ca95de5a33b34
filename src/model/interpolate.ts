/** The way from one row to another, through their codes. */
import { inputError } from "../base/errors.ts";
import type { Matrix } from "../base/tensor.ts";
import type { Labels } from "../data/labels.ts";
import type { Rows, Source } from "../data/source.ts";
import { pickSource } from "./companions.ts";
import { sourceOf } from "./data.ts";
import { plausible } from "./plausible.ts";
import type { Data, InterpolateOptions, Model } from "./types.ts";

const STEPS = 8;

export async function interpolated(
  model: Model,
  a: Data,
  b: Data,
  { steps = STEPS, path = "linear", rows: ends = [0, 0], signal }: InterpolateOptions,
): Promise<Rows> {
  requireSteps(steps);
  if (path !== "linear" && path !== "spherical") {
    throw inputError("options.invalid", {
      place: "path",
      expected: "linear or spherical",
      got: String(path),
    });
  }
  const verb = signal === undefined ? {} : { signal };
  const sources: Source[] = [];
  for (const [i, data] of [a, b].entries())
    sources.push(await oneRow(sourceOf(data), ends[i] as number, signal));
  const [from, to] = sources as [Source, Source];
  const first = (await model.encode(from, verb)).data;
  const last = (await model.encode(to, verb)).data;
  signal?.throwIfAborted();
  const codes = between(first, last, steps, path);
  const labels = await labelsBetween(model, from, to, steps);
  const rows = await model.decode(codes, labels === undefined ? {} : { labels });
  return plausible(rows, model.info.schema);
}

async function oneRow(
  source: Source,
  row: number,
  signal: AbortSignal | undefined,
): Promise<Source> {
  if (!(Number.isSafeInteger(row) && row >= 0 && row < source.rows)) {
    throw inputError("options.invalid", {
      place: "rows",
      expected: `a row from 0 to ${source.rows - 1}, as ${source.name} has ${source.rows}`,
      got: String(row),
    });
  }
  return pickSource(source, Int32Array.of(row), signal);
}

export function requireSteps(steps: number): void {
  if (Number.isSafeInteger(steps) && steps >= 2) return;
  throw inputError("options.invalid", {
    place: "steps",
    expected: "a whole number from 2",
    got: String(steps),
  });
}

/**
 * Codes from one to another, both ends exactly. Along the arc, angle and length both change evenly;
 * where the ends point the same way or opposite ways there is no one arc, and the way is straight.
 *
 * @see Shoemake, "Animating rotation with quaternion curves" (1985), equation 3.3 (slerp); White,
 *   "Sampling generative networks" (2016), section 2
 */
export function between(
  a: Float32Array,
  b: Float32Array,
  steps: number,
  path: "linear" | "spherical",
): Matrix {
  const columns = a.length;
  const data = new Float32Array(steps * columns);
  const [far, wide] = [Math.hypot(...a), Math.hypot(...b)];
  const dot = a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
  const angle = Math.acos(Math.max(-1, Math.min(1, dot / (far * wide))));
  const curved = path === "spherical" && Math.sin(angle) > 1e-4;
  for (let step = 0; step < steps; step += 1) {
    const done = step / (steps - 1);
    const length = (1 - done) * far + done * wide;
    const [ofA, ofB] = curved
      ? [
          ((Math.sin((1 - done) * angle) / Math.sin(angle)) * length) / far,
          ((Math.sin(done * angle) / Math.sin(angle)) * length) / wide,
        ]
      : [1 - done, done];
    for (let i = 0; i < columns; i += 1)
      data[step * columns + i] = ofA * (a[i] as number) + ofB * (b[i] as number);
  }
  // No rounding at the ends.
  data.set(a, 0);
  data.set(b, (steps - 1) * columns);
  return { rows: steps, columns, data };
}

/** The first half of the way has the label of one end, the rest that of the other. */
async function labelsBetween(
  model: Model,
  a: Source,
  b: Source,
  steps: number,
): Promise<Labels | undefined> {
  const { info } = model;
  if (info.label === undefined) return undefined;
  const labels: (string | null)[] = [];
  for (const data of [a, b]) {
    const given = (await data.labels?.())?.[0];
    labels.push(given ?? (await model.predict?.(data))?.labels[0] ?? info.label.classes[0] ?? null);
  }
  return Array.from({ length: steps }, (_, step) => labels[Math.round(step / (steps - 1))] ?? null);
}
