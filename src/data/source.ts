/**
 * What readers give: rows that can be walked any number of times, a chunk at a
 * time, so that nothing has to fit in memory.
 */

/**
 * A numeric column. Missing values are NaN. `datetime` holds milliseconds since
 * 1970-01-01T00:00Z; `boolean` holds 0 and 1.
 */
export interface NumberColumn {
  readonly name: string;
  readonly type: "number" | "integer" | "datetime" | "boolean";
  readonly values: Float64Array;
}

/** A text column, dictionary-coded: `dictionary[codes[row]]`; code −1 is missing. */
export interface TextColumn {
  readonly name: string;
  readonly type: "text";
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

export type Column = NumberColumn | TextColumn;
export type ColumnType = Column["type"];

/** Rows in memory, by column. Also the chunk that a `TableSource` yields. */
export interface Table {
  readonly kind: "table";
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** Images in memory: `data` is `[rows, height, width, channels]`, 0–255. */
export interface Images {
  readonly kind: "images";
  readonly rows: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** A numeric array in memory: `data` is `[rows, ...shape]`. */
export interface NumericArray {
  readonly kind: "array";
  readonly rows: number;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** What the points of series are, one entry a point; the points of each series follow each other. */
export interface SeriesPoints {
  /** Row of its file, counted from 0; −1 where a short gap was filled with missing values. */
  readonly rows: Int32Array;
  /** Place of its series in `names`. */
  readonly series: Int32Array;
  /** The series by name: values of the key column, or files. */
  readonly names: readonly string[];
  /** Milliseconds for dates, else as they were read; NaN where not known. Absent: rows in order. */
  readonly times?: Float64Array;
  readonly time?: SeriesTime;
  /** Name of the key column. */
  readonly key?: string;
  /** Labels a point, null = missing. */
  readonly labels?: readonly (string | null)[];
}

export interface SeriesTime {
  readonly name: string;
  readonly type: "datetime" | "number";
  /** Median distance of neighbours, in milliseconds for dates. */
  readonly step: number;
}

/** Windows over series in memory: row `i` is the `window` points from `starts[i]` on. */
export interface SeriesWindows {
  readonly kind: "series";
  readonly rows: number;
  readonly window: number;
  readonly channels: readonly string[];
  /** `[points, channels]`, shared by all windows; NaN is missing. */
  readonly values: Float64Array;
  readonly starts: Int32Array;
  /** Absent for windows that were never points of a series, such as generated ones. */
  readonly points?: SeriesPoints;
}

/**
 * Who took what, in memory: a row is a user, and its items are `codes[starts[row]]` up to
 * `codes[starts[row + 1]]`, rising and without repeats. Never a dense matrix.
 */
export interface Interactions {
  readonly kind: "interactions";
  readonly rows: number;
  /** Names of the items by their codes. */
  readonly items: readonly string[];
  /** `[rows + 1]`. */
  readonly starts: Int32Array;
  /** Items, as places in `items`. */
  readonly codes: Int32Array;
  /** How much each interaction counts, like `codes`; absent: 1. */
  readonly weights?: Float32Array;
  /** Names of the rows. */
  readonly users?: readonly string[];
  /** When each interaction was, like `codes`: milliseconds for dates, else as they were read. */
  readonly times?: Float64Array;
}

export interface ReadOptions {
  /** Most rows a chunk holds. Default: the reader's choice, at most a few tens of MB. */
  readonly chunk?: number;
  readonly signal?: AbortSignal;
  /** Who reads would like to give the chunks' memory away: see `isOwned`. */
  readonly own?: boolean;
}

interface SourceBase<Chunk> {
  /** What to call it in messages: the path as the user wrote it, or `"table"`. */
  readonly name: string;
  readonly rows: number;
  /** Walks all rows in order. May be called again. */
  read(options?: ReadOptions): AsyncIterable<Chunk>;
  /**
   * Labels carried along for evaluation, one a row, null = missing. Absent when
   * no label was asked for. Never trained on unless a family says so.
   */
  readonly labels?: () => Promise<readonly (string | null)[]>;
  /** Name of the label column, member or file. */
  readonly label?: string;
  /** Things the reader noticed that the user should know, a sentence each. */
  readonly notes: readonly string[];
}

/** The label column is not among `columns`. */
export interface TableSource extends SourceBase<Table> {
  readonly kind: "table";
  /** Columns that are there but were not asked for, or were dropped. */
  readonly unused?: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
}

export interface ImageSource extends SourceBase<Images> {
  readonly kind: "images";
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** What to call each image in messages: its file, or `#row`. */
  nameOf(row: number): string;
}

export interface ArraySource extends SourceBase<NumericArray> {
  readonly kind: "array";
  /** Shape of one sample, without the row axis; `[]` never occurs (a 1-D array is `[1]`). */
  readonly shape: readonly number[];
}

/** Each row is a window; labels are those of windows, and `points.labels` those of points. */
export interface SeriesSource extends SourceBase<SeriesWindows> {
  readonly kind: "series";
  readonly window: number;
  readonly stride: number;
  readonly channels: readonly string[];
  readonly values: Float64Array;
  readonly starts: Int32Array;
  readonly points: SeriesPoints;
}

/** Names of the columns of a table of interactions. */
export interface InteractionColumns {
  /** Who: a row is one of these. */
  readonly user: string;
  /** What. */
  readonly item: string;
  /** How much it counts, or how it was rated. */
  readonly weight?: string | undefined;
  /** When: training then holds the last ones of a user out, to know when to stop. */
  readonly time?: string | undefined;
  /**
   * Least weight that counts as an interaction, as 4 of 5 stars; each that is left then counts 1.
   * Absent: all count, as much as their weights say.
   */
  readonly minWeight?: number | undefined;
  /** Users with fewer items were left out. */
  readonly minUserItems?: number | undefined;
}

/** Each row is a user; all are in memory. */
export interface InteractionSource extends SourceBase<Interactions> {
  readonly kind: "interactions";
  /** Names of the items by their codes. */
  readonly items: readonly string[];
  readonly data: Interactions;
  readonly columns: InteractionColumns;
}

export type Source = TableSource | ImageSource | ArraySource | SeriesSource | InteractionSource;
export type Rows = Table | Images | NumericArray | SeriesWindows | Interactions;
