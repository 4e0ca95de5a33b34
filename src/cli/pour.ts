/** From a stream of rows into a sink, which is closed when all went well. */
import type { Rows } from "../data/source.ts";
import type { Sink } from "./outputs.ts";

export async function pour(rows: AsyncIterable<Rows> | Iterable<Rows>, sink: Sink): Promise<void> {
  try {
    for await (const part of rows) await sink.write(part);
  } catch (error) {
    await sink.discard();
    throw error;
  }
  await sink.close();
}
