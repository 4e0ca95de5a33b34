/** The verbs of `ae`: adding one is one file and one line here. */
import type { Command } from "commander";
import type { Context } from "./context.ts";

interface VerbModule {
  /** Adds arguments, options, help and the action to the verb's command. */
  define(command: Command, context: Context): void | Promise<void>;
}

export interface Verb {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** Loaded only when the verb is called, so that `ae --help` starts at once. */
  readonly load: () => Promise<VerbModule>;
}

export const verbs: readonly Verb[] = [
  {
    name: "train",
    summary: "train an autoencoder on your data, into one .onnx file",
    load: () => import("./train.ts"),
  },
  {
    name: "info",
    summary: "say what a model is, what it was trained on and what it takes",
    load: () => import("./info.ts"),
  },
  {
    name: "encode",
    summary: "rows to codes: a few numbers a row that keep its structure",
    load: () => import("./encode.ts"),
  },
  {
    name: "dimensions",
    summary: "what each number of the code stands for: columns or pixels that move with it",
    load: () => import("./dimensions.ts"),
  },
  {
    name: "reconstruct",
    summary: "rows as the model sees them, in their own units and categories",
    load: () => import("./reconstruct.ts"),
  },
  {
    name: "denoise",
    summary: "rows without noise: images of any size, tables with no gaps, series",
    load: () => import("./denoise.ts"),
  },
  {
    name: "score",
    summary: "how unusual each row is, and which columns are to blame",
    load: () => import("./score.ts"),
  },
  {
    name: "threshold",
    summary: "when a score raises an alarm: shown, or set anew without training",
    load: () => import("./threshold.ts"),
  },
  {
    name: "predict",
    summary: "the class of each row, by a model that learned classes from labels",
    load: () => import("./predict.ts"),
  },
  {
    name: "recommend",
    summary: "items that users may like next, by a model of who took what",
    load: () => import("./recommend.ts"),
  },
  {
    name: "compress",
    summary: "data to a small file, every element within a bound you give",
    load: () => import("./compress.ts"),
  },
  {
    name: "decompress",
    summary: "the data of a compressed file again, or some of its rows",
    load: () => import("./decompress.ts"),
  },
  {
    name: "generate",
    summary: "new rows or images, drawn from what the model has learned",
    load: () => import("./generate.ts"),
  },
  {
    name: "interpolate",
    summary: "the way from one row to another, as rows or images",
    load: () => import("./interpolate.ts"),
  },
  {
    name: "traverse",
    summary: "a sheet of what happens when one number of the code after another changes",
    load: () => import("./traverse.ts"),
  },
  {
    name: "evaluate",
    summary: "figures on data, with a plain PCA of the same size beside them",
    load: () => import("./evaluate.ts"),
  },
  {
    name: "report",
    summary: "one HTML page: losses, reconstructions, latent map, scores",
    load: () => import("./report.ts"),
  },
  {
    name: "export",
    summary: "the encoder or the decoder alone, as plain ONNX for other software",
    load: () => import("./export.ts"),
  },
  {
    name: "demo",
    summary: "train two models on data that come along, and show them off",
    load: () => import("./demo.ts"),
  },
  {
    name: "completion",
    summary: "print a script that completes verbs and options on Tab",
    load: () => import("./completion.ts"),
  },
];
