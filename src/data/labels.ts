/** Labels for families that take them: texts by row → codes → one-hot, in TypeScript and in the graph. */
import { inputError } from "../base/errors.ts";
import { constant, input } from "../graph/value.ts";
import type { Value } from "../graph/value.ts";
import { tensor } from "../base/tensor.ts";
import type { Tensor } from "../base/tensor.ts";
import { cast, codeOf, equal, reshape } from "../ops/index.ts";

/** The labels of the training rows, as a model file holds them. */
export interface LabelSchema {
  /** The column, array or file they came from. */
  readonly name: string;
  /** Name of the model input: a text a row, empty where unknown. */
  readonly input: string;
  /** The most frequent first. */
  readonly classes: readonly string[];
  /** Of each class among the labelled training rows. */
  readonly shares: readonly number[];
  /** Whether every row must have one. */
  readonly required: boolean;
}

export type Labels = readonly (string | null)[];

/** Text at the model's input for a row whose label is not known. */
const UNKNOWN = "";

/** More classes than this are no classes: each would have its own one-hot column. */
const MOST = 1000;

/**
 * @param labels of the training rows
 * @param taken names of the model's other inputs
 * @throws `data.labels` when there are fewer than two classes, or about as many as rows
 */
export function fitLabels(
  labels: Labels,
  name: string,
  taken: readonly string[],
): Omit<LabelSchema, "required"> {
  const counts = new Map<string, number>();
  for (const label of labels) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const many = counts.size > MOST || (counts.size > 20 && 2 * counts.size > known);
  if (counts.size < 2 || many) {
    throw inputError("data.labels", {
      place: `label ${name}`,
      expected: "a few classes, each with several rows",
      got:
        counts.size === 0
          ? "no label in any row"
          : `${counts.size.toLocaleString("en")} class${counts.size === 1 ? "" : "es"} in ${known.toLocaleString("en")} rows`,
      hint: many
        ? "name a column of classes; for numbers, cut them into ranges first"
        : "give labels of at least two classes, or take a family without labels",
    });
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    name,
    input: freeName(name, taken),
    classes: sorted.map(([label]) => label),
    shares: sorted.map(([, count]) => count / known),
  };
}

function freeName(name: string, taken: readonly string[]): string {
  // Paths of label files make poor names.
  const plain = /^[\w .-]+$/.test(name) ? name : "label";
  return taken.includes(plain) ? freeName(`${plain}_label`, taken) : plain;
}

/**
 * Codes that stay resident; −1 is unknown.
 *
 * @throws `data.labels` for a label that training did not see
 */
export function labelCodes(labels: Labels, { classes, name }: LabelSchema): Int32Array {
  const places = new Map(classes.map((label, i) => [label, i]));
  return Int32Array.from(labels, (label, row) => {
    if (label === null || label === UNKNOWN) return -1;
    const place = places.get(label);
    if (place === undefined) requireClass(label, `label ${name}, row ${row + 1}`, classes);
    return place ?? -1;
  });
}

/** Feeds of the model's label input. `first`: rows of the source before these, for messages. */
export function labelFeed(labels: Labels, schema: LabelSchema, first = 0): Tensor {
  const known = new Set(schema.classes);
  for (const [row, label] of labels.entries()) {
    if (label !== null && label !== UNKNOWN && !known.has(label))
      requireClass(label, `label ${schema.name}, row ${first + row + 1}`, schema.classes);
  }
  return tensor(
    "string",
    labels.map((label) => label ?? UNKNOWN),
  );
}

/** @throws `data.labels` for a label that training did not see */
export function requireClass(label: string, place: string, classes: readonly string[]): void {
  if (classes.includes(label)) return;
  const shown = classes.slice(0, 10).toSorted().join(", ");
  throw inputError("data.labels", {
    place,
    expected: `one of the classes it was trained on: ${shown}${classes.length > 10 ? ", …" : ""}`,
    got: JSON.stringify(label),
  });
}

/** One-hot rows `[rows, classes]`, zeros where unknown. */
export function oneHotRows(codes: Int32Array, classes: number): Tensor<"float32"> {
  const data = new Float32Array(codes.length * classes);
  for (const [row, code] of codes.entries()) if (code >= 0) data[row * classes + code] = 1;
  return tensor("float32", data, [codes.length, classes]);
}

/** The model's input of labels, string `[batch]`. */
export function labelInput({ input: name }: LabelSchema): Value {
  return input(name, "string", ["batch"]);
}

/** Texts → codes, the graph's twin of `labelCodes`. */
export function codesInGraph(labels: Value, { classes }: LabelSchema): Value {
  return cast(codeOf(labels, classes, -1), "int32");
}

/** Codes int32 `[batch]` → `[batch, classes]`, zeros where unknown. */
export function oneHotInGraph(codes: Value, { classes }: LabelSchema): Value {
  const each = constant(tensor("int32", Int32Array.from(classes.keys()), [1, classes.length]));
  return cast(equal(reshape(codes, [-1, 1]), each), "float32");
}
