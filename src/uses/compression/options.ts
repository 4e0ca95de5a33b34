/** What `compress` is asked for, and what it says in the end. */
import type { OpenOptions } from "../../data/open.ts";

type Reading = Omit<OpenOptions, "time" | "window" | "stride" | "key" | "label">;

export interface CompressOptions extends Reading {
  /**
   * Largest error of an element: |decompressed − original| ≤ it, for every finite element. With
   * `relative`, times the range of the values (of each column, in tables).
   */
  readonly errorBound?: number;
  readonly relative?: boolean;
  /** Every bit comes back. */
  readonly lossless?: boolean;
  /** A model made by `train`: its path or bytes. It predicts, where that makes the file smaller. */
  readonly model?: string | Uint8Array;
  /** Seconds in which blocks may be coded with a network that learns beside; default: none are. */
  readonly time?: number;
  /** Whether the model comes along in the file; else only its SHA-256. Default: no. */
  readonly embed?: boolean;
  /** A file to write; without it the bytes are in the result. */
  readonly output?: string;
  /** Whether brotli and zstd pack the same data beside; true. */
  readonly controls?: boolean;
  /** Elements a block, at most: what is decoded together; 1,048,576. */
  readonly block?: number;
  readonly signal?: AbortSignal;
  /** Things that the user should know, a sentence each. */
  readonly onNote?: (note: string) => void;
  readonly onProgress?: (progress: { readonly done: number; readonly of: number }) => void;
}

export interface Compressed {
  /** Absent where `output` was given. */
  readonly bytes?: Uint8Array;
  /** Of the file. */
  readonly size: number;
  /** Bytes of the data: values with their types; of a table from a file, that file. */
  readonly original: number;
  readonly ratio: number;
  /** `"learned"` where the model predicts some of the blocks. */
  readonly path: "classical" | "learned";
  /** How blocks were predicted, and how many so. */
  readonly predictions: Readonly<Record<string, number>>;
  /** Size of a whole file without and with the model, whichever was kept. */
  readonly classical: number;
  readonly learned?: number;
  /** Bytes of the model in the file. */
  readonly model?: number;
  /** SHA-256 of the model that is needed to decompress and does not come along. */
  readonly needs?: string;
  /** Largest error allowed: of all, or of each column. 0: none. */
  readonly bounds: readonly number[];
  /** Largest error there is, and its share of what is allowed, at worst. */
  readonly largestError: number;
  /** Elements stored as they are. */
  readonly exact: number;
  readonly blocks: number;
  /** The same data packed by others. */
  readonly controls: { readonly brotli?: number; readonly zstd?: number };
  /** Of a table: bytes a column. */
  readonly columns?: Readonly<Record<string, number>>;
  readonly seconds: number;
}
