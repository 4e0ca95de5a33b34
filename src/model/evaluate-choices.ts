/**
 * How good the recommendations of a model are: histories of which a fifth is kept back, beside
 * popularity, item neighbours and EASE. On the data that the model was trained on, the users that
 * training held out are asked, and the controls learn from the others, as the model did.
 */
import { counted } from "../base/counted.ts";
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { InteractionSchema } from "../data/preprocessing.ts";
import {
  concatInteractions,
  placesIn,
  recoded,
  takeInteractions,
  usersPerItem,
} from "../data/interaction-rows.ts";
import { momentText } from "../data/moments.ts";
import type { Interactions, Source } from "../data/source.ts";
import { splitRows } from "../data/split.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { Figures } from "../evaluate/metrics/metric.ts";
import type {
  InteractionSplit,
  RecommendationFigures,
  Score,
} from "../evaluate/recommendation/index.ts";
import {
  holdOutAfter,
  holdOutRows,
  judgeRecommendations,
} from "../evaluate/recommendation/index.ts";
import { extractModel } from "../onnx/extract.ts";
import { chunkRows } from "./chunks.ts";
import { sourceOf } from "./data.ts";
import type { Inner } from "./runner.ts";
import type { EvaluateOptions, ModelInfo } from "./types.ts";

/** @throws `data.kind` for data of another kind, `data.rows` where no history is long enough */
export async function evaluateChoices(
  inner: Inner,
  source: Source,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { info } = inner.file;
  const schema = info.schema as InteractionSchema;
  const { signal } = options;
  const { split, notes } = splitOfChoices(inner, source, options);
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

export interface AskedOf {
  readonly split: InteractionSplit;
  /** Whether what is asked for is the latest that a user took. */
  readonly later: boolean;
  /** What is asked of whom, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * What the model is asked for: of these users a part of what they have.
 *
 * @throws `data.kind`, and with `byTime` what `afterTraining` throws
 */
export function splitOfChoices(
  inner: Inner,
  source: Source,
  { controlsFrom, byTime = false }: Pick<EvaluateOptions, "byTime" | "controlsFrom">,
): AskedOf {
  const { info } = inner.file;
  const schema = info.schema as InteractionSchema;
  const rows = ownItems(source, schema, inner);
  if (byTime) return afterTraining(rows, source.name, schema, controlsFrom !== undefined);
  const train = controlsFrom && ownItems(sourceOf(controlsFrom), schema, inner);
  const by = schema.time !== undefined && rows.times !== undefined ? "time" : "chance";
  const { split, notes } = splitFor(rows, train, info, { schema, by });
  const later = by === "time";
  const news = laterThan(rows, schema.latest);
  if (news === 0) return { split, notes, later };
  const hint = `${counted(news, "interaction")} came after the last that the model was trained on: --by-time asks for those.`;
  return { split, notes: [...notes, hint], later };
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

function laterThan({ times }: Interactions, latest: number | undefined): number {
  if (times === undefined || latest === undefined) return 0;
  return times.reduce((count, at) => count + Number(at > latest), 0);
}

/**
 * All that came before the end of the model's training data is given, and what came after is asked
 * for: what a recommender is for, and nothing that it can have seen.
 *
 * @throws `options.invalid`, `data.times`, `data.rows` where nothing came after
 */
function afterTraining(
  rows: Interactions,
  place: string,
  { latest, time, minUserItems = 1 }: InteractionSchema,
  controls: boolean,
): AskedOf {
  if (controls) {
    throw inputError("options.invalid", {
      place: `${place}, --controls-from`,
      expected:
        "no other data with --by-time: controls learn from what came before, as the model did",
      got: "some",
      hint: "leave it out",
    });
  }
  if (latest === undefined) {
    throw inputError("data.times", {
      place: `${place}, --by-time`,
      expected: "a model that knows until when its training data went",
      got: "one that learned from interactions without times",
      hint: "train it on the earlier part: ae train … --time-column NAME --until 80%",
    });
  }
  if (rows.times === undefined) {
    throw inputError("data.times", {
      place: `${place}, --by-time`,
      expected: `a time for each interaction, as in training${time === undefined ? "" : `, in the column ${JSON.stringify(time)}`}`,
      got: "none",
      hint: "name the column with --time-column",
    });
  }
  const moment = momentText(latest);
  const split = holdOutAfter(rows, latest, minUserItems);
  if (split.heldOut.given.rows === 0) {
    const later = laterThan(rows, latest);
    throw inputError("data.rows", {
      place,
      expected: `users with items from before ${moment}, until when the model's training data went, and others from after it`,
      got:
        later === 0
          ? "nothing that came after"
          : `${counted(later, "interaction")} after it, of nobody who had items before`,
      hint:
        later === 0
          ? "the model knows all of these: train one on the earlier part, ae train … --time-column NAME --until 80%"
          : "give both together: what came before is what recommendations go by",
    });
  }
  const weighted =
    rows.weights === undefined
      ? []
      : [
          "Weights of items from before count what came after as well: leave --weight out where that matters.",
        ];
  return {
    split,
    later: true,
    notes: [
      `The model was trained on what came until ${moment}. Given all that ${counted(split.heldOut.given.rows, "user")} had by then, it is asked what they took after; the controls learned from what came before, too.`,
      ...weighted,
    ],
  };
}

function splitFor(
  rows: Interactions,
  train: Interactions | undefined,
  info: ModelInfo,
  { schema, by }: { readonly schema: InteractionSchema; readonly by: "chance" | "time" },
): Omit<AskedOf, "later"> {
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
        `These are the data that the model was trained on: it is judged on the ${own.heldOut.length.toLocaleString("en")} users that training held out to know when to stop${info.linearPart === undefined ? "" : " and how much the linear part counts"}, and the controls learned from the others. Of the held-out users ${kept}.`,
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
