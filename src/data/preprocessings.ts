/** The preprocessing of each kind of data: adding a kind is one line in each function. */
import { arrayPreprocessing, fitArray } from "./preprocess-array.ts";
import { imagePreprocessing } from "./preprocess-images.ts";
import { tablePreprocessing } from "./preprocess-table.ts";
import type { Preprocessing, Schema } from "./preprocessing.ts";
import type { Origin } from "./fit-table.ts";
import { fitTable } from "./fit-table.ts";
import type { Rows } from "./source.ts";

/** Fits on training rows. */
export function fitSchema(rows: Rows, source: Origin): Schema {
  switch (rows.kind) {
    case "table":
      return fitTable(rows, source);
    case "images":
      return { kind: "images", height: rows.height, width: rows.width, channels: rows.channels };
    case "array":
      return fitArray(rows, source.name);
  }
}

export function preprocessingOf(schema: Schema): Preprocessing {
  switch (schema.kind) {
    case "table":
      return tablePreprocessing(schema);
    case "images":
      return imagePreprocessing(schema);
    case "array":
      return arrayPreprocessing(schema);
  }
}
