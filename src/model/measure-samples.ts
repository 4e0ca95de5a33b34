/** New rows of a model, judged beside controls that learned from its training rows. */
import { inputError } from "../base/errors.ts";
import { pickRows } from "../data/pick.ts";
import type { Schema } from "../data/preprocessing.ts";
import type { Rows, Source } from "../data/source.ts";
import { drawnRows } from "../evaluate/detection/points.ts";
import type { Encoder } from "../evaluate/metrics/metric.ts";
import { LEAST_ROWS } from "../evaluate/metrics/neighbours.ts";
import type { Judgement } from "../evaluate/synthesis/index.ts";
import { judgeSamples } from "../evaluate/synthesis/index.ts";
import type { Engine } from "../runtime/engine.ts";
import { sourceOf } from "./data.ts";
import { featureSpace } from "./feature-space.ts";
import type { Data, Generative } from "./types.ts";

/** Training rows that controls learn from and copies are looked for in, and the numbers they hold. */
const MOST_TRAINING = 60_000;
const MOST_NUMBERS = 2 ** 26;
const MOST_HELD_OUT = 10_000;
/** New rows: of tables as many as a classifier learns from. */
const MOST_SAMPLES = 5000;
const MOST_TABLE_SAMPLES = 20_000;
const SEED = 0;

export interface SamplesRequest {
  readonly engine: Engine;
  readonly features: number;
  /** Of the model: what its new rows hold, controls have to learn too. */
  readonly schema: Schema;
  readonly generate: Generative["generate"];
  readonly controlsFrom: Data;
  readonly target?: string | undefined;
  readonly encoder?: Encoder | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns undefined where there are too few rows of either to judge by
 * @throws `options.invalid` for a target that is no column, or of rows that have none
 */
export async function measureSamples(
  source: Source,
  { engine, features, schema, generate, controlsFrom, target, encoder, signal }: SamplesRequest,
): Promise<Judgement | undefined> {
  const training = sourceOf(controlsFrom);
  requireSame(training, schema);
  requireTarget(training, target);
  if (Math.min(training.rows, source.rows) < LEAST_ROWS) return undefined;
  const table = source.kind === "table";
  const most = Math.max(LEAST_ROWS, Math.min(MOST_TRAINING, Math.floor(MOST_NUMBERS / features)));
  const some = (from: Source, count: number): Promise<Rows> =>
    pickRows(from, drawnRows(from.rows, count, SEED), signal);
  const train = await some(training, most);
  const heldOut = await some(source, Math.min(MOST_HELD_OUT, most));
  const wanted = table
    ? Math.min(MOST_TABLE_SAMPLES, training.rows)
    : Math.min(MOST_SAMPLES, source.rows);
  const samples = await generate(Math.max(LEAST_ROWS, wanted), {
    seed: SEED,
    ...(signal === undefined ? {} : { signal }),
  });
  const own = table || encoder !== undefined ? undefined : await featureSpace(training, { signal });
  try {
    return await judgeSamples({
      engine,
      train,
      heldOut,
      samples,
      target,
      encoder: encoder ?? (own && { name: SPACE, encode: (rows) => own.encode(rows) }),
      seed: SEED,
      signal,
    });
  } finally {
    await own?.close();
  }
}

const SPACE =
  "the codes of a denoising autoencoder that learned from the training rows (fixed, whatever is judged)";

function requireSame(training: Source, schema: Schema): void {
  if (training.kind !== "table" || schema.kind !== "table") return;
  const given = training.columns.map(({ name }) => name);
  const missing = schema.columns.map(({ name }) => name).filter((name) => !given.includes(name));
  if (missing.length === 0) return;
  const list = (names: readonly string[]): string =>
    names.map((name) => JSON.stringify(name)).join(", ");
  throw inputError("data.column-missing", {
    place: `${training.name}, what controls learn from`,
    expected: `column${missing.length > 1 ? "s" : ""} ${list(missing)}, as new rows have`,
    got: `columns ${list(given)}`,
    hint: "give the rows that the model was trained on",
  });
}

function requireTarget(training: Source, target: string | undefined): void {
  if (target === undefined) return;
  const columns = training.kind === "table" ? training.columns.map(({ name }) => name) : [];
  if (columns.includes(target)) return;
  throw inputError("options.invalid", {
    place: "target, what is to be learned from samples",
    expected:
      training.kind === "table"
        ? `a column of ${training.name}: ${columns.slice(0, 10).join(", ")}${columns.length > 10 ? ", …" : ""}`
        : "rows of a table",
    got: training.kind === "table" ? JSON.stringify(target) : training.kind,
  });
}
