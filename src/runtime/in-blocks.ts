/** Rows of feeds, some at a time. */
import type * as Ort from "onnxruntime-node";
import { tensor } from "../base/tensor.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Fetches } from "./engine.ts";

type Values = Readonly<Record<string, Ort.Tensor>>;
type Data = Float32Array | string[];

/**
 * Runs `most` rows of all feeds after each other, and joins what comes out.
 *
 * @param run its outputs have as many rows as its feeds
 */
export async function inBlocks(
  feeds: Values,
  most: number,
  view: (whole: Ort.Tensor, from: number, shape: readonly number[]) => Ort.Tensor,
  run: (feeds: Values) => Promise<Values>,
): Promise<Fetches> {
  const [rows = 0] = Object.values(feeds)[0]?.dims ?? [];
  const joined = new Map<string, Tensor>();
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    const out = await run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, whole]) => {
          const [, ...shape] = whole.dims;
          const size = shape.reduce((a, b) => a * b, 1);
          return [name, view(whole, first * size, [count, ...shape])];
        }),
      ),
    );
    for (const [name, part] of Object.entries(out)) {
      const whole = joined.get(name) ?? roomFor(part, rows);
      joined.set(name, whole);
      put(part.data as Data, whole.data as unknown as Data, first * (whole.data.length / rows));
    }
  }
  return Object.fromEntries(joined);
}

/** Of the part's type and shape but for its rows. */
function roomFor(part: Ort.Tensor, rows: number): Tensor {
  const [, ...shape] = part.dims;
  const length = rows * shape.reduce((a, b) => a * b, 1);
  const data = Array.isArray(part.data)
    ? Array.from({ length }, () => "")
    : new (part.data.constructor as Float32ArrayConstructor)(length);
  return tensor(part.type as "float32", data as Float32Array, [rows, ...shape]);
}

function put(from: Data, to: Data, at: number): void {
  if (Array.isArray(from)) for (const [i, word] of from.entries()) to[at + i] = word;
  else (to as Float32Array).set(from, at);
}
