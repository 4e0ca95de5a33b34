/** The labels that a model finds in rows: classes with their chances, or numbers. */
import type { Tensor } from "../base/tensor.ts";
import type { Fetches } from "../runtime/engine.ts";
import type { Chunk } from "./chunks.ts";
import { HEAD_OUTPUTS } from "./few-labels/graph.ts";
import { OUTPUTS } from "./inference.ts";
import type { ModelInfo, Predictions } from "./types.ts";

type Predicting = Pick<ModelInfo, "head" | "label">;

/** What the graph is asked for: the head's outputs, or the chances of a family that tells classes. */
function outputOf({ head }: Predicting): string {
  if (head === undefined) return OUTPUTS.classes;
  return head.kind === "classes" ? HEAD_OUTPUTS.probability : HEAD_OUTPUTS.prediction;
}

/** What predictions are called. */
export function predictedName({ head, label }: Predicting): string {
  return head?.label ?? label?.name ?? "label";
}

/** @param run a chunk's feeds and the outputs wanted → those outputs of its rows */
export async function predict(
  info: Predicting,
  chunks: AsyncIterable<Chunk>,
  run: (feeds: Chunk["feeds"], outputs: readonly string[]) => Promise<Fetches>,
): Promise<Predictions> {
  const output = outputOf(info);
  const classes = info.head?.classes ?? info.label?.classes ?? [];
  const parts: Float32Array[] = [];
  for await (const { feeds } of chunks) {
    const out = await run(feeds, [output]);
    parts.push((out[output] as Tensor<"float32">).data);
  }
  const data = joined(parts);
  if (info.head?.kind === "numbers") {
    const chances = { data: new Float32Array(0), rows: data.length, columns: 0 };
    return { classes, labels: Array.from(data, String), numbers: data, chances };
  }
  const rows = data.length / classes.length;
  const labels = Array.from({ length: rows }, (_, row) => {
    const chances = data.subarray(row * classes.length, (row + 1) * classes.length);
    return classes[chances.indexOf(Math.max(...chances))] as string;
  });
  return { classes, labels, chances: { data, rows, columns: classes.length } };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const data = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return data;
}
