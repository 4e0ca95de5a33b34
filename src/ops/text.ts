/** Text to integers and back (domain `ai.onnx.ml`). */
import type { Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";

type EncoderAttributes = {
  readonly keys_strings?: readonly string[];
  readonly values_int64s?: readonly number[];
  readonly default_int64?: number;
  readonly keys_int64s?: readonly number[];
  readonly values_strings?: readonly string[];
  readonly default_string?: string;
};

export const labelEncoderOp: Op<EncoderAttributes> = {
  name: "LabelEncoder",
  domain: "ai.onnx.ml",
  infer: ([x], { keys_strings }) => [
    { dtype: keys_strings === undefined ? "string" : "int64", shape: x?.shape ?? [] },
  ],
};

/** Place of each text in `words`; `other` for texts not among them. */
export function codeOf(x: Value, words: readonly string[], other: number): Value {
  return applyOne(labelEncoderOp, [x], {
    keys_strings: words,
    values_int64s: words.map((_, i) => i),
    default_int64: other,
  });
}

/** The text at each place of `words`; `other` for places outside. */
export function wordAt(x: Value, words: readonly string[], other: string): Value {
  return applyOne(labelEncoderOp, [x], {
    keys_int64s: words.map((_, i) => i),
    values_strings: words,
    default_string: other,
  });
}
