/** The schema of what a model file says about itself: a file is input, so it is checked. */
import { z } from "zod";
import { diagnosisCodes } from "../train/doctor/diagnosis.ts";
import { headSchema } from "./few-labels/head-info.ts";
import { linearPartSchema } from "./linear-part/info.ts";

const scaling = z.object({
  center: z.number(),
  scale: z.number(),
  tail: z.boolean(),
  mean: z.number(),
  deviation: z.number(),
  low: z.number(),
  high: z.number(),
  integer: z.boolean(),
});
const count = z.number().int().nonnegative();
const bins = z
  .object({ low: z.array(z.number()).min(1), high: z.array(z.number()) })
  .refine(({ low, high }) => low.length === high.length, "bins with as many ends as starts");
const named = z.object({ name: z.string(), options: z.record(z.string(), z.unknown()) });
const columnBase = { name: z.string(), input: z.string(), missing: z.boolean() };

const schema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("table"),
    label: z.string().optional(),
    leftOut: z.array(z.object({ name: z.string(), reason: z.string() })),
    columns: z.array(
      z.union([
        z.object({
          ...columnBase,
          role: z.enum(["numeric", "datetime"]),
          scaling,
          bins: bins.optional(),
          decimals: count.max(20).optional(),
        }),
        z.object({
          ...columnBase,
          role: z.enum(["categorical", "boolean"]),
          words: z.array(z.string()),
        }),
      ]),
    ),
  }),
  z.object({ kind: z.literal("images"), height: count, width: count, channels: count }),
  z.object({
    kind: z.literal("array"),
    shape: z.array(count),
    scalings: z.array(scaling),
    missing: z.array(count),
  }),
  z.object({
    kind: z.literal("series"),
    window: count,
    channels: z.array(z.object({ name: z.string(), scaling })),
    time: z
      .object({ name: z.string(), type: z.enum(["datetime", "number"]), step: z.number() })
      .optional(),
    key: z.string().optional(),
  }),
  z.object({
    kind: z.literal("interactions"),
    items: z.array(z.string()).min(1),
    users: z.array(count),
    weighted: z.boolean(),
    user: z.string(),
    item: z.string(),
    weight: z.string().optional(),
    time: z.string().optional(),
    minWeight: z.number().optional(),
    minUserItems: count.optional(),
    latest: z.number().optional(),
  }),
]);

const terms = z.record(z.string(), z.number());
const epoch = z.object({
  epoch: count,
  loss: z.number(),
  terms,
  validationLoss: z.number().optional(),
  validationTerms: terms.optional(),
  judged: z.number().optional(),
  gradient: z.number(),
  learningRate: z.number(),
  seconds: z.number(),
});

const diagnosis = z.object({
  code: z.enum(diagnosisCodes),
  severity: z.enum(["warning", "note"]),
  saw: z.string(),
  advice: z.string(),
  numbers: z.record(z.string(), z.number()),
});

const quantiles = z.array(z.object({ quantile: z.number(), value: z.number() }));

export const infoSchema = z.object({
  format: z.literal(1),
  version: z.string(),
  created: z.string(),
  family: named,
  body: named,
  latent: count,
  can: z.object({ generate: z.boolean() }),
  terms: z.record(z.string(), z.string()),
  parameters: count,
  schema,
  label: z
    .object({
      name: z.string(),
      input: z.string(),
      classes: z.array(z.string()),
      shares: z.array(z.number()),
      required: z.boolean(),
    })
    .optional(),
  head: headSchema.optional(),
  linearPart: linearPartSchema.optional(),
  training: z.object({
    data: z.string(),
    rows: count,
    validationRows: count,
    seed: count,
    batch: count,
    epochs: count,
    bestEpoch: count,
    stopped: z.string(),
    seconds: z.number(),
    learningRate: z.number(),
    optimizer: z.string(),
    history: z.array(epoch),
    init: z
      .object({
        from: z.string(),
        taken: count,
        of: count,
        added: z.array(z.string()),
        gone: z.array(z.string()),
        near: z.array(z.string()),
      })
      .optional(),
    pretrained: z.object({ layers: z.array(z.string()), epochs: count }).optional(),
    // Files of before the doctor have none, and words of a later one are no reason to refuse a model.
    warnings: z.array(diagnosis).catch([]),
  }),
  scores: z.object({
    heldOut: z.boolean(),
    unit: z.string(),
    quantiles,
    reconstruction: z.object({ unit: z.string(), quantiles }),
    points: quantiles.optional(),
  }),
  alarms: z.object({
    by: z.enum(["false-alarms", "contamination", "quantile", "score"]),
    at: z.number(),
    value: z.number(),
    rows: count,
    data: z.string(),
    heldOut: z.boolean(),
  }),
});
