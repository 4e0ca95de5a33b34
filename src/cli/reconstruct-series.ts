/** `ae reconstruct` on series: each row as the model sees it, the mean of its windows. */
import type { SeriesSource, Table } from "../data/source.ts";
import { freeName, tidy } from "./columns.ts";
import type { Context } from "./context.ts";
import type { LoadedModel } from "./model-verb.ts";
import { rowProgress } from "./progress.ts";
import { placeColumns, realPoints } from "./series-columns.ts";

const CHUNK = 8192;

export async function* reconstructedPoints(
  { terminal, signal }: Context,
  model: LoadedModel,
  source: SeriesSource,
): AsyncGenerator<Table> {
  const onProgress = rowProgress(terminal, "reconstructing");
  yield* pointTables(source, await model.reconstructPoints(source, { signal, onProgress }));
}

/** @param values `[points, channels]` */
export function* pointTables(source: SeriesSource, values: Float64Array): Generator<Table> {
  const { channels, points } = source;
  const real = realPoints(points);
  for (let from = 0; from < real.length; from += CHUNK) {
    const at = real.subarray(from, from + CHUNK);
    const place = placeColumns(points, at, { row: freeName("row", channels) });
    yield {
      kind: "table",
      rows: at.length,
      columns: [
        // Times say which row it is; where there are none its number does.
        ...(points.times === undefined ? place : place.slice(0, -1)),
        ...channels.map((name, c) => ({
          name,
          type: "number" as const,
          values: Float64Array.from(at, (point) =>
            tidy(values[point * channels.length + c] as number),
          ),
        })),
      ],
    };
  }
}
