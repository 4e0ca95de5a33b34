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
  mul,
  reshape,
  shapeOf,
  sub,
  sum,
} from "../ops/index.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import { halfLogDeterminant, inverse, transposed } from "./triangular.ts";

/** The names under which the codes, and which of them count, lie beside the engine. */
export const HELD = "mixture.codes";
export const COUNTING = "mixture.counting";

/** A mixture on its way: float64, in the whitened space. */
export interface Components {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly factors: readonly Float64Array[];
}

/** Products of a code with itself that are held at once. */
const SQUARES = 2 ** 20;

/** Codes as the pass takes them: in blocks, the last one filled up with codes that do not count. */
export interface Held {
  readonly codes: Tensor<"float64">;
  readonly counting: Tensor<"float64">;
}

export function heldCodes(codes: Float64Array, size: number): Held {
  const rows = codes.length / size;
  const block = Math.min(rows, Math.max(1, Math.floor(SQUARES / size ** 2)));
  const blocks = Math.ceil(rows / block);
  const all = new Float64Array(blocks * block * size);
  all.set(codes);
  const counting = new Float64Array(blocks * block).fill(1, 0, rows);
  return {
    codes: tensor("float64", all, [blocks, block, size]),
    counting: tensor("float64", counting, [blocks, block, 1]),
  };
}

/**
 * log p(z, k) is a quadratic form in z, so all components' are one matrix product of z ⊗ z, and all
 * their moments another: in float64, where what cancels does no harm to whitened codes.
 *
 * Inputs: the codes, and of each component the coefficients of z ⊗ z, of z, and of 1.
 * Outputs: `likelihood`, the sum over codes of log p(z); and of each component the number of codes
 * that are its own, their sum, and that of z ⊗ z.
 */
export function passProgram(size: number) {
  const codes = input("codes", "float64", ["blocks", "block", size]);
  const counting = input("counting", "float64", ["blocks", "block", 1]);
  const quadratic = input("quadratic", "float64", ["components", size * size]);
  const linear = input("linear", "float64", ["components", size]);
  const constant = input("constant", "float64", ["components"]);
  const trips = reshape(gather(shapeOf(codes), [0]), []);
  const none = [mul(sum(constant), 0), mul(constant, 0), mul(linear, 0), mul(quadratic, 0)];
  const { state } = loop(trips, none, (at, [likelihood, counts, firsts, seconds]) => {
    const z = gather(codes, at);
    const once = gather(counting, at);
    const across = mul(reshape(z, [-1, size, 1]), reshape(z, [-1, 1, size]));
    const zz = reshape(across, [-1, size * size]);
    const density = add(
      add(gemm(zz, quadratic, { transB: 1 }), gemm(z, linear, { transB: 1 })),
      constant,
    );
    const peak = largest(density, { axes: [1], keep: true });
    const powers = exp(sub(density, peak));
    const total = sum(powers, { axes: [1], keep: true });
    const shares = mul(div(powers, total), once);
    return {
      state: [
        add(likelihood as Value, sum(mul(add(peak, log(total)), once))),
        add(counts as Value, sum(shares, { axes: [0] })),
        add(firsts as Value, gemm(shares, z, { transA: 1 })),
        add(seconds as Value, gemm(shares, zz, { transA: 1 })),
      ],
      scans: [],
    };
  });
  const [likelihood, counts, firsts, seconds] = state;
  return exportModel({
    name: "mixture",
    inputs: [codes, counting, quadratic, linear, constant],
    outputs: {
      likelihood: likelihood as Value,
      counts: counts as Value,
      firsts: firsts as Value,
      seconds: seconds as Value,
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
  rows: number,
  { weights, means, factors }: Components,
): Promise<Moments> {
  const count = weights.length;
  const size = means.length / count;
  const quadratic = new Float64Array(count * size * size);
  const linear = new Float64Array(count * size);
  const constant = new Float64Array(count);
  for (const [k, factor] of factors.entries()) {
    const mean = means.subarray(k * size, (k + 1) * size);
    const precision = precisionOf(factor, size);
    let square = 0;
    for (let i = 0; i < size; i += 1) {
      let sumOf = 0;
      for (let j = 0; j < size; j += 1)
        sumOf += (precision[i * size + j] as number) * (mean[j] as number);
      linear[k * size + i] = sumOf;
      square += sumOf * (mean[i] as number);
    }
    quadratic.set(
      precision.map((value) => -value / 2),
      k * size * size,
    );
    constant[k] =
      Math.log(weights[k] as number) -
      halfLogDeterminant(factor, size) -
      (size / 2) * Math.log(2 * Math.PI) -
      square / 2;
  }
  const out = await pass.run({
    codes: { held: HELD },
    counting: { held: COUNTING },
    quadratic: tensor("float64", quadratic, [count, size * size]),
    linear: tensor("float64", linear, [count, size]),
    constant: tensor("float64", constant),
  });
  const numbers = (name: string): Float64Array => (out[name] as Tensor<"float64">).data;
  const counts = numbers("counts");
  const centers = numbers("firsts").map(
    (value, at) => value / (counts[Math.floor(at / size)] as number),
  );
  const seconds = numbers("seconds");
  return {
    likelihood: (numbers("likelihood")[0] as number) / rows,
    counts,
    means: centers,
    covariances: factors.map((_, k) =>
      Float64Array.from({ length: size * size }, (_one, at) => {
        const [i, j] = [Math.floor(at / size), at % size];
        const both = (centers[k * size + i] as number) * (centers[k * size + j] as number);
        return (seconds[k * size * size + at] as number) / (counts[k] as number) - both;
      }),
    ),
  };
}

/** L⁻ᵀ · L⁻¹ */
function precisionOf(factor: Float64Array, size: number): Float64Array {
  const root = inverse(factor, size);
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sumOf = 0;
    for (let k = Math.max(i, j); k < size; k += 1)
      sumOf += (root[k * size + i] as number) * (root[k * size + j] as number);
    return sumOf;
  });
}

/** Centered codes · L⁻ᵀ */
export async function whitened(
  engine: Engine,
  codes: Float64Array,
  factor: Float64Array,
  size: number,
): Promise<Float64Array> {
  const given = input("codes", "float64", ["rows", size]);
  const whitener = input("whitener", "float64", [size, size]);
  const white = gemm(given, whitener);
  const session = await engine.open(
    writeModel(exportModel({ name: "whitened", inputs: [given, whitener], outputs: { white } })),
  );
  try {
    const out = await session.run({
      codes: tensor("float64", codes, [codes.length / size, size]),
      whitener: tensor("float64", transposed(inverse(factor, size), size), [size, size]),
    });
    return (out["white"] as Tensor<"float64">).data;
  } finally {
    await session.release();
  }
}
