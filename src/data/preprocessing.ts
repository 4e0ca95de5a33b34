/**
 * From a user's rows to what the network sees, and back. Fitted once, on training
 * rows; then part of the graph, so that a model takes and gives raw values.
 *
 * Two stages, so that training and the saved model share the second:
 * raw rows → compact tensors that stay resident (in TypeScript when training, in the
 * graph when the model runs), then compact tensors → features (always in the graph).
 */
import type { DType, Tensor } from "../base/tensor.ts";
import type { Shape } from "../graph/dim.ts";
import type { Value } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import type { Bins } from "./bins.ts";
import type { Scaling } from "./scaling.ts";
import type { InteractionColumns, Rows, SeriesTime } from "./source.ts";

/** A compact tensor: what one row of it looks like. */
export interface CompactType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A tensor whose sizes are known when it is there. */
export interface ResidentType {
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface Preprocessing {
  readonly kind: Rows["kind"];
  /** Plain JSON, enough to make the preprocessing again. */
  readonly schema: Schema;
  readonly layout: Layout;
  /** What a score can be blamed on: column names, empty for images. */
  readonly columns: readonly string[];
  /** For each part of the reconstruction loss, the index of its column; empty for images. */
  readonly partColumns: readonly number[];

  readonly compact: Readonly<Record<string, CompactType>>;
  /** Rows → compact tensors, or what is resident instead. */
  ingest(rows: Rows, place: string): Readonly<Record<string, Tensor>>;
  /**
   * Compact values `[batch, …]` → features. `complete`: no value is missing; `heldOut`: these rows
   * are not trained on, but judged.
   */
  batch(
    compact: Readonly<Record<string, Value>>,
    options: { readonly complete: boolean; readonly heldOut?: boolean },
  ): Batch;
  /** How rows lie beside the engine where that is not as compact tensors, a row each. */
  readonly resident?: {
    /** What lies there, each with its own first axis. */
    readonly types: Readonly<Record<string, ResidentType>>;
    /** What is made of some rows, `[batch, …shape]`: `compact` is empty then. */
    readonly compact: Readonly<Record<string, ResidentType>>;
    gather(resident: Readonly<Record<string, Value>>, rows: Value): Readonly<Record<string, Value>>;
  };

  /** Inputs of the saved model: raw values. */
  inputs(): Readonly<Record<string, Value>>;
  /** Raw inputs → compact values, the graph's twin of `ingest`. */
  compactFrom(inputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>>;
  /** Features → raw values by output name. */
  outputs(features: Value): Readonly<Record<string, Value>>;
  /**
   * Rows → feeds of the saved model; refuses rows of another kind or with other columns.
   *
   * @param first rows of the source before these, for messages
   */
  feeds(rows: Rows, place: string, first?: number): Readonly<Record<string, Tensor>>;
  /** Fetches of the saved model's reconstruction → rows. */
  rows(outputs: Readonly<Record<string, Tensor>>, count: number): Rows;
}

export type Schema = TableSchema | ImageSchema | ArraySchema | SeriesSchema | InteractionSchema;

export interface TableSchema {
  readonly kind: "table";
  readonly columns: readonly ColumnSchema[];
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
  /** Column carried along for evaluation, never trained on. */
  readonly label: string | undefined;
}

export interface ImageSchema {
  readonly kind: "images";
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface ArraySchema {
  readonly kind: "array";
  readonly shape: readonly number[];
  /** One a feature for vectors; one for all where a sample has axes. */
  readonly scalings: readonly Scaling[];
  /** Features that had missing values in training. Vectors only. */
  readonly missing: readonly number[];
}

export interface SeriesSchema {
  readonly kind: "series";
  /** Steps a window. */
  readonly window: number;
  readonly channels: readonly { readonly name: string; readonly scaling: Scaling }[];
  /** The column that orders the rows; undefined: their order in the file. */
  readonly time?: SeriesTime | undefined;
  /** The column that tells series apart. */
  readonly key?: string | undefined;
}

export interface InteractionSchema extends InteractionColumns {
  readonly kind: "interactions";
  /** Names of the items by their codes, by falling number of users. */
  readonly items: readonly string[];
  /** How many users of the training data have each item. */
  readonly users: readonly number[];
  /** Whether interactions count as much as their weights say; else each counts 1. */
  readonly weighted: boolean;
  /** The last moment of the training data, where its times are known. */
  readonly latest?: number | undefined;
}

interface ColumnBase {
  readonly name: string;
  /** Name of the model input. */
  readonly input: string;
  /** Whether training rows had missing values here. */
  readonly missing: boolean;
}

export interface NumberColumnSchema extends ColumnBase {
  readonly role: "numeric" | "datetime";
  readonly scaling: Scaling;
  /** What values training rows had, for rows that are made up. */
  readonly bins?: Bins | undefined;
  /** Digits after the point that training rows had; undefined: any. */
  readonly decimals?: number | undefined;
}

export interface CategoryColumnSchema extends ColumnBase {
  readonly role: "categorical" | "boolean";
  /** Categories with a slot of their own, most frequent first. */
  readonly words: readonly string[];
}

export type ColumnSchema = NumberColumnSchema | CategoryColumnSchema;
