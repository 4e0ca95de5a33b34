/** The preprocessing of each kind of data: adding a kind is one line in each function. */
import { arrayPreprocessing, fitArray } from "./preprocess-array.ts";
import { imagePreprocessing } from "./preprocess-images.ts";
import { fitInteractions, interactionPreprocessing } from "./preprocess-interactions.ts";
import { fitSeries, seriesPreprocessing } from "./preprocess-series.ts";
import { tablePreprocessing } from "./preprocess-table.ts";
import type { Preprocessing, Schema } from "./preprocessing.ts";
import type { Facts } from "./facts.ts";
import type { Origin } from "./fit-table.ts";
import { fitTable } from "./fit-table.ts";
import type { Rows } from "./source.ts";

/**
 * Fits on training rows.
 *
 * @param facts of all training rows, where `rows` are a sample of them
 */
export function fitSchema(rows: Rows, source: Origin, facts?: Facts): Schema {
  switch (rows.kind) {
    case "table":
      return fitTable(rows, source, facts?.columns);
    case "images":
      return { kind: "images", height: rows.height, width: rows.width, channels: rows.channels };
    case "array":
      return fitArray(rows, source.name, facts);
    case "series":
      return fitSeries(rows);
    case "interactions":
      return fitInteractions(rows, source.interactions);
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
    case "series":
      return seriesPreprocessing(schema);
    case "interactions":
      return interactionPreprocessing(schema);
  }
}
