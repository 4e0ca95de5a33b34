/** The classes that a model finds in rows, for families that predict labels. */
import type { Tensor } from "../base/tensor.ts";
import type { Chunk } from "./chunks.ts";
import type { ModelInfo, Predictions } from "./types.ts";

/** @param classesOf a chunk → the chances of its rows, `[rows, classes]` */
export async function predict(
  { label }: ModelInfo,
  chunks: AsyncIterable<Chunk>,
  classesOf: (chunk: Chunk) => Promise<Tensor<"float32">>,
): Promise<Predictions> {
  const classes = label?.classes ?? [];
  const parts: Float32Array[] = [];
  const labels: string[] = [];
  for await (const chunk of chunks) {
    const { data } = await classesOf(chunk);
    parts.push(data);
    for (let row = 0; row < chunk.rows.rows; row += 1) {
      const chances = data.subarray(row * classes.length, (row + 1) * classes.length);
      labels.push(classes[chances.indexOf(Math.max(...chances))] as string);
    }
  }
  const data = new Float32Array(labels.length * classes.length);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { classes, labels, chances: { data, rows: labels.length, columns: classes.length } };
}
