/** Models for the pictures, and codes for their decoders. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { load, train } from "../../../dist/index.js";
import { keyAt } from "../../../dist/random/bits.js";
import { normals } from "../../../dist/random/numbers.js";

/** `train`, but that a model kept under `name` is taken instead where PICTURE_MODELS says so. */
export async function modelOf(name, family, data, options) {
  const folder = process.env["PICTURE_MODELS"];
  const path = folder === undefined ? undefined : join(folder, `${name}.onnx`);
  if (path !== undefined && existsSync(path)) return load(path);
  const model = await train(family, data, { seed: 1, ...options });
  if (path !== undefined) await model.save(path);
  return model;
}

/** Rows of numbers → the codes that `decode` takes. */
export function codesOf(rows) {
  const columns = rows[0].length;
  return { rows: rows.length, columns, data: Float32Array.from(rows.flatMap((row) => [...row])) };
}

/** Row `index` of a matrix. */
export function rowOf({ columns, data }, index) {
  return [...data.subarray(index * columns, (index + 1) * columns)];
}

/** Draws from a standard normal, `rows` of `columns` numbers. */
export function normalRows(rows, columns, seed) {
  const data = normals(keyAt(seed, 0), rows, columns);
  return Array.from({ length: rows }, (_, row) => rowOf({ columns, data }, row));
}
