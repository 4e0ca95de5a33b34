/**
 * Rows of a table as points, so that every column weighs alike: a number by where it lies among the
 * training rows, 0 to 1, with a flag where it is missing; a category as one-hot of length ½√2, so
 * that two different ones lie 1 apart.
 *
 * @see Gower, "A general coefficient of similarity and some of its properties" (1971); Podani,
 *   "Extending Gower's general coefficient of similarity to ordinal characters" (1999), for ranks
 */
import type { Matrix } from "../../base/tensor.ts";
import type { Field, Fields } from "./fields.ts";

/** Half the square root of 2. */
const HOT = Math.SQRT1_2;

/** @param train whose ranks count */
export function tableSpace(train: Fields): (fields: Fields) => Matrix {
  const places: number[] = [];
  let columns = 0;
  for (const field of train.fields) {
    places.push(columns);
    columns += field.kind === "number" ? 2 : field.words + 1;
  }
  const sorted = train.fields.map((field) =>
    field.kind === "number" ? field.values.filter((x) => !Number.isNaN(x)).sort() : undefined,
  );
  return ({ rows, fields }) => {
    const data = new Float32Array(rows * columns);
    for (const [j, field] of fields.entries()) {
      const place = places[j] as number;
      for (let row = 0; row < rows; row += 1)
        fill(data, row * columns + place, field, row, sorted[j] ?? new Float64Array(0));
    }
    return { rows, columns, data };
  };
}

function fill(
  data: Float32Array,
  at: number,
  field: Field,
  row: number,
  sorted: Float64Array,
): void {
  if (field.kind === "category") {
    data[at + (field.codes[row] as number) + 1] = HOT;
    return;
  }
  const value = field.values[row] as number;
  data[at] = Number.isNaN(value) ? 0.5 : midRank(sorted, value);
  data[at + 1] = Number(Number.isNaN(value));
}

/** The share of numbers below, those that are equal counting half. */
function midRank(sorted: Float64Array, value: number): number {
  if (sorted.length === 0) return 0.5;
  const below = countUntil(sorted, (x) => x < value);
  const upTo = countUntil(sorted, (x) => x <= value);
  return (below + upTo) / (2 * sorted.length);
}

function countUntil(sorted: Float64Array, holds: (x: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}
