/**
 * Interactions: beside the engine as codes, a row's one after the other, and a dense row only in a
 * batch. What a row holds out for judging is fixed here: a fifth of its items, drawn at random, or
 * the latest where times are known.
 */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import type { Batch } from "../losses/reconstruction.ts";
import {
  add,
  cast,
  codeOf,
  countsUpTo,
  gather,
  less,
  min,
  mul,
  neg,
  reshape,
  spreadInto,
  sub,
  where,
} from "../ops/index.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { uniforms } from "../random/numbers.ts";
import { usersPerItem } from "./interaction-rows.ts";
import type { InteractionSchema, Preprocessing } from "./preprocessing.ts";
import type { InteractionColumns, Interactions, NumericArray, Rows } from "./source.ts";

/** Names of the saved model's inputs, `[batch, length]`. */
export const ITEM = "item";
export const WEIGHT = "weight";

/** Of a row's items that are held out where rows are judged. */
export const HELD_SHARE = 0.2;

export function fitInteractions(
  rows: Interactions,
  columns: InteractionColumns = { user: "user", item: "item" },
): InteractionSchema {
  const latest = latestOf(rows);
  return {
    kind: "interactions",
    ...columns,
    ...(latest === undefined ? {} : { latest }),
    items: rows.items,
    users: Array.from(usersPerItem(rows)),
    weighted: rows.weights !== undefined,
  };
}

function latestOf({ times }: Interactions): number | undefined {
  const found = times?.reduce((latest, at) => (at > latest ? at : latest), -Infinity);
  return found === undefined || found === -Infinity ? undefined : found;
}

export function interactionPreprocessing(schema: InteractionSchema): Preprocessing {
  const { items, weighted } = schema;
  const size = items.length;
  return {
    kind: "interactions",
    schema,
    layout: {
      shape: [size],
      bounded: false,
      segments: [{ kind: "counts", start: 0, size }],
    },
    columns: items,
    partColumns: Array.from({ length: size }, (_, i) => i),
    compact: {},
    resident: {
      types: {
        starts: { dtype: "int32", shape: ["starts"] },
        codes: { dtype: "int32", shape: ["interactions"] },
        ...(weighted ? { weights: { dtype: "float32", shape: ["interactions"] } } : {}),
      },
      compact: {
        code: { dtype: "int32", shape: ["longest"] },
        ...(weighted ? { weight: { dtype: "float32", shape: ["longest"] } } : {}),
      },
      gather: (resident, rows) => gathered(resident, rows, size),
    },
    ingest: (rows, place) => {
      const own = requireInteractions(rows, schema, place);
      return {
        starts: tensor("int32", own.starts),
        codes: tensor("int32", withHeldOut(own)),
        ...(weighted ? { weights: tensor("float32", weightsOf(own)) } : {}),
      };
    },
    batch: ({ code, weight }, { complete, heldOut = false }) =>
      batchOf(code as Value, weight, { size, complete, heldOut }),
    inputs: () => ({
      [ITEM]: input(ITEM, "string", ["batch", "length"]),
      ...(weighted ? { [WEIGHT]: input(WEIGHT, "float32", ["batch", "length"]) } : {}),
    }),
    compactFrom: ({ [ITEM]: item, [WEIGHT]: weight }) => ({
      code: cast(codeOf(item as Value, items, size), "int32"),
      ...(weight === undefined ? {} : { weight }),
    }),
    outputs: (features) => ({ reconstruction: features }),
    feeds: (rows, place) => feedsOf(requireInteractions(rows, schema, place, false), weighted),
    rows: (outputs, count): NumericArray => ({
      kind: "array",
      rows: count,
      shape: [size],
      data: (outputs["reconstruction"] as Tensor<"float32">).data,
    }),
  };
}

/** Rows of codes as wide as the longest of them; places beyond a row's end hold `size`. */
function gathered(
  { starts, codes, weights }: Readonly<Record<string, Value>>,
  rows: Value,
  size: number,
): Readonly<Record<string, Value>> {
  const column = (value: Value): Value => reshape(value, [-1, 1]);
  const start = gather(starts as Value, rows);
  const length = sub(gather(starts as Value, add(rows, 1)), start);
  const places = countsUpTo(length);
  const inside = less(places, column(length));
  // Places beyond the end read the row's own first, and are overwritten.
  const at = add(column(start), where(inside, places, 0));
  return {
    code: where(inside, gather(codes as Value, at), size),
    ...(weights === undefined ? {} : { weight: gather(weights, at) }),
  };
}

function batchOf(
  code: Value,
  weight: Value | undefined,
  { size, complete, heldOut }: { size: number; complete: boolean; heldOut: boolean },
): Batch {
  const held = less(code, 0);
  const item = where(held, sub(neg(code), 1), code);
  const known = less(item, size);
  const index = cast(where(known, item, 0), "int64");
  const one = cast(known, "float32");
  const values = weight === undefined ? one : mul(one, weight);
  const dense = (numbers: Value): Value => {
    const x = spreadInto(numbers, index, size);
    // Raw rows may name an item twice, rows of ours do not.
    return complete || weight !== undefined ? x : min(x, 1);
  };
  if (!heldOut) return { x: dense(values), sparse: { index, values } };
  const hidden = mul(values, cast(held, "float32"));
  return { x: dense(sub(values, hidden)), target: { x: dense(hidden) } };
}

const HELD_SITE = 0x4e1d;

/** The codes; of those that a row holds out −1 − code. */
function withHeldOut({ rows, starts, codes, times }: Interactions): Int32Array {
  const made = codes.slice();
  const draws =
    times === undefined ? uniforms(atSite(keyAt(0, 0), HELD_SITE), codes.length) : undefined;
  for (let row = 0; row < rows; row += 1) {
    const [from, to] = [starts[row] as number, starts[row + 1] as number];
    const count = Math.min(to - from - 1, Math.max(1, Math.round(HELD_SHARE * (to - from))));
    if (count < 1) continue;
    const rank = (at: number): number =>
      draws === undefined ? -((times?.[at] ?? 0) || 0) : (draws[at] as number);
    const places = Array.from({ length: to - from }, (_, i) => from + i);
    for (const at of places.toSorted((a, b) => rank(a) - rank(b)).slice(0, count))
      made[at] = -1 - (codes[at] as number);
  }
  return made;
}

function weightsOf({ weights, codes }: Interactions): Float32Array {
  return weights ?? new Float32Array(codes.length).fill(1);
}

function feedsOf(rows: Interactions, weighted: boolean): Readonly<Record<string, Tensor>> {
  const { starts, codes, items } = rows;
  let longest = 1;
  for (let row = 0; row < rows.rows; row += 1)
    longest = Math.max(longest, (starts[row + 1] as number) - (starts[row] as number));
  const names: string[] = Array.from({ length: rows.rows * longest }, () => "");
  const given = weighted ? new Float32Array(names.length) : undefined;
  for (let row = 0; row < rows.rows; row += 1) {
    const from = starts[row] as number;
    for (let i = from; i < (starts[row + 1] as number); i += 1) {
      const to = row * longest + i - from;
      names[to] = items[codes[i] as number] as string;
      if (given) given[to] = rows.weights?.[i] ?? 1;
    }
  }
  const shape = [rows.rows, longest];
  return {
    [ITEM]: tensor("string", names, shape),
    ...(given === undefined ? {} : { [WEIGHT]: tensor("float32", given, shape) }),
  };
}

/** @param same whether the items must be the schema's, in their order */
function requireInteractions(
  rows: Rows,
  { items, user, item }: InteractionSchema,
  place: string,
  same = true,
): Interactions {
  if (rows.kind !== "interactions") {
    throw inputError("data.kind", {
      place,
      expected: "interactions: which user took which item",
      got: rows.kind === "images" ? "images" : `a plain ${rows.kind}`,
      hint: `open it as such: --as interactions --user ${user} --item ${item} on the command line, readInteractions in code`,
    });
  }
  if (same && rows.items !== items && rows.items.some((name, i) => name !== items[i])) {
    throw inputError("data.items", {
      place,
      expected: "the items of the training data, in their order",
      got: "others",
    });
  }
  return rows;
}
