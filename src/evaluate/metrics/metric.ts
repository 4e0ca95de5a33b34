/**
 * What a metric is. A file of this folder holds one group of metrics: it opens with the formula
 * and where that comes from, says of each figure its name, unit and direction, and computes it;
 * `index.ts` lists the groups. Nothing else knows a metric by name.
 */
import type { Matrix } from "../../base/tensor.ts";
import type { Labels } from "../../data/labels.ts";
import type { Rows, Source } from "../../data/source.ts";
import type { Family, Parts } from "../../families/family.ts";
import type { Value } from "../../graph/value.ts";
import type { Layout } from "../../losses/layout.ts";
import type { Batch } from "../../losses/reconstruction.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Network } from "../../train/network.ts";
import type { Pca } from "../pca.ts";

/** How a figure is shown. */
export interface Metric {
  readonly label: string;
  /** Empty where the figure has none. */
  readonly unit: string;
  readonly better: "lower" | "higher" | undefined;
  /** By how many per cent (errors), or by what difference (logarithms, shares). */
  readonly compare: "ratio" | "difference";
  /** Shown as a percentage. */
  readonly share?: true;
  /** What it is, in a few plain words. */
  readonly help: string;
}

/** Figures by metric. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Who is measured: the model, and the controls beside it. `raw`, the features themselves, has codes
 * alone.
 */
export type ContenderName = "model" | "pca" | "untrained" | "raw";

/** A contender in the graph of an evaluation. */
export interface Subject {
  readonly name: ContenderName;
  readonly layout: Layout;
  readonly batch: Batch;
  /** `[batch, size]` */
  readonly codes: Value;
  /** What it makes of the batch, `[batch, …layout.shape]`. */
  readonly shown: Value;
  /** Absent for controls that are no network. */
  readonly network?: SubjectNetwork;
}

export interface SubjectNetwork {
  readonly family: Family;
  readonly parts: Parts;
  /** uint32 `[2]`, the block's key. */
  readonly key: Value;
  /** The same network with draws of its own. */
  partsAt(key: Value): Parts;
}

/** What was asked of an evaluation beyond what it always measures. */
export interface Request {
  /** Draws a row of the log-likelihood; none: not measured. */
  readonly samples?: number | undefined;
  /** Labels of the rows, where there are any. */
  readonly labels?: Labels | undefined;
  /** Labelled rows that the linear probe is fitted on. */
  readonly probeTrain?: Source | undefined;
  /** Known factors of variation, a value a row. */
  readonly factors?: Readonly<Record<string, Labels>> | undefined;
  /** The space in which samples are compared; the components in the model file by default. */
  readonly encoder?: Encoder | undefined;
}

/** A fixed map from rows to numbers. */
export interface Encoder {
  readonly name: string;
  encode(rows: Rows): Promise<Matrix>;
}

/** Sums over all rows, one entry a number. */
export type Sums = Readonly<Record<string, readonly number[]>>;

/** What the sums of a contender are read with. */
export interface Totals {
  readonly sums: Sums;
  readonly rows: number;
  readonly layout: Layout;
  /** Absent for controls that are no network. */
  readonly family?: Family;
  /** Size of the code. */
  readonly latent: number;
}

/** What a metric may use once the pass over the data is done. */
export interface Study {
  readonly engine: Engine;
  readonly network: Network;
  readonly pca: Pca | undefined;
  readonly source: Source;
  readonly request: Request;
  /**
   * The codes of some rows of a source by every contender.
   *
   * @param options.raw the features as well, under `raw`
   */
  codes(
    source: Source,
    rows: Int32Array,
    options?: { readonly raw?: boolean },
  ): Promise<ReadonlyMap<ContenderName, Matrix>>;
  /** Rows that a program over raw data takes at a time. */
  readonly blockRows: number;
  /** New rows by every contender that can draw some. */
  generate(count: number): Promise<ReadonlyMap<ContenderName, Rows>>;
  /** Says what a reader of the figures must know. */
  note(sentence: string): void;
}

export interface MetricGroup {
  /** Heading of the table of figures. */
  readonly title: string;
  /** In the order in which they are shown. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Sums over the rows of a batch, scalars or vectors, in the graph. */
  readonly measure?: (subject: Subject, request: Request) => Readonly<Record<string, Value>>;
  /** The figures that all sums together make. */
  readonly figures?: (totals: Totals, request: Request) => Figures;
  /** What is known of each dimension of the model's code. */
  readonly dimensions?: (totals: Totals) => Readonly<Record<string, readonly number[]>>;
  /** Figures that take all rows at once. */
  readonly conclude?: (study: Study) => Promise<ReadonlyMap<ContenderName, Figures>>;
}

/** The mean over rows of a sum that is one number. */
export function meanOf({ sums, rows }: Totals, name: string): number | undefined {
  const [total] = sums[name] ?? [];
  return total === undefined ? undefined : total / rows;
}
