/** A head in the graph of a model file: raw values in, what is told of the row out. */
import { tensor } from "../../base/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { constant } from "../../graph/value.ts";
import type { Batch } from "../../losses/reconstruction.ts";
import { add, argMax, flatten, mul, reshape, softmax, wordAt } from "../../ops/index.ts";
import type { Network } from "../../train/network.ts";
import { headOutputs } from "../../train/student.ts";
import type { Head } from "./fit.ts";
import { headScope } from "./learn.ts";
import { linearIn } from "./material.ts";

/** `prediction`: string `[batch]`, or numbers; `probability`: `[batch, classes]`. */
export const HEAD_OUTPUTS = { prediction: "prediction", probability: "probability" } as const;

export function headInGraph(
  network: Network,
  batch: Batch,
  { info, specs, weights, linear }: Head,
): Readonly<Record<string, Value>> {
  const { kind, classes, center, scale } = info;
  const outputs = kind === "classes" ? classes.length : 1;
  const own = headOutputs(headScope(specs, weights), network, batch, outputs);
  const given = [
    weighed(own, info.weights.network, "network"),
    ...(linear === undefined
      ? []
      : [weighed(linearIn(flatten(batch.x), linear), info.weights.linear, "linear")]),
  ].reduce((a, b) => add(a, b));
  if (kind === "numbers")
    return { [HEAD_OUTPUTS.prediction]: reshape(add(mul(given, scale), center), [-1]) };
  const chances = softmax(given, 1);
  return {
    [HEAD_OUTPUTS.prediction]: wordAt(argMax(chances, 1), classes, ""),
    [HEAD_OUTPUTS.probability]: chances,
  };
}

function weighed(outputs: Value, weight: number, name: string): Value {
  return mul(outputs, constant(tensor("float32", Float32Array.of(weight), []), `head.${name}`));
}
