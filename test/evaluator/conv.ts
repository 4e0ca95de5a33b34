/** Two-dimensional convolutions by their definition, channels first. */
import { sizeOf } from "../../src/base/tensor.ts";
import type { Attributes } from "../../src/graph/value.ts";
import type { Cells } from "./cells.ts";
import { cells } from "./cells.ts";

type Four = readonly [number, number, number, number];

function setting(attributes: Attributes, name: string, otherwise: readonly number[]) {
  return (attributes[name] as readonly number[] | undefined) ?? otherwise;
}

function refuseOthers(attributes: Attributes): void {
  const group = attributes["group"] ?? 1;
  if (group !== 1) throw new Error("not evaluated");
  if ((attributes["auto_pad"] ?? "NOTSET") !== "NOTSET") throw new Error("not evaluated");
}

/** Size of a kernel with its gaps. */
function reach(kernel: readonly [number, number], attributes: Attributes, axis: number): number {
  const spread = setting(attributes, "dilations", [1, 1])[axis] as number;
  return ((kernel[axis] as number) - 1) * spread + 1;
}

const place = ([, c, h, w]: Four, n: number, channel: number, y: number, x: number): number =>
  ((n * c + channel) * h + y) * w + x;

/** Visits every (input position, kernel tap, output position) that a convolution joins. */
function joins(
  large: readonly [number, number],
  small: readonly [number, number],
  kernel: readonly [number, number],
  attributes: Attributes,
  visit: (
    largeAt: readonly [number, number],
    tap: readonly [number, number],
    smallAt: readonly [number, number],
  ) => void,
): void {
  const [strideY = 1, strideX = 1] = setting(attributes, "strides", [1, 1]);
  const [top = 0, left = 0] = setting(attributes, "pads", [0, 0, 0, 0]);
  const [spreadY = 1, spreadX = 1] = setting(attributes, "dilations", [1, 1]);
  for (let y = 0; y < small[0]; y += 1)
    for (let x = 0; x < small[1]; x += 1)
      for (let j = 0; j < kernel[0]; j += 1)
        for (let i = 0; i < kernel[1]; i += 1) {
          const v = y * strideY + j * spreadY - top;
          const u = x * strideX + i * spreadX - left;
          if (v >= 0 && v < large[0] && u >= 0 && u < large[1]) visit([v, u], [j, i], [y, x]);
        }
}

/** x [n, c, h, w], w [m, c, kh, kw] → [n, m, …]. */
export function conv(x: Cells, w: Cells, b: Cells | undefined, attributes: Attributes): Cells {
  refuseOthers(attributes);
  const [n, c, height, width] = x.shape as Four;
  const [m, , kh, kw] = w.shape as Four;
  const pads = setting(attributes, "pads", [0, 0, 0, 0]);
  const strides = setting(attributes, "strides", [1, 1]);
  const small = [height, width].map(
    (size, i) =>
      Math.floor(
        (size + (pads[i] as number) + (pads[i + 2] as number) - reach([kh, kw], attributes, i)) /
          (strides[i] as number),
      ) + 1,
  ) as [number, number];
  const shape: Four = [n, m, ...small];
  const out = new Float64Array(sizeOf(shape));
  if (b)
    out.forEach((_, i) => (out[i] = b.data[Math.floor(i / (small[0] * small[1])) % m] as number));
  joins([height, width], small, [kh, kw], attributes, ([v, u], [j, i], [y, xx]) => {
    for (let row = 0; row < n; row += 1)
      for (let to = 0; to < m; to += 1)
        for (let from = 0; from < c; from += 1) {
          const at = place(shape, row, to, y, xx);
          out[at] =
            (out[at] as number) +
            (x.data[place(x.shape as Four, row, from, v, u)] as number) *
              (w.data[place(w.shape as Four, to, from, j, i)] as number);
        }
  });
  return cells(x.dtype, shape, out);
}

/** x [n, c, h, w], w [c, m, kh, kw] → [n, m, …]: the transpose of `conv` as a linear map. */
export function convTranspose(
  x: Cells,
  w: Cells,
  b: Cells | undefined,
  attributes: Attributes,
): Cells {
  refuseOthers(attributes);
  const [n, c, height, width] = x.shape as Four;
  const [, m, kh, kw] = w.shape as Four;
  const pads = setting(attributes, "pads", [0, 0, 0, 0]);
  const strides = setting(attributes, "strides", [1, 1]);
  const extra = setting(attributes, "output_padding", [0, 0]);
  const large = [height, width].map(
    (size, i) =>
      (size - 1) * (strides[i] as number) +
      reach([kh, kw], attributes, i) -
      (pads[i] as number) -
      (pads[i + 2] as number) +
      (extra[i] as number),
  ) as [number, number];
  const shape: Four = [n, m, ...large];
  const out = new Float64Array(sizeOf(shape));
  if (b)
    out.forEach((_, i) => (out[i] = b.data[Math.floor(i / (large[0] * large[1])) % m] as number));
  joins(large, [height, width], [kh, kw], attributes, ([v, u], [j, i], [y, xx]) => {
    for (let row = 0; row < n; row += 1)
      for (let to = 0; to < m; to += 1)
        for (let from = 0; from < c; from += 1) {
          const at = place(shape, row, to, v, u);
          out[at] =
            (out[at] as number) +
            (x.data[place(x.shape as Four, row, from, y, xx)] as number) *
              (w.data[place(w.shape as Four, from, to, j, i)] as number);
        }
  });
  return cells(x.dtype, shape, out);
}

/** Visits every (large position, tap, small position) that our own 2-D ops join. */
function ownJoins(attributes: Attributes): Attributes {
  const before = attributes["before"] as readonly number[];
  return { strides: attributes["stride"], pads: [...before, ...before] };
}

type Two = readonly [number, number];

const at4 = ([, b, c, d]: Four, i: number, j: number, k: number, l: number): number =>
  ((i * b + j) * c + k) * d + l;

/**
 * The trilinear form behind `Conv2d`, `ConvTranspose2d` and `Conv2dWeight`, channels last:
 * Σ large[n, o · stride − before + k, i] · kernel[k, i, j] · small[n, o, j], where the array
 * that is asked for takes the place of one of the three.
 */
function trilinear(
  shapes: { readonly large: Four; readonly small: Four; readonly kernel: Four },
  attributes: Attributes,
  visit: (large: number, small: number, kernel: number) => void,
): void {
  const { large, small, kernel } = shapes;
  const inner = (shape: Four): Two => [shape[1], shape[2]];
  joins(inner(large), inner(small), [kernel[0], kernel[1]], ownJoins(attributes), (l, k, s) => {
    for (let n = 0; n < large[0]; n += 1)
      for (let i = 0; i < large[3]; i += 1)
        for (let j = 0; j < small[3]; j += 1)
          visit(at4(large, n, ...l, i), at4(small, n, ...s, j), at4(kernel, ...k, i, j));
  });
}

const times = (a: Cells, i: number, b: Cells, j: number): number =>
  (a.data[i] as number) * (b.data[j] as number);

function withBias(out: Float64Array, bias: Cells | undefined): Float64Array {
  return bias ? out.map((x, i) => x + (bias.data[i % bias.data.length] as number)) : out;
}

export function conv2d(x: Cells, w: Cells, b: Cells | undefined, attributes: Attributes): Cells {
  const size = attributes["size"] as Two;
  const [large, kernel] = [x.shape as Four, w.shape as Four];
  const small: Four = [large[0], ...size, kernel[3]];
  const out = new Float64Array(sizeOf(small));
  trilinear({ large, small, kernel }, attributes, (l, s, k) => {
    out[s] = (out[s] as number) + times(x, l, w, k);
  });
  return cells(x.dtype, small, withBias(out, b));
}

export function convTranspose2d(
  y: Cells,
  w: Cells,
  b: Cells | undefined,
  attributes: Attributes,
): Cells {
  const size = attributes["size"] as Two;
  const [small, kernel] = [y.shape as Four, w.shape as Four];
  const large: Four = [small[0], ...size, kernel[2]];
  const out = new Float64Array(sizeOf(large));
  trilinear({ large, small, kernel }, attributes, (l, s, k) => {
    out[l] = (out[l] as number) + times(y, s, w, k);
  });
  return cells(y.dtype, large, withBias(out, b));
}

export function conv2dWeight(x: Cells, y: Cells, attributes: Attributes): Cells {
  const size = attributes["size"] as Two;
  const [large, small] = [x.shape as Four, y.shape as Four];
  const kernel: Four = [...size, large[3], small[3]];
  const out = new Float64Array(sizeOf(kernel));
  trilinear({ large, small, kernel }, attributes, (l, s, k) => {
    out[k] = (out[k] as number) + times(x, l, y, s);
  });
  return cells(x.dtype, kernel, out);
}
