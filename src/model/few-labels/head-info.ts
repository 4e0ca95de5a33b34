/** What a model file tells of its head, and the schema that a file is checked against. */
import { z } from "zod";
import type { LabelKind } from "../../evaluate/few-labels/choose.ts";
import type { LabelFigures } from "../../evaluate/few-labels/figures.ts";

/** What a head says of itself. */
export interface HeadInfo {
  /** Name of the label. */
  readonly label: string;
  readonly kind: LabelKind;
  /** The most frequent among the labels first; empty for numbers. */
  readonly classes: readonly string[];
  /** Share of each among the labels. */
  readonly shares: readonly number[];
  /** Mean and standard deviation of the labels that are numbers. */
  readonly center: number;
  readonly scale: number;
  /** Rows whose labels were looked at, by their place in the data. */
  readonly rows: readonly number[];
  /** Rows without a label that were learned from beside them. */
  readonly others: number;
  /** `new`: rows without a label told nothing of those with one, and the network learned from these. */
  readonly encoder: "frozen" | "fine-tuned" | "new";
  readonly epochs: number;
  /** What outputs of the network and of a linear model on features are times; 0: left out. */
  readonly weights: { readonly network: number; readonly linear: number };
  /** How much each member of the teacher counts. */
  readonly members: Readonly<Record<string, number>>;
  /** Of labels held out in turn: how many, and how well they were told. */
  readonly heldOut: { readonly rows: number; readonly figures: LabelFigures };
}

const count = z.number().int().nonnegative();

export const headSchema = z.object({
  label: z.string(),
  kind: z.enum(["classes", "numbers"]),
  classes: z.array(z.string()),
  shares: z.array(z.number()),
  center: z.number(),
  scale: z.number(),
  rows: z.array(count),
  others: count,
  encoder: z.enum(["frozen", "fine-tuned", "new"]),
  epochs: count,
  weights: z.object({ network: z.number().nonnegative(), linear: z.number().nonnegative() }),
  members: z.record(z.string(), z.number()),
  heldOut: z.object({
    rows: count,
    figures: z.union([
      z.object({
        accuracy: z.number(),
        auroc: z.number().optional(),
        logLoss: z.number(),
        ece: z.number(),
      }),
      z.object({ rmse: z.number(), r2: z.number() }),
    ]),
  }),
});
