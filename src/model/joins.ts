/** Answers chunk by chunk, made one. */
import type { Matrix, Tensor } from "../base/tensor.ts";
import type { Scores } from "./answers.ts";

/** All that comes, in an array. */
export async function gathered<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

export function matrixFrom({ data, shape }: Tensor<"float32">): Matrix {
  return { data, rows: shape[0] as number, columns: shape[1] as number };
}

export function joinMatrices(parts: readonly Matrix[], columns: number): Matrix {
  return {
    columns,
    rows: parts.reduce((n, { rows }) => n + rows, 0),
    data: joinFloats(parts.map(({ data }) => data)),
  };
}

export function joinScores(parts: readonly Scores[]): Scores {
  const scores = joinFloats(parts.map((part) => part.scores));
  const [first] = parts;
  return {
    scores,
    ...(first?.pValues === undefined
      ? {}
      : {
          pValues: joined(new Float64Array(scores.length), parts, ({ pValues }) => pValues),
          alarms: joined(new Uint8Array(scores.length), parts, ({ alarms }) => alarms),
        }),
    ...(first?.blame === undefined ? {} : { blame: parts.flatMap(({ blame }) => blame ?? []) }),
  };
}

function joinFloats(parts: readonly Float32Array[]): Float32Array {
  const size = parts.reduce((n, part) => n + part.length, 0);
  return joined(new Float32Array(size), parts, (part) => part);
}

function joined<T, A extends Float32Array | Float64Array | Uint8Array>(
  all: A,
  parts: readonly T[],
  of: (part: T) => A | undefined,
): A {
  let at = 0;
  for (const part of parts) {
    const some = of(part);
    if (some === undefined) continue;
    all.set(some, at);
    at += some.length;
  }
  return all;
}
