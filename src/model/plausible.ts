/** Made-up rows as rows of the data could be: their decimals, and no value between two that occur. */
import type { Bins } from "../data/bins.ts";
import type { NumberColumnSchema, Schema } from "../data/preprocessing.ts";
import type { Column, Rows } from "../data/source.ts";

/**
 * Numbers of tables moved to the nearest value that training rows could have had, in place. Ranges,
 * whole numbers and words are right already.
 */
export function plausible(rows: Rows, schema: Schema): Rows {
  if (rows.kind !== "table" || schema.kind !== "table") return rows;
  const known = new Map(schema.columns.map((column) => [column.name, column]));
  return {
    ...rows,
    columns: rows.columns.map((column): Column => {
      const found = known.get(column.name);
      if (column.type === "text" || found === undefined || !("scaling" in found)) return column;
      const place = placing(found);
      return place === undefined ? column : { ...column, values: column.values.map(place) };
    }),
  };
}

function placing({ bins, decimals }: NumberColumnSchema): ((value: number) => number) | undefined {
  if (bins === undefined) return undefined;
  return (value) => {
    if (Number.isNaN(value)) return value;
    const nearest = within(value, bins);
    // An end of a bin is a value as it was; one inside it was made up.
    if (decimals === undefined || nearest !== value) return nearest;
    return within(Number(value.toFixed(decimals)) + 0, bins);
  };
}

/** The value, or where it is in no bin the nearest end of one. */
function within(value: number, { low, high }: Bins): number {
  let [first, last] = [0, low.length - 1];
  // The last bin that starts at or below the value.
  while (first < last) {
    const middle = Math.ceil((first + last) / 2);
    if ((low[middle] as number) <= value) first = middle;
    else last = middle - 1;
  }
  const end = high[first] as number;
  if (value < (low[first] as number)) return low[first] as number;
  if (value <= end) return value;
  const next = low[first + 1];
  return next !== undefined && next - value < value - end ? next : end;
}
