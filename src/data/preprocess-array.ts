/** Numeric arrays: vectors scaled feature by feature, samples with axes by one scale for all. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { replaceMissing } from "./missing.ts";
import type { Facts } from "./facts.ts";
import type { ArraySchema, Preprocessing } from "./preprocessing.ts";
import type { Scaling } from "./scaling.ts";
import {
  centred,
  centredInGraph,
  fitScaling,
  fitScalings,
  rawFrom,
  standardized,
} from "./scaling.ts";
import type { NumericArray, Rows } from "./source.ts";
import { concat, gather, greater, reshapeLike, split, sub, where } from "../ops/index.ts";

/**
 * Fits scalings on training rows.
 *
 * @param facts of all training rows, where these are a sample of them
 */
export function fitArray(
  { shape, data, rows }: NumericArray,
  place: string,
  facts?: Facts,
): ArraySchema {
  const integer =
    (facts?.whole ?? true) && data.every((x) => Number.isNaN(x) || Number.isInteger(x));
  if (shape.length !== 1) {
    return {
      kind: "array",
      shape,
      missing: [],
      scalings: [fitScaling(Float64Array.from(data), integer, facts?.features[0])],
    };
  }
  const width = shape[0] as number;
  if (width < 2) {
    throw inputError("data.columns", {
      place,
      expected: "at least 2 numbers a row, since an autoencoder learns how they go together",
      got: "1",
      hint: "give more columns, or cut a series into windows, one a row",
    });
  }
  const columns = Array.from({ length: width }, (_, column) => {
    const values = new Float64Array(rows);
    for (let row = 0; row < rows; row += 1) values[row] = data[row * width + column] as number;
    return values;
  });
  return {
    kind: "array",
    shape,
    scalings: fitScalings(
      columns.map((values, i) => ({ values, integer, range: facts?.features[i] })),
    ),
    missing: columns.flatMap((column, i) =>
      (facts?.features[i]?.missing ?? column.some(Number.isNaN)) ? [i] : [],
    ),
  };
}

export function arrayPreprocessing(schema: ArraySchema): Preprocessing {
  const { shape, scalings, missing } = schema;
  const width = shape.at(-1) as number;
  // A matrix is an image of one channel to a network that looks at neighbourhoods.
  const sample = shape.length === 2 ? [...shape, 1] : shape;
  const features = shape.length === 1 ? width + missing.length : (sample.at(-1) as number);
  const partColumns =
    shape.length === 1 ? [...Array.from({ length: width }, (_, i) => i), ...missing] : [];
  const layout: Layout = {
    shape: [...sample.slice(0, -1), features],
    bounded: false,
    segments: [
      { kind: "numbers", start: 0, size: features - missing.length },
      ...(missing.length > 0
        ? [{ kind: "flags" as const, start: width, size: missing.length }]
        : []),
    ],
    ...(shape.length === 1 ? { columns: partColumns } : {}),
  };

  return {
    kind: "array",
    schema,
    layout,
    columns: shape.length === 1 ? Array.from({ length: width }, (_, i) => String(i)) : [],
    partColumns,
    compact: { values: { dtype: "float32", shape: sample } },
    ingest: (rows, place) => {
      const { data } = requireArray(rows, schema, place);
      // Many numbers, which `from` would first gather in a list.
      const scaled = new Float32Array(data.length);
      for (let i = 0; i < data.length; i += 1)
        scaled[i] = centred(data[i] as number, scalings[i % scalings.length] as Scaling);
      return { values: tensor("float32", scaled, [rows.rows, ...sample]) };
    },
    batch: ({ values }, { complete }) => {
      const x = standardized(values as Value, scalings);
      if (complete) return { x };
      const { filled, observed, absent } = replaceMissing(x);
      return {
        x: missing.length === 0 ? filled : concat([filled, gather(absent, missing, 1)], 1),
        observed,
      };
    },
    inputs: () => ({ values: input("values", "float64", ["batch", ...shape]) }),
    compactFrom: ({ values }) => {
      const centredValues = centredInGraph(values as Value, scalings);
      return {
        values:
          shape.length === 2 ? reshapeLike(centredValues, ["batch", ...sample]) : centredValues,
      };
    },
    outputs: (all) => {
      const [numbers, flags] = split(
        all,
        layout.segments.map(({ size }) => size),
        -1,
      );
      let raw = rawFrom(numbers as Value, scalings);
      if (flags !== undefined) {
        // Back to one flag a feature: those without missing values are never absent.
        const places = Array.from({ length: width }, (_, i) => missing.indexOf(i));
        const padded = concat([flags, sub(gather(flags, [0], 1), gather(flags, [0], 1))], 1);
        const each = gather(
          padded,
          places.map((at) => (at < 0 ? missing.length : at)),
          1,
        );
        raw = where(greater(each, 0.5), Number.NaN, raw);
      }
      return { reconstruction: shape.length === 2 ? reshapeLike(raw, ["batch", ...shape]) : raw };
    },
    feeds: (rows, place) => {
      const { data } = requireArray(rows, schema, place);
      return { values: tensor("float64", Float64Array.from(data), [rows.rows, ...shape]) };
    },
    rows: (outputs, count): NumericArray => ({
      kind: "array",
      rows: count,
      shape,
      data: (outputs["reconstruction"] as Tensor<"float64">).data,
    }),
  };
}

function requireArray(rows: Rows, { shape }: ArraySchema, place: string): NumericArray {
  const expected = `an array with ${shape.join(" × ")} numbers a row`;
  if (rows.kind !== "array") {
    throw inputError("data.kind", {
      place,
      expected,
      got: rows.kind === "table" ? "a table" : "images",
    });
  }
  if (rows.shape.join() !== shape.join()) {
    throw inputError("data.size", { place, expected, got: `${rows.shape.join(" × ")} a row` });
  }
  return rows;
}
