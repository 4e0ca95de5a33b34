/**
 * Which of two ways a convolution is lowered: by matrix products on patches, or by ONNX's
 * own op. Which is faster depends on the shape; the measurements behind these rules are in
 * docs/decisions/convolution.md.
 */
import type { Value } from "../graph/value.ts";
import type { Lowering, Sizes } from "./conv-geometry.ts";
import { area } from "./conv-geometry.ts";
import { byNative, nativeCan } from "./conv-native.ts";
import { byPatches } from "./conv-patches.ts";

/** Below this many channels of the large image, its transposed convolution is ONNX's own. */
const FEW_CHANNELS = 16;

/** Patches above this many bytes a sample would fill the memory before they save time. */
const MOST_PATCH_BYTES = 4 * 2 ** 20;

function tooLarge({ small, kernel }: Sizes, channels: number): boolean {
  return 4 * area(small) * area(kernel) * channels > MOST_PATCH_BYTES;
}

/** For `conv` and `weight`, which share their patches and so choose alike. */
export function chooseConv(x: Value, sizes: Sizes): Lowering {
  return tooLarge(sizes, sizes.channels[0]) && nativeCan(x, sizes) ? byNative : byPatches;
}

export function chooseTransposed(y: Value, sizes: Sizes): Lowering {
  const better = sizes.channels[0] < FEW_CHANNELS || tooLarge(sizes, sizes.channels[1]);
  return better && nativeCan(y, sizes) ? byNative : byPatches;
}
