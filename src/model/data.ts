/** Data in any form that the verbs take → a source. */
import { arrayFrom, imagesFrom, tableSource } from "../data/memory.ts";
import { interactionSource } from "../data/interactions.ts";
import { windowsSource } from "../data/series-windows.ts";
import type { Source } from "../data/source.ts";
import type { Data } from "./types.ts";

export function sourceOf(data: Data): Source {
  if ("read" in data) return data;
  switch (data.kind) {
    case "table":
      return tableSource(data);
    case "images":
      return imagesFrom(data.data, data);
    case "array":
      return arrayFrom(data.data, data.shape);
    case "series":
      return windowsSource(data);
    case "interactions":
      return interactionSource(data);
  }
}

/** A path's last part: models and reports travel, their author's folders should not. */
export function shortName(name: string): string {
  return name.split(/[\\/]/).findLast((part) => part !== "") ?? name;
}
