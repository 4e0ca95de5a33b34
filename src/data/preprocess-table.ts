/**
 * Tables: numbers scaled, categories one-hot, missing-or-not as a flag of its own.
 * Features: all numbers, then a flag for each number column that had missing values
 * in training, then for each category column its words, `missing` if seen, and `other`.
 */
import { internalError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import type { Layout, Segment, Variable } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import type { Bins } from "./bins.ts";
import { replaceMissing } from "./missing.ts";
import type {
  CategoryColumnSchema,
  NumberColumnSchema,
  Preprocessing,
  TableSchema,
} from "./preprocessing.ts";
import { centred, centredInGraph, placeOf, rawFrom, standardized, withinRange } from "./scaling.ts";
import type { Column, Table } from "./source.ts";
import { numbersOf, requireColumns, wordsOf } from "./table-columns.ts";
import {
  argMax,
  cast,
  codeOf,
  concat,
  equal,
  gather,
  greater,
  reshape,
  slice,
  split,
  where,
  wordAt,
} from "../ops/index.ts";

/** Text that stands for a missing category at the model's inputs and outputs. */
const MISSING_WORD = "";

export function tablePreprocessing(schema: TableSchema): Preprocessing {
  const numbers = schema.columns.filter((c): c is NumberColumnSchema => "scaling" in c);
  const categories = schema.columns.filter((c): c is CategoryColumnSchema => "words" in c);
  const flagged = numbers.flatMap((column, i) => (column.missing ? [i] : []));
  const scalings = numbers.map(({ scaling }) => scaling);
  const indexOf = (column: { readonly name: string }): number =>
    schema.columns.findIndex(({ name }) => name === column.name);
  const partColumns = [
    ...numbers.map(indexOf),
    ...flagged.map((i) => indexOf(numbers[i] as never)),
    ...categories.map(indexOf),
  ];
  const layout: Layout = {
    ...layoutOf(numbers.length, flagged.length, categories),
    columns: partColumns,
    ...variablesOf(schema, numbers, flagged, categories),
  };

  function numbersFrom(
    compact: Value,
    complete: boolean,
  ): { x: readonly Value[]; observed?: Value } {
    const y = standardized(compact, scalings);
    if (complete) return { x: [y] };
    const { filled, observed, absent } = replaceMissing(y);
    return { x: flagged.length === 0 ? [filled] : [filled, gather(absent, flagged, 1)], observed };
  }

  return {
    kind: "table",
    schema,
    layout,
    columns: schema.columns.map(({ name }) => name),
    partColumns,
    compact: {
      ...(numbers.length > 0 ? { numbers: { dtype: "float32", shape: [numbers.length] } } : {}),
      ...(categories.length > 0 ? { codes: { dtype: "int32", shape: [categories.length] } } : {}),
    },
    ingest: (rows, place) => {
      const find = requireColumns(rows, schema, place);
      return {
        ...(numbers.length > 0 ? { numbers: ingestNumbers(numbers, find, rows.rows, place) } : {}),
        ...(categories.length > 0
          ? { codes: ingestCodes(categories, find, rows.rows, place) }
          : {}),
      };
    },
    batch: (compact, { complete }): Batch => {
      const scaled: { x: readonly Value[]; observed?: Value } =
        numbers.length > 0
          ? numbersFrom(compact["numbers"] as Value, complete && flagged.length === 0)
          : { x: [] };
      const hot = categories.length > 0 ? [oneHot(compact["codes"] as Value, categories)] : [];
      const x = concat([...scaled.x, ...hot], 1);
      return scaled.observed === undefined ? { x } : { x, observed: scaled.observed };
    },
    inputs: () =>
      Object.fromEntries(
        schema.columns.map((column) => [
          column.input,
          input(column.input, "scaling" in column ? "float64" : "string", ["batch"]),
        ]),
      ),
    compactFrom: (inputs) => {
      const column = ({ input: name }: { readonly input: string }): Value =>
        reshape(inputs[name] as Value, [-1, 1]);
      return {
        ...(numbers.length > 0
          ? { numbers: centredInGraph(concat(numbers.map(column), 1), scalings) }
          : {}),
        ...(categories.length > 0
          ? {
              codes: concat(
                categories.map((c) =>
                  cast(codeOf(column(c), slotWords(c), slotsOf(c) - 1), "int32"),
                ),
                1,
              ),
            }
          : {}),
      };
    },
    outputs: (features) => {
      const segments = split(
        features,
        layout.segments.map(({ size }) => size),
        1,
      );
      const named: Record<string, Value> = {};
      if (numbers.length > 0) {
        const raw = withinRange(rawFrom(segments[0] as Value, scalings), scalings);
        const flags = flagged.length > 0 ? (segments[1] as Value) : undefined;
        for (const [i, column] of numbers.entries()) {
          const value = reshape(slice(raw, i, i + 1, 1), [-1]);
          const at = flagged.indexOf(i);
          const gone =
            flags === undefined || at < 0
              ? undefined
              : greater(reshape(slice(flags, at, at + 1, 1), [-1]), 0.5);
          named[outputName(column)] = gone === undefined ? value : where(gone, Number.NaN, value);
        }
      }
      for (const [i, column] of categories.entries()) {
        const chances = segments[segments.length - categories.length + i] as Value;
        // `other` is no answer: the likeliest of the known words, or missing.
        const known = slice(chances, 0, slotsOf(column) - 1, 1);
        named[outputName(column)] = wordAt(argMax(known, 1), slotWords(column), MISSING_WORD);
      }
      return named;
    },
    feeds: (rows, place, first) => {
      const find = requireColumns(rows, schema, place);
      return Object.fromEntries(
        schema.columns.map((column) => [
          column.input,
          "scaling" in column
            ? tensor("float64", numbersOf(find(column.name), place, first))
            : tensor(
                "string",
                wordsOf(find(column.name), column.words, place, first).map(
                  (word) => word ?? MISSING_WORD,
                ),
              ),
        ]),
      );
    },
    rows: (outputs, count): Table => ({
      kind: "table",
      rows: count,
      columns: schema.columns.map((column) =>
        columnFrom(column, outputs[outputName(column)] as Tensor),
      ),
    }),
  };
}

/** A category's words, with the missing one if it has a slot; `other` is after these. */
function slotWords({ words, missing }: CategoryColumnSchema): readonly string[] {
  return missing ? [...words, MISSING_WORD] : words;
}

function slotsOf(column: CategoryColumnSchema): number {
  return slotWords(column).length + 1;
}

function layoutOf(
  numbers: number,
  flags: number,
  categories: readonly CategoryColumnSchema[],
): Layout {
  const segments: Segment[] = [];
  let start = 0;
  const push = (kind: Segment["kind"], size: number): void => {
    if (size > 0) segments.push({ kind, start, size });
    start += size;
  };
  push("numbers", numbers);
  push("flags", flags);
  for (const column of categories) push("category", slotsOf(column));
  return { shape: [start], segments, bounded: false };
}

/** The columns in their own order; none where it is not known what values one has. */
function variablesOf(
  { columns }: TableSchema,
  numbers: readonly NumberColumnSchema[],
  flagged: readonly number[],
  categories: readonly CategoryColumnSchema[],
): Pick<Layout, "variables"> {
  if (numbers.some(({ bins }) => bins === undefined)) return {};
  const starts: number[] = [];
  let start = numbers.length + flagged.length;
  for (const category of categories) {
    starts.push(start);
    start += slotsOf(category);
  }
  const variables = columns.map((column): Variable => {
    if ("words" in column) {
      const at = categories.findIndex(({ name }) => name === column.name);
      return { kind: "category", start: starts[at] as number, size: slotsOf(column) };
    }
    const at = numbers.findIndex(({ name }) => name === column.name);
    const flag = flagged.indexOf(at);
    const { low, high } = column.bins as Bins;
    const ends = (values: readonly number[]): readonly number[] =>
      values.map((value) => placeOf(value, column.scaling));
    return {
      kind: "number",
      at,
      flag: flag < 0 ? undefined : numbers.length + flag,
      low: ends(low),
      high: ends(high),
    };
  });
  return { variables };
}

/** Codes `[batch, columns]` → `[batch, all slots]`, three ops for any number of columns. */
function oneHot(codes: Value, categories: readonly CategoryColumnSchema[]): Value {
  const sizes = categories.map(slotsOf);
  const columnOf = sizes.flatMap((size, column) => Array.from({ length: size }, () => column));
  const slotOf = sizes.flatMap((size) => Array.from({ length: size }, (_, slot) => slot));
  const slots = constant(tensor("int32", Int32Array.from(slotOf), [1, slotOf.length]));
  return cast(equal(gather(codes, columnOf, 1), slots), "float32");
}

type Find = (name: string) => Column;

function ingestNumbers(
  columns: readonly NumberColumnSchema[],
  find: Find,
  rows: number,
  place: string,
): Tensor {
  const data = new Float32Array(rows * columns.length);
  for (const [i, { name, scaling }] of columns.entries()) {
    const values = numbersOf(find(name), place);
    for (let row = 0; row < rows; row += 1)
      data[row * columns.length + i] = centred(values[row] as number, scaling);
  }
  return tensor("float32", data, [rows, columns.length]);
}

function ingestCodes(
  columns: readonly CategoryColumnSchema[],
  find: Find,
  rows: number,
  place: string,
): Tensor {
  const data = new Int32Array(rows * columns.length);
  for (const [i, column] of columns.entries()) {
    const other = slotsOf(column) - 1;
    const slots = new Map(slotWords(column).map((word, slot) => [word, slot]));
    for (const [row, word] of wordsOf(find(column.name), column.words, place).entries()) {
      data[row * columns.length + i] = slots.get(word ?? MISSING_WORD) ?? other;
    }
  }
  return tensor("int32", data, [rows, columns.length]);
}

function outputName({ name }: { readonly name: string }): string {
  return `reconstruction.${name}`;
}

function columnFrom(schema: TableSchema["columns"][number], output: Tensor): Column {
  const { name } = schema;
  if ("scaling" in schema) {
    if (output.dtype !== "float64") throw unexpected(name, output);
    const type =
      schema.role === "datetime" ? "datetime" : schema.scaling.integer ? "integer" : "number";
    // Rounding a small negative number leaves −0; adding 0 makes it 0.
    return { name, type, values: output.data.map((x) => x + 0) };
  }
  if (output.dtype !== "string") throw unexpected(name, output);
  if (schema.role === "boolean") {
    const values = Float64Array.from(output.data, (word) =>
      word === "true" ? 1 : word === "false" ? 0 : Number.NaN,
    );
    return { name, type: "boolean", values };
  }
  const dictionary = schema.words;
  const places = new Map(dictionary.map((word, place) => [word, place]));
  const codes = Int32Array.from(output.data, (word) => places.get(word) ?? -1);
  return { name, type: "text", codes, dictionary };
}

function unexpected(name: string, output: Tensor) {
  return internalError("data.output", {
    place: outputName({ name }),
    expected: "the column's type",
    got: output.dtype,
  });
}
