/** What the turns of a run are given: which rows, which keys, which rates. */
import type { Value } from "../graph/value.ts";
import { input, scalar } from "../graph/value.ts";
import { gather, reshape, shapeOf } from "../ops/index.ts";
import { withKnownSizes } from "../ops/known-sizes.ts";

interface RunInputs {
  readonly order: Value;
  readonly keys: Value;
  readonly rates: Value;
}

export function runInputs(): RunInputs {
  return {
    order: input("order", "int32", ["steps", "batch"]),
    keys: input("keys", "uint32", ["steps", 2]),
    rates: input("rates", "float32", ["steps", "columns"]),
  };
}

/** The outputs, with the batch's size taken from `order` instead of from what each turn computes. */
export function sized(
  { order }: RunInputs,
  outputs: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  const batch = gather(shapeOf(order), [1]);
  const known = withKnownSizes(Object.values(outputs), new Map([["batch", batch]]));
  return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, known[i] as Value]));
}

export function tripsOf(order: Value): Value {
  return reshape(gather(shapeOf(order), [0]), []);
}

export function turnInputs({ order, keys, rates }: RunInputs, turn: Value) {
  const row = gather(rates, turn);
  return {
    rows: gather(order, turn),
    key: gather(keys, turn),
    /** One number of this turn's rates, a scalar. */
    rate: (column: number): Value => gather(row, scalar(column, "int64")),
  };
}
