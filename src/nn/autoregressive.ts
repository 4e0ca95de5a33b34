/**
 * A network that says of each variable of a row how likely its values are, given those of the
 * variables before it and a context.
 *
 * @see Germain, Gregor, Murray and Larochelle, "MADE: masked autoencoder for distribution
 *   estimation" (2015), equations 8 to 13, with a context
 */
import type { DType } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { gemm } from "../ops/matrix.ts";
import { slice } from "../ops/select.ts";
import { activations } from "./activations.ts";
import { dropout } from "./dropout.ts";
import { OUTPUT_GAIN, lecun, zeros } from "./initializers.ts";
import type { Scope } from "./scope.ts";

/** Weights under masks: what a variable must not see counts nothing. */
export interface Autoregressive {
  /** Values of all variables, one-hot side by side `[batch, slots]` → logits `[batch, slots]`. */
  logits(values: Value): Value;
  /** What is known before the first variable. */
  start(): Known;
  /** Logits of a variable, `[batch, its slots]`, by what is known. */
  next(known: Known, variable: number): Value;
  /** With one more variable, one-hot `[batch, its slots]`. */
  seen(known: Known, variable: number, value: Value): Known;
}

/** `[batch, hidden]` before the activation. */
type Known = Value;

const HIDDEN = 128;
/**
 * Of hidden units, in training: of 344 penguins, 0.3 made held-out rows likelier by 0.07 to 0.2 nats.
 * Without weights from each value to each later one besides, which MADE calls direct connections, they
 * were likelier by 0.07 to 0.18.
 */
const DROPOUT = 0.2;

const { apply } = activations.silu;

/**
 * @param sizes how many values each variable can have
 * @param context `[batch, any]`
 */
export function autoregressive(
  scope: Scope,
  sizes: readonly number[],
  context: Value,
): Autoregressive {
  const slots = sizes.reduce((sum, size) => sum + size, 0);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const variableOf = sizes.flatMap((size, i) => Array.from({ length: size }, () => i));
  // Hidden unit k sees the variables before `seesOf[k]`, and speaks to those from there on.
  const seesOf = Array.from({ length: HIDDEN }, (_, k) => Math.floor((k * sizes.length) / HIDDEN));
  const width = context.shape.at(-1) as number;
  const { dtype } = scope;
  const masked = (name: string, from: readonly number[], to: readonly number[], may: May) => {
    const start = lecun(from.length / 2, name === "out" ? OUTPUT_GAIN : 1);
    const weight = scope.parameter(`${name}.weight`, [from.length, to.length], start);
    return mul(weight, mask(from, to, may, dtype));
  };
  const inward = masked("in", variableOf, seesOf, (variable, sees) => variable < sees);
  const outward = masked("out", seesOf, variableOf, (sees, variable) => sees <= variable);
  const about = gemm(
    context,
    scope.parameter("context.weight", [width, HIDDEN], lecun(width)),
    {},
    scope.parameter("context.bias", [HIDDEN], zeros),
  );
  const base = gemm(
    context,
    scope.parameter("base.weight", [width, slots], lecun(width, OUTPUT_GAIN)),
    {},
    scope.parameter("base.bias", [slots], zeros),
  );
  const rows = (weight: Value, i: number): Value =>
    slice(weight, starts[i] as number, (starts[i] as number) + (sizes[i] as number), 0);
  const columns = (values: Value, i: number): Value =>
    slice(values, starts[i] as number, (starts[i] as number) + (sizes[i] as number), 1);
  return {
    logits: (values) => {
      const hidden = apply(add(about, gemm(values, inward)));
      return add(base, gemm(dropout(scope, hidden, DROPOUT), outward));
    },
    start: () => about,
    next: (known, i) => add(columns(base, i), gemm(apply(known), columns(outward, i))),
    seen: (known, i, value) => add(known, gemm(value, rows(inward, i))),
  };
}

type May = (from: number, to: number) => boolean;

function mask(from: readonly number[], to: readonly number[], may: May, dtype: DType): Value {
  const values = from.flatMap((a) => to.map((b) => Number(may(a, b))));
  const shape = [from.length, to.length];
  return dtype === "float64"
    ? constant(tensor("float64", Float64Array.from(values), shape))
    : constant(tensor("float32", Float32Array.from(values), shape));
}
