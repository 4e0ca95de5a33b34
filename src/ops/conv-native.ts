/**
 * Convolutions by ONNX's own operators, which want the channels first. Only lowering
 * makes these nodes: `conv.ts` has the ops that networks are built of.
 */
import { internalError } from "../base/errors.ts";
import { shapeError, showShape } from "../graph/dim.ts";
import type { Op, Type, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import type { Lowering, Pair, Sizes } from "./conv-geometry.ts";
import { overhang } from "./conv-geometry.ts";
import { slice } from "./select.ts";
import { reshape, transpose } from "./shape.ts";

type NativeAttributes = {
  readonly strides: Pair;
  readonly dilations?: Pair;
  /** Above, left, below, right. */
  readonly pads: readonly number[];
  readonly output_padding?: Pair;
};

function typeOf(
  place: string,
  [x, w]: readonly Value[],
  channels: 0 | 1,
  sizeAlong: (axis: 0 | 1, size: number, kernel: number) => number,
): readonly Type[] {
  const sizes = [2, 3].flatMap((axis) => [x?.shape[axis], w?.shape[axis]]);
  const [height, down, width, right] = sizes.filter((n) => typeof n === "number");
  if (
    x?.shape[1] !== w?.shape[1 - channels] ||
    height === undefined ||
    down === undefined ||
    width === undefined ||
    right === undefined
  ) {
    const got = `${showShape(x?.shape ?? [])} and ${showShape(w?.shape ?? [])}`;
    throw shapeError(place, "an image and a kernel of known sizes, of the same channels", got);
  }
  const size = [sizeAlong(0, height, down), sizeAlong(1, width, right)];
  const dtype = x?.dtype ?? "float32";
  return [{ dtype, shape: [x?.shape[0] ?? 1, w?.shape[channels] ?? 1, ...size] }];
}

function refuseGradient(): never {
  throw internalError("graph.lowered", {
    place: "gradients",
    expected: "a graph that is not lowered yet",
    got: "ONNX's own convolution",
  });
}

/** Image `[batch, inputs, height, width]`, kernel `[outputs, inputs, height, width]`. */
export const convOp: Op<NativeAttributes> = {
  name: "Conv",
  infer: (inputs, { strides, pads, dilations = [1, 1] }) =>
    typeOf("Conv", inputs, 0, (axis, size, kernel) => {
      const padded = size + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0);
      return Math.floor((padded - (kernel - 1) * dilations[axis] - 1) / strides[axis]) + 1;
    }),
  gradient: refuseGradient,
};

/** Image `[batch, inputs, height, width]`, kernel `[inputs, outputs, height, width]`. */
export const convTransposeOp: Op<NativeAttributes> = {
  name: "ConvTranspose",
  infer: (inputs, { strides, pads, output_padding = [0, 0] }) =>
    typeOf("ConvTranspose", inputs, 1, (axis, size, kernel) => {
      const padding = (pads[axis] ?? 0) + (pads[axis + 2] ?? 0);
      return (size - 1) * strides[axis] + kernel - padding + output_padding[axis];
    }),
  gradient: refuseGradient,
};

/** `[batch, height, width, channels]` → `[batch, channels, height, width]`; free for one channel. */
function channelsFirst(x: Value, size: Pair, channels: number): Value {
  return channels === 1 ? reshape(x, [-1, 1, ...size]) : transpose(x, [0, 3, 1, 2]);
}

function channelsLast(x: Value, size: Pair, channels: number): Value {
  return channels === 1 ? reshape(x, [-1, ...size, 1]) : transpose(x, [0, 2, 3, 1]);
}

function withBias(x: Value, w: Value, bias: Value | undefined): readonly Value[] {
  return bias === undefined ? [x, w] : [x, w, bias];
}

/** Zeros on the four sides, and what no window reaches below and right. */
function edges(sizes: Sizes): { pads: readonly number[]; unreached: Pair } {
  const [down, right] = overhang(sizes);
  return {
    pads: [...sizes.before, Math.max(0, down), Math.max(0, right)],
    unreached: [Math.max(0, -down), Math.max(0, -right)],
  };
}

/** float32 only, and less than a stride of the large image may be out of the windows' reach. */
export function nativeCan(x: Value, sizes: Sizes): boolean {
  const { unreached } = edges(sizes);
  return x.dtype === "float32" && unreached[0] < sizes.stride[0] && unreached[1] < sizes.stride[1];
}

export const byNative: Lowering = {
  conv(x, w, bias, sizes) {
    const { large, small, stride, channels } = sizes;
    const image = channelsFirst(x, large, channels[0]);
    const y = applyOne(convOp, withBias(image, transpose(w, [3, 2, 0, 1]), bias), {
      strides: stride,
      pads: edges(sizes).pads,
    });
    return channelsLast(y, small, channels[1]);
  },

  transposed(y, w, bias, sizes) {
    const { large, small, stride, channels } = sizes;
    const image = channelsFirst(y, small, channels[1]);
    const { pads, unreached } = edges(sizes);
    const x = applyOne(convTransposeOp, withBias(image, transpose(w, [3, 2, 0, 1]), bias), {
      strides: stride,
      pads,
      output_padding: unreached,
    });
    return channelsLast(x, large, channels[0]);
  },

  /** A convolution over the batch: channels take its place, and the stride spreads the kernel. */
  weight(x, y, sizes) {
    const { kernel, stride } = sizes;
    const found = applyOne(convOp, [transpose(x, [3, 0, 1, 2]), transpose(y, [3, 0, 1, 2])], {
      strides: [1, 1],
      dilations: stride,
      pads: edges(sizes).pads,
    });
    // Rows and columns that no window reaches come out as taps too many.
    const rows = found.shape[2] === kernel[0] ? found : slice(found, 0, kernel[0], 2);
    const kept = rows.shape[3] === kernel[1] ? rows : slice(rows, 0, kernel[1], 3);
    return transpose(kept, [2, 3, 0, 1]);
  },
};
