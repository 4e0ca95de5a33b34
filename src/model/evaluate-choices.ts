/**
 * How good the recommendations of a model are: histories of which a fifth is kept back, beside
 * popularity, item neighbours and EASE. On the data that the model was trained on, the users that
 * training held out are asked, and the controls learn from the others, as the model did.
 */
import type { Tensor } from "../base/tensor.ts";
import type { InteractionSchema } from "../data/preprocessing.ts";
import {
  concatInteractions,
  placesIn,
  recoded,
  takeInteractions,
  usersPerItem,
} from "../data/interaction-rows.ts";
import type { Interactions, Source } from "../data/source.ts";
import { splitRows } from "../data/split.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { Figures } from "../evaluate/metrics/metric.ts";
import type {
  InteractionSplit,
  RecommendationFigures,
  Score,
} from "../evaluate/recommendation/index.ts";
import { holdOutRows, judgeRecommendations } from "../evaluate/recommendation/index.ts";
import { extractModel } from "../onnx/extract.ts";
import { chunkRows } from "./chunks.ts";
import { sourceOf } from "./data.ts";
import type { Inner } from "./runner.ts";
import type { EvaluateOptions, ModelInfo } from "./types.ts";

/** @throws `data.kind` for data of another kind, `data.rows` where no history is long enough */
export async function evaluateChoices(
  inner: Inner,
  source: Source,
  { controlsFrom, signal }: EvaluateOptions,
): Promise<Evaluation> {
  const { info } = inner.file;
  const schema = info.schema as InteractionSchema;
  const rows = ownItems(source, schema, inner);
  const train = controlsFrom && ownItems(sourceOf(controlsFrom), schema, inner);
  const { split, notes } = splitFor(rows, train, info, schema);
  const judgement = await judgeRecommendations({
    engine: inner.engine(),
    train: split.train,
    heldOut: split.heldOut,
    score: scorer(inner, schema, split.train.items),
    signal,
  });
  const controls = Object.fromEntries(
    Object.entries(judgement.controls).map(([name, { figures }]) => [name, valuesOf(figures)]),
  );
  return {
    model: { family: info.family.name, body: info.body.name, latent: info.latent },
    data: source.name,
    rows: judgement.users.heldOut,
    metrics: valuesOf(judgement.model),
    controls,
    recommendation: judgement,
    dimensions: {},
    notes: [...notes, ...split.notes, ...judgement.notes],
    findings: judgement.findings,
    verdict: judgement.verdict,
  };
}

function valuesOf(figures: RecommendationFigures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, { value }]) => [name, value]));
}

/** With the model's items; refuses other data. */
function ownItems(source: Source, { items }: InteractionSchema, inner: Inner): Interactions {
  if (source.kind !== "interactions") {
    // Says what is wrong.
    inner.preprocessing.feeds({ kind: "table", rows: 0, columns: [] }, source.name);
    throw new TypeError("unreachable");
  }
  return recoded(source.data, items, placesIn(items, source.items));
}

function splitFor(
  rows: Interactions,
  train: Interactions | undefined,
  info: ModelInfo,
  schema: InteractionSchema,
): { readonly split: InteractionSplit; readonly notes: readonly string[] } {
  const by = schema.time !== undefined && rows.times !== undefined ? "time" : "chance";
  const last = by === "time" ? "the latest fifth" : "a fifth";
  const kept = `${last} of each history was kept back`;
  const every = (count: number, from = 0): Int32Array =>
    Int32Array.from({ length: count }, (_, i) => from + i);
  if (train !== undefined) {
    const all = concatInteractions([train, rows]);
    return {
      split: holdOutRows(all, every(rows.rows, train.rows), { by }),
      notes: [`Of users that the controls did not learn from, ${kept}.`],
    };
  }
  const own = trainedOn(rows, info, schema);
  if (own !== undefined) {
    return {
      split: holdOutRows(own.rows, own.heldOut, { by }),
      notes: [
        `These are the data that the model was trained on: it is judged on the ${own.heldOut.length.toLocaleString("en")} users that training held out to know when to stop, and the controls learned from the others. Of the held-out users ${kept}.`,
      ],
    };
  }
  return {
    split: holdOutRows(rows, every(rows.rows), { by, known: true }),
    notes: [
      `Of these users ${kept}; the controls learned from the rest of the same histories. Name the data that the model was trained on with --controls-from to have them learn from those.`,
    ],
  };
}

/** The rows of training and those held out of it, where these are the data of training. */
function trainedOn(
  rows: Interactions,
  { training }: ModelInfo,
  { users, minUserItems = 1 }: InteractionSchema,
): { readonly rows: Interactions; readonly heldOut: Int32Array } | undefined {
  if (training.validationRows === 0) return undefined;
  const long = Int32Array.from({ length: rows.rows }, (_, row) => row).filter(
    (row) => (rows.starts[row + 1] as number) - (rows.starts[row] as number) >= minUserItems,
  );
  const count = training.rows + training.validationRows;
  if (long.length !== count) return undefined;
  const own = takeInteractions(rows, long);
  if (usersPerItem(own).some((one, item) => one !== users[item])) return undefined;
  // A share that gives as many: the draw itself depends on the seed alone.
  const share = (training.validationRows + 0.5) / count;
  return { rows: own, heldOut: splitRows(count, share, training.seed).validation };
}

/** The model's scores of the given items, in their order. */
function scorer(inner: Inner, { items }: InteractionSchema, wanted: readonly string[]): Score {
  const outputs = ["reconstruction"];
  const opened = () =>
    inner.opened("choices", () =>
      extractModel(inner.file.model, Object.keys(inner.preprocessing.inputs()), outputs),
    );
  const places = placesIn(items, wanted);
  return async (given) => {
    const most = chunkRows(items.length);
    const scores = new Float32Array(given.rows * wanted.length);
    for (let from = 0; from < given.rows; from += most) {
      const count = Math.min(most, given.rows - from);
      const some = takeInteractions(
        given,
        Int32Array.from({ length: count }, (_, i) => from + i),
      );
      const session = await opened();
      const feeds = inner.preprocessing.feeds(some, inner.name);
      const { reconstruction } = await session.run(feeds, { fetch: outputs });
      const { data } = reconstruction as Tensor<"float32">;
      for (let row = 0; row < count; row += 1) {
        for (const [to, at] of places.entries())
          scores[(from + row) * wanted.length + to] = data[row * items.length + at] as number;
      }
    }
    return scores;
  };
}
