/** What a message between threads can move instead of copying it. */
import type { Tensor } from "../base/tensor.ts";
import type { Held } from "./engine.ts";

/** The memory of a tensor's numbers; none for strings, which are always copied. */
export function buffersOf(value: Tensor | Held): ArrayBuffer[] {
  if ("held" in value || value.dtype === "string") return [];
  const { buffer } = value.data;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
