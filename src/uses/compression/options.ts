/** What `compress` is asked for, and what it says in the end. */
import type { OpenOptions } from "../../data/open.ts";
import type { PictureControls } from "./picture-controls.ts";

type Reading = Omit<OpenOptions, "time" | "window" | "stride" | "key" | "label">;

/** Exactly one of `errorBound`, `psnr` and `lossless` is given. */
export interface CompressOptions extends Reading {
  /**
   * Largest error of an element: |decompressed − original| ≤ it, for every finite element. With
   * `relative`, times the range of the values (of each column, in tables).
   */
  readonly errorBound?: number;
  readonly relative?: boolean;
  /**
   * Of images and arrays, in decibels: the largest error bound with which all elements together
   * come this near. The peak is 255 for images, else the range of the values.
   */
  readonly psnr?: number;
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
  /** Whether brotli and zstd, and of images JPEG, WebP and PNG, pack the same data beside; true. */
  readonly controls?: boolean;
  /** Elements a block, at most: what is decoded together; 1,048,576. */
  readonly block?: number;
  readonly signal?: AbortSignal;
  /** Things that the user should know, a sentence each. */
  readonly onNote?: (note: string) => void;
  /** After each block. With `psnr` the blocks may be gone through several times. */
  readonly onProgress?: (progress: { readonly done: number; readonly of: number }) => void;
}

export interface Compressed {
  /** Absent where `output` was given. */
  readonly bytes?: Uint8Array;
  /** Of the file. */
  readonly size: number;
  /** Bytes of the data: values with their types; of a table, its file, or what it takes as CSV. */
  readonly original: number;
  /** Of images from files: bytes of those files, as they are. */
  readonly stored?: number;
  readonly ratio: number;
  /** `"learned"` where the model, or a network that learns beside, predicts some of the blocks. */
  readonly path: "classical" | "learned";
  /** How blocks were predicted, and how many so. */
  readonly predictions: Readonly<Record<string, number>>;
  /** Size of a whole file without and with what learns, whichever was kept. */
  readonly classical: number;
  readonly learned?: number;
  /** What learned: the given model with a network beside it, or such a network alone. */
  readonly learner?: "model" | "network";
  /** Bytes of the model in the file. */
  readonly model?: number;
  /** SHA-256 of the model that is needed to decompress and does not come along. */
  readonly needs?: string;
  /** Largest error allowed: of all, or of each column. 0: none. */
  readonly bounds: readonly number[];
  /** Largest error there is. */
  readonly largestError: number;
  /**
   * Of all elements together, in decibels: peak (255 of images, else the range of the values) to
   * root mean square error. Absent where nothing is off, and for tables.
   */
  readonly psnr?: number;
  /** The same of the files without and with what learns, whichever was kept. */
  readonly classicalPsnr?: number;
  readonly learnedPsnr?: number;
  /** Elements stored as they are. */
  readonly exact: number;
  readonly blocks: number;
  /** The same data packed by others: bytes. Of JPEG, WebP and PNG as told by `pictures`. */
  readonly controls: {
    readonly brotli?: number;
    readonly zstd?: number;
    readonly jpeg?: number;
    readonly webp?: number;
    readonly png?: number;
  };
  /** Which images JPEG, WebP or PNG packed, and how near they come. */
  readonly pictures?: PictureControls;
  /** Of a table: bytes a column. */
  readonly columns?: Readonly<Record<string, number>>;
  readonly seconds: number;
}
