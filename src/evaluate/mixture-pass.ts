/** What of a mixture's fit is done to all codes, and so runs in the engine. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { writeModel } from "../onnx/write.ts";
import {
  add,
  div,
  exp,
  gather,
  gemm,
  largest,
  log,
  loop,
  mean,
  mul,
  reshape,
  shapeOf,
  sub,
  sum,
  sumOfSquares,
} from "../ops/index.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import { halfLogDeterminant, inverse, joined, transposed } from "./triangular.ts";

/** The name under which the codes lie beside the engine. */
export const HELD = "mixture.codes";

/** A mixture on its way: float64, in the whitened space. */
export interface Components {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly factors: readonly Float64Array[];
}

/**
 * Inputs: `codes` `[rows, size]`, and of each component `bias` (the logarithm of its weight and
 * norming factor), `mean`, and `whitener` W, so that ‖(z − mean) · W‖² is the squared distance.
 * Outputs: `likelihood`, the mean over rows of log p(z); and of each component the number of codes
 * that are its own, their mean and their covariance.
 */
export function passProgram(size: number) {
  const codes = input("codes", "float32", ["rows", size]);
  const bias = input("bias", "float32", ["components"]);
  const means = input("mean", "float32", ["components", size]);
  const whiteners = input("whitener", "float32", ["components", size, size]);
  const trips = reshape(gather(shapeOf(bias), [0]), []);
  const { scans: densities } = loop(trips, [], (k) => {
    const away = gemm(sub(codes, gather(means, k)), gather(whiteners, k));
    const distance = sumOfSquares(away, { axes: [1] });
    return { state: [], scans: [sub(gather(bias, k), mul(distance, 0.5))] };
  });
  const density = densities[0] as Value;
  const peak = largest(density, { axes: [0], keep: true });
  const powers = exp(sub(density, peak));
  const total = sum(powers, { axes: [0], keep: true });
  const shares = div(powers, total);
  const { scans } = loop(trips, [], (k) => {
    const share = gather(shares, k);
    const count = sum(share);
    const center = div(gemm(reshape(share, [1, -1]), codes), count);
    const away = sub(codes, center);
    const scatter = gemm(mul(away, reshape(share, [-1, 1])), away, { transA: 1 });
    return { state: [], scans: [count, reshape(center, [size]), div(scatter, count)] };
  });
  return exportModel({
    name: "mixture",
    inputs: [codes, bias, means, whiteners],
    outputs: {
      likelihood: mean(add(peak, log(total))),
      counts: scans[0] as Value,
      means: scans[1] as Value,
      covariances: scans[2] as Value,
    },
  });
}

export interface Moments {
  /** Mean log-likelihood of the codes under the components given, in nats. */
  readonly likelihood: number;
  readonly counts: Float64Array;
  readonly means: Float64Array;
  readonly covariances: readonly Float64Array[];
}

export async function moments(
  pass: Session,
  { weights, means, factors }: Components,
): Promise<Moments> {
  const count = weights.length;
  const size = means.length / count;
  const bias = Float32Array.from(
    weights,
    (weight, k) =>
      Math.log(weight) -
      halfLogDeterminant(factors[k] as Float64Array, size) -
      (size / 2) * Math.log(2 * Math.PI),
  );
  const whiteners = factors.map((factor) => transposed(inverse(factor, size), size));
  const out = await pass.run({
    codes: { held: HELD },
    bias: tensor("float32", bias),
    mean: tensor("float32", Float32Array.from(means), [count, size]),
    whitener: tensor("float32", joined(whiteners), [count, size, size]),
  });
  const numbers = (name: string): Float64Array =>
    Float64Array.from((out[name] as Tensor<"float32">).data);
  const covariances = numbers("covariances");
  return {
    likelihood: numbers("likelihood")[0] as number,
    counts: numbers("counts"),
    means: numbers("means"),
    covariances: factors.map((_, k) =>
      covariances.subarray(k * size * size, (k + 1) * size * size),
    ),
  };
}

/** (codes − center) · L⁻ᵀ */
export async function whitened(
  engine: Engine,
  center: Float64Array,
  factor: Float64Array,
  size: number,
): Promise<Float32Array> {
  const codes = input("codes", "float32", ["rows", size]);
  const mean = input("mean", "float32", [size]);
  const whitener = input("whitener", "float32", [size, size]);
  const white = gemm(sub(codes, mean), whitener);
  const session = await engine.open(
    writeModel(
      exportModel({ name: "whitened", inputs: [codes, mean, whitener], outputs: { white } }),
    ),
  );
  try {
    const out = await session.run({
      codes: { held: HELD },
      mean: tensor("float32", Float32Array.from(center)),
      whitener: tensor("float32", joined([transposed(inverse(factor, size), size)]), [size, size]),
    });
    return (out["white"] as Tensor<"float32">).data;
  } finally {
    await session.release();
  }
}
