/** What was taken from an older model, in words. */
import type { ModelInfo } from "./model-info.ts";

export type Inherited = NonNullable<ModelInfo["training"]["init"]>;

/** In one line, as `14 of 18 tensors from old.onnx; 3 columns new; 1 gone`. */
export function initText({ from, taken, of, added, gone, near }: Inherited): string {
  const columns = (count: number): string =>
    `${count.toLocaleString("en")} ${count === 1 ? "column" : "columns"}`;
  return [
    `${taken} of ${of} tensors from ${from}`,
    ...(added.length === 0 ? [] : [`${columns(added.length)} new`]),
    ...(gone.length === 0
      ? []
      : [added.length === 0 ? `${columns(gone.length)} gone` : `${gone.length} gone`]),
    ...(near.length === 0
      ? []
      : [`${columns(near.length)} scaled in another way, and so only about as before`]),
  ].join("; ");
}
