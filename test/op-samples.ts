/** What the op suite tries on each op. An op without samples fails the suite. */
import type { DType } from "../src/base/tensor.ts";
import { tensor } from "../src/base/tensor.ts";
import type { Shape } from "../src/graph/dim.ts";
import type { Value } from "../src/graph/value.ts";
import { applyOne, constant, integers, scalar } from "../src/graph/value.ts";
import * as op from "../src/ops/index.ts";

/** A float input: drawn at random from [low, high], or listed. */
interface FloatInput {
  readonly shape: Shape;
  readonly from?: number;
  readonly to?: number;
  readonly values?: readonly number[];
  /** No gradient is asked for (an input the op is not differentiable in). */
  readonly fixed?: true;
}

/** An input of another type, with its values: never differentiated. */
interface OtherInput {
  readonly dtype: Exclude<DType, "float32" | "float64">;
  readonly shape: Shape;
  readonly values: readonly number[] | readonly string[];
}

export type SampleInput = FloatInput | OtherInput;

export interface Sample {
  readonly title?: string;
  readonly inputs: readonly SampleInput[];
  build(...inputs: readonly Value[]): Value | readonly Value[];
  /** False where the op passes no gradient, or where the points sit on a kink. */
  readonly gradient?: false;
  /** The function finds a cheaper way here than its op, or is made of others. */
  readonly without?: true;
}

type Build = (...inputs: readonly [Value, Value, Value]) => Value | readonly Value[];

function sample(
  inputs: readonly SampleInput[],
  build: Build,
  rest: Omit<Sample, "inputs" | "build"> = {},
): Sample {
  return { inputs, build: build as Sample["build"], ...rest };
}

const floats = (shape: Shape, from = -2, to = 2): FloatInput => ({ shape, from, to });
const listed = (...values: readonly number[]): FloatInput => ({ shape: [values.length], values });
const whole = (
  dtype: OtherInput["dtype"],
  shape: Shape,
  values: readonly number[] | readonly string[],
): OtherInput => ({ dtype, shape, values });

/** Zeros of both signs, ones, sizes near the ends of what float32 can hold. */
const EDGES = [0, -0, 1, -1, 1e-30, -1e-30, 20, -20, 90, -90, 1e4, -1e4, 1e30, -1e30];
const FINITE_EDGES = [0, -0, 1, -1, 1e-30, -1e-30, 20, -20, 80, -80];

const NAN_AND_INFINITE = [NaN, Infinity, -Infinity];

/** Samples of a function of one value: a batch, a scalar, edges without gradients. */
function pointwise(
  f: (x: Value) => Value,
  { from = -2, to = 2, edges = [...EDGES, ...NAN_AND_INFINITE], gradient = true } = {},
): readonly Sample[] {
  const none = gradient ? {} : { gradient: false as const };
  return [
    sample([floats(["batch", 3], from, to)], (x) => f(x), none),
    sample([floats([], from, to)], (x) => f(x), none),
    sample([listed(...edges)], (x) => f(x), { gradient: false, title: "edges" }),
  ];
}

/** Samples of a function of two values: same shapes, broadcasting each way, a bare number, edges. */
function binary(
  f: (a: op.Operand, b: op.Operand) => Value,
  { from = -2, to = 2, edges = true, gradient = true } = {},
): readonly Sample[] {
  const none = gradient ? {} : { gradient: false as const };
  const x = (shape: Shape): FloatInput => floats(shape, from, to);
  return [
    sample([x(["batch", 3]), x(["batch", 3])], (a, b) => f(a, b), none),
    sample([x(["batch", 3]), x([3])], (a, b) => f(a, b), { ...none, title: "row" }),
    sample([x([]), x(["batch", 2])], (a, b) => f(a, b), { ...none, title: "scalar first" }),
    sample([x(["batch", 1, 2]), x([3, 1])], (a, b) => f(a, b), { ...none, title: "outer" }),
    sample([x([4])], (a) => f(a, a), { ...none, title: "same value twice" }),
    sample([x(["batch", 2])], (a) => [f(a, 1.5), f(1.5, a)], { ...none, title: "numbers" }),
    ...(edges
      ? [
          sample(
            [listed(0, -0, 1, 3, -1, 1e30, -1e30, NaN), listed(0, 1, 0, 3, -1, 1e30, 1e30, 1)],
            (a, b) => f(a, b),
            { gradient: false, title: "edges" },
          ),
        ]
      : []),
  ];
}

const WORDS = 0xffff_ffff;
const words = whole("uint32", [6], [0, 1, 2, 0x8000_0000, WORDS, 0x9e37_79b1]);
const otherWords = whole("uint32", [6], [WORDS, 1, 0x7feb_352d, 2, WORDS, 0x846c_a68b]);
const longs = whole("int64", ["batch", 2], [0, 5, -7, 123_456_789_012, -1, 3]);
const ints = whole("int32", ["batch", 2], [0, 5, -7, 1_000_000, -1, 3]);
const flags = whole("bool", ["batch", 2], [0, 1, 1, 0, 1, 1]);
const otherFlags = whole("bool", [2], [0, 1]);
const chosen = whole("int64", ["batch", 2], [0, 2, 1, 1, -1, 0]);

const comparisons = (
  f: (a: op.Operand, b: op.Operand) => Value,
  whole_ = [longs, ints],
): readonly Sample[] => [
  ...binary(f, { gradient: false }),
  ...whole_.map((x) => sample([x], (a) => f(a, 0), { gradient: false, title: x.dtype })),
];

const reductions = (f: (x: Value, options?: op.ReduceOptions) => Value): readonly Sample[] => [
  sample([floats(["batch", 3])], (x) => f(x)),
  sample([floats(["batch", 3, 2])], (x) => f(x, { axes: [0, 2] })),
  sample([floats(["batch", 3, 2])], (x) => f(x, { axes: [-1], keep: true })),
  sample([floats(["batch", 3])], (x) => f(x, { axes: [0], keep: true }), { title: "over batch" }),
  sample([floats(["batch", 1])], (x) => f(x, { axes: [1] }), { title: "unit axis", without: true }),
  sample([floats(["batch", 2])], (x) => f(x, { axes: [] }), { title: "no axis", without: true }),
  sample([floats([])], (x) => f(x), { title: "scalar", without: true }),
];

interface ConvCase {
  readonly image: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly channels: readonly [number, number];
}

/** Odd and even sizes, strides beyond the kernel, one channel and more than the lowerings' limits. */
const CONVOLUTIONS: readonly ConvCase[] = [
  { image: [4, 5], kernel: [3, 3], stride: 1, channels: [2, 3] },
  { image: [5, 4], kernel: [3, 3], stride: 2, channels: [1, 2] },
  { image: [4, 4], kernel: [2, 2], stride: 2, channels: [2, 1] },
  { image: [3, 3], kernel: [1, 1], stride: 1, channels: [2, 2] },
  { image: [5, 5], kernel: [1, 2], stride: 3, channels: [1, 1] },
  { image: [3, 3], kernel: [3, 3], stride: 2, channels: [33, 1] },
  { image: [4, 3], kernel: [4, 4], stride: 2, channels: [1, 2] },
];

const smallOf = ({ image, stride }: ConvCase): readonly [number, number] => [
  Math.ceil(image[0] / stride),
  Math.ceil(image[1] / stride),
];

const convSamples = (): readonly Sample[] =>
  CONVOLUTIONS.flatMap(({ image, kernel, stride, channels }, i) => {
    const x = floats(["batch", ...image, channels[0]], -1, 1);
    const w = floats([...kernel, ...channels], -1, 1);
    if (i % 2 === 1) return [sample([x, w], (a, b) => op.conv2d(a, b, { stride }))];
    return [
      sample([x, w, floats([channels[1]])], (a, b, bias) => op.conv2d(a, b, { stride, bias })),
    ];
  });

const transposedSamples = (): readonly Sample[] =>
  CONVOLUTIONS.map((one, i) => {
    const { image, kernel, stride, channels } = one;
    const y = floats(["batch", ...smallOf(one), channels[1]], -1, 1);
    const w = floats([...kernel, ...channels], -1, 1);
    if (i % 2 === 0) return sample([y, w], (a, b) => op.convTranspose2d(a, b, image, { stride }));
    return sample([y, w, floats([channels[0]])], (a, b, bias) =>
      op.convTranspose2d(a, b, image, { stride, bias }),
    );
  });

const convWeightSamples = (): readonly Sample[] =>
  CONVOLUTIONS.map((one) => {
    const { image, kernel, stride, channels } = one;
    const x = floats(["batch", ...image, channels[0]], -1, 1);
    const y = floats(["batch", ...smallOf(one), channels[1]], -1, 1);
    return sample([x, y], (a, b) =>
      applyOne(op.conv2dWeightOp, [a, b], {
        stride: [stride, stride],
        before: [0, 0],
        size: kernel,
      }),
    );
  });

/** Channels first, as only lowering makes them. */
const native = (
  record: typeof op.convOp,
  x: Shape,
  w: Shape,
  attributes: Parameters<typeof op.convOp.infer>[1],
  bias: readonly Shape[] = [],
): Sample =>
  sample(
    [x, w, ...bias].map((shape) => floats(shape, -1, 1)),
    (...inputs) => applyOne(record, inputs, attributes),
    { gradient: false },
  );

const spread = whole("int64", [4], [3, 0, 3, 1]);

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  Add: [
    ...binary(op.add),
    sample([words, otherWords], (a, b) => op.add(a, b), { gradient: false, title: "uint32" }),
    sample([longs], (a) => op.add(a, 4), { gradient: false, title: "int64" }),
    sample([ints], (a) => op.add(a, 4), { gradient: false, title: "int32" }),
  ],
  Sub: [
    ...binary(op.sub),
    sample([longs], (a) => op.sub(1, a), { gradient: false, title: "int64" }),
    sample([ints], (a) => op.sub(1, a), { gradient: false, title: "int32" }),
  ],
  Mul: [
    ...binary(op.mul),
    sample([words, otherWords], (a, b) => op.mul(a, b), { gradient: false, title: "uint32" }),
    sample([longs], (a) => op.mul(a, -3), { gradient: false, title: "int64" }),
    sample([ints], (a) => op.mul(a, -3), { gradient: false, title: "int32" }),
  ],
  Div: [
    ...binary(op.div, { from: 0.5, to: 2 }),
    sample([floats([3], -2, -0.5), floats([3], -2, -0.5)], (a, b) => op.div(a, b)),
    sample([longs], (a) => op.div(a, 3), { gradient: false, title: "int64" }),
    sample([ints], (a) => op.div(a, 3), { gradient: false, title: "int32" }),
  ],
  Pow: [
    ...binary(op.pow, { from: 0.5, to: 2, edges: false }),
    sample([floats(["batch", 3])], (x) => op.pow(x, 2), { title: "square" }),
    sample([floats(["batch", 3])], (x) => op.pow(x, 3), { title: "cube" }),
    sample([floats(["batch", 3])], (x) => op.pow(x, 0), { title: "to the 0", without: true }),
    sample([floats(["batch", 3], 0.5, 2)], (x) => op.pow(x, -0.5), { title: "inverse root" }),
    sample([listed(0, 0, 1, 4), listed(2, 0.5, 7, 0.5)], (a, b) => op.pow(a, b), {
      gradient: false,
      title: "edges",
    }),
    sample([{ ...floats([3], 2, 3), fixed: true }, floats([3])], (a, b) => op.pow(a, b), {
      title: "exponent alone",
    }),
  ],
  Max: [
    ...binary(op.max),
    sample([longs], (a) => op.max(a, 2), { gradient: false, title: "int64" }),
    sample([ints], (a) => op.max(a, 2), { gradient: false, title: "int32" }),
  ],
  Min: [
    ...binary(op.min),
    sample([longs], (a) => op.min(a, 2), { gradient: false, title: "int64" }),
    sample([ints], (a) => op.min(a, 2), { gradient: false, title: "int32" }),
  ],
  Mod: [
    sample([longs], (a) => op.mod(a, 3), { gradient: false }),
    sample([longs], (a) => op.mod(a, -3), { gradient: false }),
    sample([ints], (a) => op.mod(a, 7), { gradient: false, title: "int32" }),
    sample([words], (a) => op.mod(a, 7), { gradient: false, title: "uint32" }),
  ],
  Neg: [
    ...pointwise(op.neg),
    sample([longs], (a) => op.neg(a), { gradient: false, title: "int64" }),
    sample([ints], (a) => op.neg(a), { gradient: false, title: "int32" }),
  ],
  Clip: [
    sample([floats(["batch", 3])], (x) => op.clip(x, -1, 1)),
    sample([floats(["batch", 3])], (x) => op.clip(x, undefined, 0.5)),
    sample([floats(["batch", 3])], (x) => op.clip(x, -0.5, undefined)),
    sample([listed(-1, 1, 0, 1e30, -1e30, Infinity)], (x) => op.clip(x, -1, 1), {
      gradient: false,
      title: "edges",
    }),
    sample([longs], (x) => op.clip(x, 0, 5), { gradient: false, title: "int64" }),
    sample([ints], (x) => op.clip(x, 0, 5), { gradient: false, title: "int32" }),
  ],
  Exp: pointwise(op.exp),
  Log: pointwise(op.log, { from: 0.2, to: 3, edges: [0, 1, 1e-30, 1e30, -1, Infinity, NaN] }),
  Sqrt: pointwise(op.sqrt, { from: 0.2, to: 3, edges: [0, 1, 1e-30, 1e30, -1, Infinity, NaN] }),
  Reciprocal: pointwise(op.reciprocal, { from: 0.3, to: 3 }),
  Abs: [
    ...pointwise(op.abs),
    sample([longs], (x) => op.abs(x), { gradient: false, title: "int64" }),
  ],
  Sign: pointwise(op.sign, { edges: EDGES, gradient: false }),
  Floor: pointwise(op.floor, { gradient: false }),
  Round: [
    ...pointwise(op.round, { gradient: false }),
    sample([listed(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.4999, 1e30)], (x) => op.round(x), {
      gradient: false,
      title: "ties",
    }),
  ],
  Sin: pointwise(op.sin, { edges: FINITE_EDGES }),
  Cos: pointwise(op.cos, { edges: FINITE_EDGES }),
  Sinh: pointwise(op.sinh, { edges: FINITE_EDGES }),
  Asinh: pointwise(op.asinh, { edges: EDGES.filter((x) => Math.abs(x) < 1e18) }),
  Erf: pointwise(op.erf),
  Tanh: pointwise(op.tanh),
  Sigmoid: pointwise(op.sigmoid),
  Softplus: pointwise(op.softplus, { edges: EDGES }),
  HardSigmoid: pointwise(op.hardSigmoid, { edges: EDGES }),
  Silu: pointwise(op.silu, { edges: EDGES }),
  Relu: pointwise(op.relu, { edges: EDGES }),
  LeakyRelu: [
    ...pointwise((x) => op.leakyRelu(x), { edges: EDGES }),
    ...pointwise((x) => op.leakyRelu(x, 0.25), { edges: EDGES }),
  ],
  Elu: [
    ...pointwise((x) => op.elu(x), { edges: EDGES }),
    ...pointwise((x) => op.elu(x, 0.5), { edges: EDGES }),
  ],
  Not: [sample([flags], (x) => op.not(x), { gradient: false })],
  IsNaN: [
    sample([listed(NaN, 0, Infinity, 1)], (x) => op.isNaN(x), { gradient: false }),
    sample([listed(NaN, 0, Infinity, 1)], (x) => op.isNaN(op.cast(x, "float64")), {
      gradient: false,
      title: "float64",
    }),
  ],
  Identity: pointwise(op.identity),
  StopGradient: [sample([floats(["batch", 2])], (x) => op.stopGradient(x), { gradient: false })],
  BitwiseXor: [
    sample([words, otherWords], (a, b) => op.bitwiseXor(a, b), { gradient: false }),
    sample([words], (a) => op.bitwiseXor(a, WORDS), { gradient: false, title: "number" }),
  ],
  BitShift: [
    sample([words], (a) => op.shiftRight(a, 15), { gradient: false }),
    sample([words], (a) => op.shiftRight(a, 1), { gradient: false }),
  ],
  Cast: [
    sample([floats(["batch", 2])], (x) => op.cast(x, "float64")),
    sample([floats(["batch", 2])], (x) => op.cast(op.cast(x, "float64"), "float32")),
    ...(["int32", "int64", "bool"] as const).map((to) =>
      sample([listed(0, 1, -1.7, 2.9, -0.3)], (x) => op.cast(x, to), {
        gradient: false,
        title: to,
      }),
    ),
    ...(["uint32", "uint8"] as const).map((to) =>
      sample([listed(0, 1, 1.7, 200.9)], (x) => op.cast(x, to), { gradient: false, title: to }),
    ),
    ...[words, longs, ints, flags, whole("uint8", [3], [0, 7, 255])].map((x) =>
      sample([x], (a) => [op.cast(a, "float32"), op.cast(a, "float64"), op.cast(a, "int64")], {
        gradient: false,
        title: `from ${x.dtype}`,
      }),
    ),
  ],
  Where: [
    sample([flags, floats(["batch", 2]), floats(["batch", 2])], (c, a, b) => op.where(c, a, b)),
    sample([flags, floats([2]), floats([])], (c, a, b) => op.where(c, a, b), { title: "repeated" }),
    sample([otherFlags, floats(["batch", 1])], (c, a) => op.where(c, a, 0), { title: "widened" }),
    sample([flags, longs], (c, a) => op.where(c, a, 9), { gradient: false, title: "int64" }),
    sample([flags, ints], (c, a) => op.where(c, a, 9), { gradient: false, title: "int32" }),
  ],
  Equal: [
    ...comparisons(op.equal),
    sample([flags, otherFlags], (a, b) => op.equal(a, b), { gradient: false, title: "bool" }),
    sample([whole("uint8", [3], [0, 7, 255])], (a) => op.equal(a, 7), {
      gradient: false,
      title: "uint8",
    }),
  ],
  Greater: comparisons(op.greater),
  Less: comparisons(op.less),
  GreaterOrEqual: comparisons(op.greaterOrEqual),
  LessOrEqual: comparisons(op.lessOrEqual),
  And: [sample([flags, otherFlags], (a, b) => op.and(a, b), { gradient: false })],
  Or: [sample([flags, otherFlags], (a, b) => op.or(a, b), { gradient: false })],
  Size: [
    sample([floats(["batch", 3])], (x) => applyOne(op.sizeOp, [x], {}), { gradient: false }),
    sample([floats(["batch", 3])], (x) => op.dynamicSize(x, [0, 1]), {
      gradient: false,
      without: true,
    }),
  ],
  Range: (["float32", "int64", "int32", "uint8", "bool", "uint32"] as const).map((dtype) =>
    sample([floats(["batch", 2])], (x) => op.positionsLike(op.cast(x, dtype)), {
      gradient: false,
      title: dtype,
    }),
  ),
  Loop: [
    sample(
      [floats(["batch", 2]), floats([2])],
      (x, rate) => {
        const { state, scans } = op.loop(scalar(3, "int64"), [x], (index, [held]) => {
          const next = op.add(op.mul(held as Value, rate), op.cast(index, rate.dtype));
          return { state: [next], scans: [op.sum(next), rate] };
        });
        return [...state, ...scans];
      },
      { gradient: false },
    ),
    sample(
      [floats([2])],
      (x) => {
        const outer = op.loop(scalar(2, "int64"), [x, x], (turn, [a, b]) => {
          const inner = op.loop(op.add(turn, 1), [a as Value], (_, [held]) => ({
            state: [op.mul(op.add(held as Value, b as Value), 0.5)],
            scans: [],
          }));
          return { state: [b as Value, inner.state[0] as Value], scans: [] };
        });
        return outer.state;
      },
      { gradient: false, title: "nested, with captures" },
    ),
  ],
  Gemm: [
    sample([floats(["batch", 3]), floats([3, 2])], (a, b) => op.gemm(a, b)),
    sample([floats([3, "batch"]), floats([3, 2])], (a, b) => op.gemm(a, b, { transA: 1 })),
    sample([floats(["batch", 3]), floats([2, 3])], (a, b) => op.gemm(a, b, { transB: 1 })),
    sample([floats([3, "batch"]), floats([2, 3])], (a, b) =>
      op.gemm(a, b, { transA: 1, transB: 1 }),
    ),
    sample([floats(["batch", 3]), floats([3, 2]), floats([2])], (a, b, c) =>
      op.gemm(a, b, { alpha: 0.5, beta: 2 }, c),
    ),
    sample([floats(["batch", 3]), floats([3, 2]), floats([1, 2])], (a, b, c) =>
      op.gemm(a, b, {}, c),
    ),
    sample([floats(["batch", 3]), floats([3, 2]), floats(["batch", 1])], (a, b, c) =>
      op.gemm(a, b, {}, c),
    ),
    sample([floats([3, 2]), floats([2, 3]), floats([])], (a, b, c) =>
      op.gemm(a, b, { transA: 1, transB: 1, alpha: -1.5, beta: 0.5 }, c),
    ),
  ],
  MatMul: [
    sample([floats(["batch", 2, 3]), floats(["batch", 3, 2])], (a, b) => op.matMul(a, b)),
    sample([floats(["batch", 2, 3]), floats([3, 2])], (a, b) => op.matMul(a, b), {
      title: "shared",
    }),
    sample([floats([2, 3]), floats(["batch", 3, 1])], (a, b) => op.matMul(a, b), { title: "left" }),
    sample([floats(["batch", 1, 2, 3]), floats([2, 3, 2])], (a, b) => op.matMul(a, b)),
  ],
  Conv: [
    native(op.convOp, ["batch", 2, 4, 5], [3, 2, 3, 3], { strides: [1, 1], pads: [1, 1, 1, 1] }),
    native(op.convOp, ["batch", 1, 5, 4], [2, 1, 3, 2], { strides: [2, 1], pads: [0, 1, 1, 0] }, [
      [2],
    ]),
    native(op.convOp, ["batch", 2, 6, 7], [1, 2, 2, 3], {
      strides: [1, 1],
      dilations: [2, 3],
      pads: [0, 0, 1, 1],
    }),
  ],
  ConvTranspose: [
    native(op.convTransposeOp, ["batch", 2, 3, 2], [2, 3, 3, 3], {
      strides: [2, 2],
      pads: [1, 1, 0, 1],
    }),
    native(
      op.convTransposeOp,
      ["batch", 1, 2, 3],
      [1, 2, 2, 2],
      { strides: [3, 2], pads: [0, 0, 0, 0], output_padding: [1, 0] },
      [[2]],
    ),
  ],
  Conv2d: convSamples(),
  ConvTranspose2d: transposedSamples(),
  Conv2dWeight: convWeightSamples(),
  TopK: [
    sample([floats(["batch", 5])], (x) => op.topK(x, 2).values),
    sample([floats(["batch", 4, 2])], (x) => op.topK(x, 3, 1).values),
    sample([floats(["batch", 5])], (x) => op.topK(x, 5).index, { gradient: false }),
    sample([listed(3, 1, 3, 2, 3)], (x) => Object.values(op.topK(x, 4)), {
      gradient: false,
      title: "ties",
    }),
    // As many as 2 a row, over all rows.
    sample([floats(["batch", 5])], (x) => {
      const count = op.mul(op.gather(op.shapeOf(x), [0]), integers([2]));
      return op.topK(op.reshape(x, [-1]), count).values;
    }),
  ],
  NonZero: [
    // How many are found, the shape rule cannot say: what hangs on it is summed away.
    sample([floats(["batch", 3])], (x) => {
      const places = op.placesOf(constant(tensor("bool", Uint8Array.of(1, 0, 1), [3])));
      return op.sum(op.mul(op.gather(x, places, 1), op.cast(op.add(places, 1), x.dtype)), {
        axes: [1],
      });
    }),
    sample(
      [floats([4, 2])],
      (x) => {
        const places = op.placesOf(constant(tensor("bool", new Uint8Array(4), [4])));
        return op.sum(op.gather(x, places), { axes: [0] });
      },
      { title: "nothing found" },
    ),
  ],
  ArgMax: [
    sample([floats(["batch", 5])], (x) => op.argMax(x), { gradient: false }),
    sample([floats(["batch", 3, 2])], (x) => op.argMax(x, 1), { gradient: false }),
    sample([listed(1, 3, 3, 0)], (x) => op.argMax(x), { gradient: false, title: "ties" }),
  ],
  ReduceSum: [
    ...reductions(op.sum),
    sample([floats(["batch", 3])], (x) => op.mean(x, { axes: [0] }), { title: "mean over batch" }),
    sample([floats(["batch", 3])], (x) => op.mean(x), { title: "mean of all" }),
    sample([longs], (x) => op.sum(x, { axes: [1] }), { gradient: false, title: "int64" }),
    sample([ints], (x) => op.sum(x, { axes: [1] }), { gradient: false, title: "int32" }),
  ],
  ReduceSumSquare: reductions(op.sumOfSquares),
  ReduceMax: [
    ...reductions(op.largest),
    sample([longs], (x) => op.largest(x, { axes: [1] }), { gradient: false, title: "int64" }),
  ],
  ReduceMin: [
    ...reductions(op.smallest),
    sample([ints], (x) => op.smallest(x, { axes: [1] }), { gradient: false, title: "int32" }),
  ],
  Slice: [
    sample([floats(["batch", 6])], (x) => op.slice(x, 1, 4)),
    sample([floats(["batch", 6])], (x) => op.slice(x, 1, 6, -1, 2), { title: "every second" }),
    sample([floats(["batch", 6])], (x) => op.slice(x, -4, -1), { title: "from the end" }),
    sample([floats(["batch", 6])], (x) => op.slice(x, -9, 99), { title: "beyond" }),
    sample([floats(["batch", 5, 2])], (x) => op.slice(x, 0, 5, 1, 3), { title: "middle axis" }),
  ],
  Gather: [
    sample([floats([5, 2]), whole("int64", ["batch"], [4, 0, 4])], (x, i) => op.gather(x, i)),
    sample([floats([5, 2]), whole("int32", ["batch"], [4, 0, 4])], (x, i) => op.gather(x, i), {
      title: "int32 index",
    }),
    sample([floats(["batch", 3, 2]), whole("int64", [2, 2], [0, 2, -1, 0])], (x, i) =>
      op.gather(x, i, 1),
    ),
    sample([floats(["batch", 3])], (x) => op.gather(x, [2, 0, -1, 2], 1), { title: "repeats" }),
    sample([floats([3, "batch"])], (x) => op.gather(x, scalar(1, "int64")), { title: "one" }),
    sample([floats([4, 2])], (x) => op.gather(x, [1, 2]), { title: "run", without: true }),
    sample([whole("uint8", [3, 2], [1, 2, 3, 4, 5, 6])], (x) => op.gather(x, [2, 0]), {
      gradient: false,
      title: "uint8",
    }),
    sample([whole("string", [3], ["a", "b", "c"])], (x) => op.gather(x, [2, 0]), {
      gradient: false,
      title: "string",
    }),
  ],
  GatherElements: [
    sample([floats(["batch", 3]), chosen], (x, i) => op.gatherElements(x, i)),
    sample([floats([3, 2]), whole("int64", [2, 2], [0, 2, 1, 1])], (x, i) =>
      op.gatherElements(x, i, 0),
    ),
  ],
  ScatterElements: [
    sample([floats(["batch", 4]), spread], (x, i) => op.scatterAdd(x, i, 1, 5)),
    sample([floats([4, 2]), spread], (x, i) => op.scatterAdd(x, i, 0, 4)),
    sample([floats(["batch", 3, 2])], (x) => op.scatterAdd(x, [4, 0, 4], 1, 6), { title: "list" }),
    sample([floats(["batch", 3])], (x) => op.scatterAdd(x, [2, 3, 4], 1, 6), {
      title: "run",
      without: true,
    }),
    sample([floats([2, 3]), floats([2, 2])], (base, x) =>
      applyOne(
        op.scatterElementsOp,
        [base, constant(tensor("int64", BigInt64Array.of(0n, 2n, 1n, 1n), [2, 2])), x],
        { axis: 1, reduction: "add" },
      ),
    ),
  ],
  Pad: [
    sample([floats(["batch", 3])], (x) => op.pad(x, [0, 1], [0, 2])),
    sample([floats(["batch", 2, 2])], (x) => op.pad(x, [0, 0, 1], [0, 1, 0])),
    sample([floats([2, 2])], (x) => op.pad(x, [1, 0], [0, 1])),
    sample([longs], (x) => op.pad(x, [0, 1], [0, 0]), { gradient: false, title: "int64" }),
    sample([ints], (x) => op.pad(x, [0, 1], [0, 0]), { gradient: false, title: "int32" }),
  ],
  Shape: [
    sample([floats(["batch", 3])], (x) => op.shapeOf(x), { gradient: false }),
    sample([whole("string", ["batch"], ["a", "", "c"])], (x) => op.shapeOf(x), {
      gradient: false,
      title: "string",
    }),
  ],
  Reshape: [
    sample([floats(["batch", 6])], (x) => op.reshape(x, [-1, 2, 3])),
    sample([floats(["batch", 2, 3])], (x) => op.reshape(x, [0, 6])),
    sample([floats(["batch", 2, 3])], (x) => op.flatten(x)),
    sample([floats(["batch", 6])], (x) => op.reshape(x, [-1, 1, 2]), { title: "regroup" }),
    sample([floats([2, 3])], (x) => op.reshape(x, [3, 2])),
    sample([floats([1, 1])], (x) => op.reshape(x, [])),
  ],
  Expand: [
    sample([floats([2]), floats(["batch", 2])], (x, like) => op.broadcastLike(x, like)),
    sample([floats([]), floats(["batch", 3, 2])], (x, like) => op.broadcastLike(x, like)),
    sample([floats([2, 1]), floats(["batch", 2, 3])], (x, like) => op.broadcastLike(x, like)),
    sample([floats([]), floats([2, 2])], (x, like) => op.broadcastLike(x, like), {
      title: "known",
    }),
    sample([floats(["batch", 2])], (x) => op.add(op.zerosLike(x), x), {
      title: "zeros",
      without: true,
    }),
  ],
  Transpose: [
    sample([floats(["batch", 3])], (x) => op.transpose(x)),
    sample([floats(["batch", 2, 3])], (x) => op.transpose(x, [2, 0, 1])),
    sample([floats(["batch", 2, 3, 1])], (x) => op.transpose(x, [0, 3, 1, 2])),
  ],
  Concat: [
    sample([floats(["batch", 2]), floats(["batch", 1])], (a, b) => op.concat([a, b, a])),
    sample([floats(["batch", 2]), floats(["batch", 2])], (a, b) => op.concat([a, b], 0)),
    sample([floats([2, 2]), floats([1, 2])], (a, b) => op.concat([a, b], 0)),
    sample([longs, longs], (a, b) => op.concat([a, b]), { gradient: false, title: "int64" }),
  ],
  Split: [
    sample([floats(["batch", 5])], (x) => op.split(x, [2, 1, 2])),
    sample([floats(["batch", 5])], (x) => op.split(x, [2, 3])[1] as Value, { title: "one part" }),
    sample([floats([4, "batch"])], (x) => op.split(x, [1, 3], 0)),
    sample([floats(["batch", 4])], (x) => op.splitEvenly(x, 2), { title: "evenly" }),
  ],
  Softmax: [
    sample([floats(["batch", 4])], (x) => op.softmax(x)),
    sample([floats(["batch", 3, 2])], (x) => op.softmax(x, 1)),
    sample([listed(1e4, 1e4, 0, -1e4)], (x) => op.softmax(x), { gradient: false, title: "edges" }),
  ],
  LogSoftmax: [
    sample([floats(["batch", 4])], (x) => op.logSoftmax(x)),
    sample([floats(["batch", 3, 2])], (x) => op.logSoftmax(x, 1)),
    sample([listed(1e4, 1e4, 0, -1e4)], (x) => op.logSoftmax(x), { gradient: false }),
    sample([floats(["batch", 4])], (x) => op.logSumExp(x), { title: "logSumExp", without: true }),
    sample([floats(["batch", 3, 2])], (x) => op.logSumExp(x, 1), {
      title: "logSumExp",
      without: true,
    }),
    sample([listed(1e4, 1e4, 0, -1e4)], (x) => op.logSumExp(x), { gradient: false, without: true }),
  ],
  LabelEncoder: [
    sample(
      [whole("string", ["batch"], ["red", "blue", "ж"])],
      (x) => op.codeOf(x, ["blue", "ж"], 9),
      {
        gradient: false,
      },
    ),
    sample([whole("int64", ["batch"], [0, 1, 7])], (x) => op.wordAt(x, ["blue", "ж"], "?"), {
      gradient: false,
    }),
  ],
};
