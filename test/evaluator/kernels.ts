/**
 * What each op computes, by its name: written from the ONNX operator documents and not from
 * src/ops, plainly and slowly, so that the two can be held against each other.
 */
import type { DType } from "../../src/base/tensor.ts";
import { sizeOf } from "../../src/base/tensor.ts";
import type { Attributes } from "../../src/graph/value.ts";
import type { Cells } from "./cells.ts";
import { broadcast, cells, offset, positions, textCells, wrapped } from "./cells.ts";
import { conv, conv2d, conv2dWeight, convTranspose, convTranspose2d } from "./conv.ts";
import { erf } from "./erf.ts";

export type Kernel = (inputs: readonly Cells[], attributes: Attributes) => readonly Cells[];

type Numeric = (...x: readonly number[]) => number;

function elementwise(f: Numeric, to?: DType): Kernel {
  return (inputs) => {
    const shape = broadcast(...inputs.map((input) => input.shape));
    const dtype = to ?? (inputs.at(-1) as Cells).dtype;
    const data = new Float64Array(sizeOf(shape));
    let i = 0;
    for (const at of positions(shape)) {
      const x = inputs.map((input) => input.data[offset(input.shape, at)] as number);
      data[i++] = wrapped(dtype, f(...x));
    }
    return [cells(dtype, shape, data)];
  };
}

const isWhole = (dtype: DType): boolean => dtype !== "float32" && dtype !== "float64";

/** Ops whose arithmetic differs between integers and floats. */
function byType(whole: Numeric, float: Numeric): Kernel {
  return (inputs, attributes) =>
    elementwise(isWhole((inputs[0] as Cells).dtype) ? whole : float)(inputs, attributes);
}

function attribute(attributes: Attributes, name: string, otherwise: number): number {
  const value = attributes[name];
  return typeof value === "number" ? value : otherwise;
}

const normal = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const rounded = (x: number): number => {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
};

function comparison(f: (a: number, b: number) => boolean): Kernel {
  return elementwise((a, b) => Number(f(a as number, b as number)), "bool");
}

/** An array built position by position from another. */
function arranged(
  x: Cells,
  shape: readonly number[],
  from: (at: readonly number[]) => number | undefined,
): Cells {
  const places = placesOf(shape, from);
  if (x.texts) {
    return textCells(
      shape,
      places.map((place) => x.texts?.[place ?? -1] ?? ""),
    );
  }
  return cells(
    x.dtype,
    shape,
    places.map((place) => (place === undefined ? 0 : (x.data[place] as number))),
  );
}

function placesOf(
  shape: readonly number[],
  from: (at: readonly number[]) => number | undefined,
): (number | undefined)[] {
  const places: (number | undefined)[] = [];
  for (const at of positions(shape)) places.push(from(at));
  return places;
}

function reduction(start: number, step: (sum: number, x: number) => number): Kernel {
  return ([x, axes], attributes) => {
    const { shape, dtype, data } = x as Cells;
    const over = axes
      ? Array.from(axes.data, (axis) => normal(axis, shape.length))
      : shape.map((_, i) => i);
    const kept = shape.map((size, i) => (over.includes(i) ? 1 : size));
    const out = new Float64Array(sizeOf(kept)).fill(start);
    let i = 0;
    for (const at of positions(shape)) {
      const to = offset(kept, at);
      out[to] = step(out[to] as number, data[i++] as number);
    }
    const dropped = shape.filter((_, axis) => !over.includes(axis));
    return [cells(dtype, attribute(attributes, "keepdims", 1) ? kept : dropped, out)];
  };
}

/** Calls `f` with each line of numbers along an axis; it returns the line's new numbers. */
function alongAxis(x: Cells, axis: number, f: (line: Float64Array) => ArrayLike<number>): Cells {
  const length = x.shape[axis] as number;
  const lines = x.shape.map((size, i) => (i === axis ? 1 : size));
  const starts = placesOf(lines, (at) => offset(x.shape, at));
  const step = sizeOf(x.shape.slice(axis + 1));
  const results = starts.map((start) =>
    f(Float64Array.from({ length }, (_, i) => x.data[(start as number) + i * step] as number)),
  );
  const size = results[0]?.length ?? length;
  const shape = x.shape.map((n, i) => (i === axis ? size : n));
  const out = new Float64Array(sizeOf(shape));
  for (const [k, at] of placesOf(lines, (at) => offset(shape, at)).entries()) {
    for (let i = 0; i < size; i += 1) {
      out[(at as number) + i * step] = results[k]?.[i] as number;
    }
  }
  return cells(x.dtype, shape, out);
}

function softmaxLine(line: Float64Array): Float64Array {
  const peak = Math.max(...line);
  const powers = line.map((x) => Math.exp(x - peak));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / total);
}

function logSoftmaxLine(line: Float64Array): Float64Array {
  const peak = Math.max(...line);
  const total = line.reduce((sum, x) => sum + Math.exp(x - peak), 0);
  return line.map((x) => x - peak - Math.log(total));
}

function matMul(a: Cells, b: Cells): Cells {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const [k2, n] = b.shape.slice(-2) as [number, number];
  if (k !== k2 || a.dtype !== b.dtype) throw new Error("matrices do not fit");
  const lead = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...lead, m, n];
  const out = new Float64Array(sizeOf(shape));
  let i = 0;
  for (const at of positions(shape)) {
    const [row, column] = at.slice(-2) as [number, number];
    const front = at.slice(0, -2);
    let sum = 0;
    for (let j = 0; j < k; j += 1) {
      sum +=
        (a.data[offset(a.shape, [...front, m === 1 ? 0 : row, j])] as number) *
        (b.data[offset(b.shape, [...front, j, n === 1 ? 0 : column])] as number);
    }
    out[i++] = sum;
  }
  return cells(a.dtype, shape, out);
}

function transposed(x: Cells, perm: readonly number[]): Cells {
  const shape = perm.map((axis) => x.shape[axis] as number);
  return arranged(x, shape, (at) => {
    const source = x.shape.map(() => 0);
    for (const [i, axis] of perm.entries()) source[axis] = at[i] as number;
    return offset(x.shape, source);
  });
}

function scattered(data: Cells, index: Cells, updates: Cells, attributes: Attributes): Cells {
  if (attributes["reduction"] !== "add") throw new Error("only sums are scattered");
  const axis = normal(attribute(attributes, "axis", 0), data.shape.length);
  const out = data.data.slice();
  let i = 0;
  for (const at of positions(index.shape)) {
    const to = [...at];
    to[axis] = normal(index.data[i] as number, data.shape[axis] as number);
    // A size of one has one place only, whatever it is called.
    const place = strictOffset(data.shape, to);
    out[place] = (out[place] as number) + (updates.data[i++] as number);
  }
  return cells(data.dtype, data.shape, out);
}

function strictOffset(shape: readonly number[], at: readonly number[]): number {
  return at.reduce((place, n, i) => {
    const size = shape[i] as number;
    if (n < 0 || n >= size) throw new Error(`index ${n} outside ${size}`);
    return place * size + n;
  }, 0);
}

const shapeCells = (shape: readonly number[]): Cells => cells("int64", [shape.length], shape);

const DTYPES: Readonly<Record<number, DType>> = {
  1: "float32",
  2: "uint8",
  6: "int32",
  7: "int64",
  9: "bool",
  11: "float64",
  12: "uint32",
};

export const kernels: Readonly<Record<string, Kernel>> = {
  Add: elementwise((a = 0, b = 0) => a + b),
  Sub: elementwise((a = 0, b = 0) => a - b),
  Mul: byType(
    (a = 0, b = 0) => (Math.abs(a * b) < 2 ** 53 ? a * b : Math.imul(a, b)),
    (a = 0, b = 0) => a * b,
  ),
  Div: byType(
    (a = 0, b = 0) => Math.trunc(a / b),
    (a = 0, b = 0) => a / b,
  ),
  Pow: elementwise((a = 0, b = 0) => a ** b),
  Max: elementwise((a = 0, b = 0) => Math.max(a, b)),
  Min: elementwise((a = 0, b = 0) => Math.min(a, b)),
  Mod: elementwise((a = 0, b = 0) => a - b * Math.floor(a / b)),
  Neg: elementwise((x = 0) => -x),
  Clip: ([x, low, high]) => {
    const { dtype, shape, data } = x as Cells;
    const bound = (value: number): number =>
      Math.min(Math.max(value, low?.data[0] ?? -Infinity), high?.data[0] ?? Infinity);
    return [cells(dtype, shape, data.map(bound))];
  },
  Exp: elementwise((x = 0) => Math.exp(x)),
  Log: elementwise((x = 0) => Math.log(x)),
  Sqrt: elementwise((x = 0) => Math.sqrt(x)),
  Reciprocal: elementwise((x = 0) => 1 / x),
  Abs: elementwise((x = 0) => Math.abs(x)),
  Sign: elementwise((x = 0) => Math.sign(x)),
  Floor: elementwise((x = 0) => Math.floor(x)),
  Round: elementwise((x = 0) => rounded(x)),
  Sin: elementwise((x = 0) => Math.sin(x)),
  Cos: elementwise((x = 0) => Math.cos(x)),
  Sinh: elementwise((x = 0) => Math.sinh(x)),
  Asinh: elementwise((x = 0) => Math.asinh(x)),
  Erf: elementwise((x = 0) => erf(x)),
  Tanh: elementwise((x = 0) => Math.tanh(x)),
  Sigmoid: elementwise((x = 0) => 1 / (1 + Math.exp(-x))),
  Silu: elementwise((x = 0) => x / (1 + Math.exp(-x))),
  Softplus: elementwise((x = 0) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Relu: elementwise((x = 0) => (x < 0 ? 0 : x)),
  LeakyRelu: ([x], attributes) => {
    const alpha = attribute(attributes, "alpha", 0.01);
    return elementwise((v = 0) => (v < 0 ? alpha * v : v))([x as Cells], {});
  },
  Elu: ([x], attributes) => {
    const alpha = attribute(attributes, "alpha", 1);
    return elementwise((v = 0) => (v < 0 ? alpha * Math.expm1(v) : v))([x as Cells], {});
  },
  HardSigmoid: ([x], attributes) => {
    const [alpha, beta] = [attribute(attributes, "alpha", 0.2), attribute(attributes, "beta", 0.5)];
    const limited = (v = 0): number => Math.max(0, Math.min(1, alpha * v + beta));
    return elementwise(limited)([x as Cells], {});
  },
  Identity: ([x]) => [x as Cells],
  StopGradient: ([x]) => [x as Cells],
  IsNaN: elementwise((x = 0) => Number(Number.isNaN(x)), "bool"),
  Not: elementwise((x = 0) => 1 - x),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Equal: comparison((a, b) => a === b),
  Greater: comparison((a, b) => a > b),
  Less: comparison((a, b) => a < b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  LessOrEqual: comparison((a, b) => a <= b),
  BitwiseXor: elementwise((a = 0, b = 0) => a ^ b),
  BitShift: ([x, by], { direction }) =>
    elementwise((a = 0, n = 0) => (direction === "LEFT" ? a << n : a >>> n))(
      [x as Cells, by as Cells],
      {},
    ),
  Where: elementwise((condition = 0, a = 0, b = 0) => (condition ? a : b)),
  Cast: ([x], { to }) => {
    const { shape, data, dtype } = x as Cells;
    const target = DTYPES[to as number];
    if (target === undefined || dtype === "string") throw new Error(`no cast from ${dtype}`);
    if (target === "bool")
      return [
        cells(
          target,
          shape,
          data.map((v) => Number(v !== 0)),
        ),
      ];
    const whole = isWhole(target);
    return [
      cells(
        target,
        shape,
        data.map((v) => (whole ? wrapped(target, Math.trunc(v)) : v)),
      ),
    ];
  },
  Size: ([x]) => [cells("int64", [], [sizeOf((x as Cells).shape)])],
  Shape: ([x]) => [shapeCells((x as Cells).shape)],
  Range: ([start, limit, step]) => {
    const [from, to, by] = [start, limit, step].map((value) => value?.data[0] ?? 0) as [
      number,
      number,
      number,
    ];
    const length = Math.max(0, Math.ceil((to - from) / by));
    return [
      cells(
        (start as Cells).dtype,
        [length],
        Array.from({ length }, (_, i) => from + i * by),
      ),
    ];
  },
  Gemm: ([a, b, c], attributes) => {
    const turn = (x: Cells, name: string): Cells =>
      attribute(attributes, name, 0) ? transposed(x, [1, 0]) : x;
    const product = matMul(turn(a as Cells, "transA"), turn(b as Cells, "transB"));
    const alpha = attribute(attributes, "alpha", 1);
    const beta = attribute(attributes, "beta", 1);
    if (c === undefined) return elementwise((x = 0) => alpha * x)([product], {});
    return elementwise((x = 0, y = 0) => alpha * x + beta * y)([product, c], {});
  },
  MatMul: ([a, b]) => [matMul(a as Cells, b as Cells)],
  ReduceSum: reduction(0, (sum, x) => sum + x),
  ReduceSumSquare: reduction(0, (sum, x) => sum + x * x),
  ReduceMax: reduction(-Infinity, Math.max),
  ReduceMin: reduction(Infinity, Math.min),
  Softmax: ([x], attributes) => [
    alongAxis(x as Cells, attribute(attributes, "axis", -1), softmaxLine),
  ],
  LogSoftmax: ([x], attributes) => [
    alongAxis(x as Cells, attribute(attributes, "axis", -1), logSoftmaxLine),
  ],
  ArgMax: ([x], attributes) => {
    const axis = attribute(attributes, "axis", 0);
    const best = alongAxis(x as Cells, axis, (line) => [line.indexOf(Math.max(...line))]);
    return [
      cells(
        "int64",
        best.shape.filter((_, i) => i !== axis),
        best.data,
      ),
    ];
  },
  TopK: ([x, k], attributes) => {
    const axis = attribute(attributes, "axis", -1);
    const count = k?.data[0] ?? 0;
    const order = (line: Float64Array): number[] =>
      Array.from(line.keys())
        .toSorted((a, b) => (line[b] as number) - (line[a] as number) || a - b)
        .slice(0, count);
    const values = alongAxis(x as Cells, axis, (line) => order(line).map((i) => line[i] as number));
    const index = alongAxis(x as Cells, axis, order);
    return [values, { ...index, dtype: "int64" }];
  },
  NonZero: ([x]) => {
    const { shape, data } = x as Cells;
    const found = Array.from(data.keys()).filter((i) => data[i] !== 0);
    const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
    const places = shape.flatMap((size, axis) =>
      found.map((i) => Math.floor(i / (strides[axis] as number)) % size),
    );
    return [cells("int64", [shape.length, found.length], places)];
  },
  Slice: ([x, starts, ends, axes, steps]) => {
    const value = x as Cells;
    const shape = [...value.shape];
    const from = shape.map(() => 0);
    const by = shape.map(() => 1);
    for (const [i, axis] of (axes as Cells).data.entries()) {
      const size = shape[axis] as number;
      const place = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, 0), size);
      from[axis] = place(starts?.data[i] as number);
      by[axis] = steps?.data[i] ?? 1;
      const length = place(ends?.data[i] as number) - (from[axis] as number);
      shape[axis] = Math.max(0, Math.ceil(length / (by[axis] as number)));
    }
    return [
      arranged(value, shape, (at) =>
        strictOffset(
          value.shape,
          at.map((n, i) => (from[i] as number) + n * (by[i] as number)),
        ),
      ),
    ];
  },
  Gather: ([x, index], attributes) => {
    const [value, chosen] = [x as Cells, index as Cells];
    const axis = attribute(attributes, "axis", 0);
    const rank = chosen.shape.length;
    const shape = [...value.shape.slice(0, axis), ...chosen.shape, ...value.shape.slice(axis + 1)];
    return [
      arranged(value, shape, (at) => {
        const place = chosen.data[
          strictOffset(chosen.shape, at.slice(axis, axis + rank))
        ] as number;
        const source = [
          ...at.slice(0, axis),
          normal(place, value.shape[axis] as number),
          ...at.slice(axis + rank),
        ];
        return strictOffset(value.shape, source);
      }),
    ];
  },
  GatherElements: ([x, index], attributes) => {
    const [value, chosen] = [x as Cells, index as Cells];
    const axis = attribute(attributes, "axis", 0);
    return [
      arranged(value, chosen.shape, (at) => {
        const source = [...at];
        const place = chosen.data[strictOffset(chosen.shape, at)] as number;
        source[axis] = normal(place, value.shape[axis] as number);
        return strictOffset(value.shape, source);
      }),
    ];
  },
  ScatterElements: ([data, index, updates], attributes) => [
    scattered(data as Cells, index as Cells, updates as Cells, attributes),
  ],
  Pad: ([x, pads]) => {
    const value = x as Cells;
    const rank = value.shape.length;
    const before = (i: number): number => pads?.data[i] as number;
    const shape = value.shape.map((size, i) => size + before(i) + before(rank + i));
    return [
      arranged(value, shape, (at) => {
        const source = at.map((n, i) => n - before(i));
        const inside = source.every((n, i) => n >= 0 && n < (value.shape[i] as number));
        return inside ? strictOffset(value.shape, source) : undefined;
      }),
    ];
  },
  Reshape: ([x, target]) => {
    const value = x as Cells;
    const wanted = Array.from((target as Cells).data, (size, i) =>
      size === 0 ? (value.shape[i] as number) : size,
    );
    const rest = -sizeOf(value.shape) / sizeOf(wanted);
    return [{ ...value, shape: wanted.map((size) => (size === -1 ? rest : size)) }];
  },
  Expand: ([x, target]) => {
    const value = x as Cells;
    const shape = broadcast(value.shape, Array.from((target as Cells).data));
    return [arranged(value, shape, (at) => offset(value.shape, at))];
  },
  Transpose: ([x], { perm }) => [transposed(x as Cells, perm as readonly number[])],
  Concat: (inputs, attributes) => {
    const axis = attribute(attributes, "axis", 0);
    const [first] = inputs as readonly [Cells];
    const total = inputs.reduce((sum, x) => sum + (x.shape[axis] as number), 0);
    const shape = first.shape.map((size, i) => (i === axis ? total : size));
    const data = new Float64Array(sizeOf(shape));
    let start = 0;
    for (const x of inputs) {
      let i = 0;
      for (const at of positions(x.shape)) {
        const to = [...at];
        to[axis] = (to[axis] as number) + start;
        data[strictOffset(shape, to)] = x.data[i++] as number;
      }
      start += x.shape[axis] as number;
    }
    return [cells(first.dtype, shape, data)];
  },
  Split: ([x, sizes], attributes) => {
    const value = x as Cells;
    const axis = attribute(attributes, "axis", 0);
    const count = attribute(attributes, "num_outputs", 1);
    const parts = sizes
      ? Array.from(sizes.data)
      : Array.from({ length: count }, () => (value.shape[axis] as number) / count);
    let start = 0;
    return parts.map((part) => {
      const from = start;
      start += part;
      const shape = value.shape.map((size, i) => (i === axis ? part : size));
      return arranged(value, shape, (at) =>
        strictOffset(
          value.shape,
          at.map((n, i) => (i === axis ? n + from : n)),
        ),
      );
    });
  },
  LabelEncoder: ([x], attributes) => {
    const value = x as Cells;
    if (value.texts) {
      const words = attributes["keys_strings"] as readonly string[];
      const codes = attributes["values_int64s"] as readonly number[];
      const other = attribute(attributes, "default_int64", -1);
      const code = (text: string): number => codes[words.indexOf(text)] ?? other;
      return [cells("int64", value.shape, value.texts.map(code))];
    }
    const keys = attributes["keys_int64s"] as readonly number[];
    const words = attributes["values_strings"] as readonly string[];
    const other = attributes["default_string"] as string;
    const word = (n: number): string => words[keys.indexOf(n)] ?? other;
    return [textCells(value.shape, Array.from(value.data, word))];
  },
  Conv2d: ([x, w, b], attributes) => [conv2d(x as Cells, w as Cells, b, attributes)],
  ConvTranspose2d: ([y, w, b], attributes) => [
    convTranspose2d(y as Cells, w as Cells, b, attributes),
  ],
  Conv2dWeight: ([x, y], attributes) => [conv2dWeight(x as Cells, y as Cells, attributes)],
  Conv: ([x, w, b], attributes) => [conv(x as Cells, w as Cells, b, attributes)],
  ConvTranspose: ([x, w, b], attributes) => [convTranspose(x as Cells, w as Cells, b, attributes)],
};
