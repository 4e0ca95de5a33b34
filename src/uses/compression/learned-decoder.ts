/** The reading side of a model: integer codes → predictions, the same to the last bit everywhere. */
import type { Tensor } from "../../base/tensor.ts";
import { sizeOf, tensor } from "../../base/tensor.ts";
import { ByteReader, ByteWriter } from "../../codec/bytes.ts";
import { elementsOf } from "../../codec/blocks.ts";
import type { BlockShape, LearnedDecoder } from "../../codec/learned.ts";
import { exactDecoder } from "../../exact/decoder.ts";
import { decoderNeeds } from "../../exact/needs.ts";
import { packDecoder, unpackDecoder } from "../../exact/pack.ts";
import type { QuantizedDecoder } from "../../exact/quantize.ts";
import { writeModel } from "../../onnx/write.ts";
import type { Engine, Session } from "../../runtime/engine.ts";
import { createEngine } from "../../runtime/node.ts";

/** What a decoder gives for a code: a row of an array, an image, or a window of points. */
export interface Geometry {
  readonly kind: "array" | "images" | "series";
  readonly shape: readonly number[];
  readonly latent: number;
}

/** Steps of codes: four a power of two. */
const QUARTERS = [1, 1.189207115002721, 1.4142135623730951, 1.681792830507429] as const;

/** The step with number `e`. */
export function stepOf(e: number): number {
  const power = Math.floor(e / 4);
  return (QUARTERS[e - 4 * power] as number) * 2 ** Math.max(-1000, Math.min(1000, power));
}

/** The number of the largest step that is at most `step`. */
export function stepBelow(step: number): number {
  let e = Math.round(4 * Math.log2(Math.max(1e-280, Math.min(1e280, step))));
  while (stepOf(e) > step) e -= 1;
  return e;
}

export interface Coding {
  /** Number of the step of each latent. */
  readonly steps: readonly number[];
  /** Of each tensor in `limitNames`. */
  readonly limits: readonly number[];
}

/** Tensors whose limits go with the codes, in their order. */
export function limitNames(decoder: QuantizedDecoder): readonly string[] {
  return decoderNeeds(decoder.model).measured;
}

/** Rows before those of codes: numbers of steps, then limits. */
export function headRows({ steps, limits }: Coding): Int32Array {
  const size = steps.length;
  const rows = 1 + Math.ceil(limits.length / size);
  const head = new Int32Array(rows * size);
  head.set(steps);
  head.set(limits, size);
  return head;
}

export function writeDecoder(geometry: Geometry, decoder: QuantizedDecoder): Uint8Array {
  const out = new ByteWriter();
  out.piece(new TextEncoder().encode(JSON.stringify(geometry)));
  out.bytes(packDecoder({ ...decoder, limits: {} }));
  return out.take();
}

export function readDecoder(bytes: Uint8Array): {
  readonly geometry: Geometry;
  readonly decoder: QuantizedDecoder;
} {
  const place = "the model in the compressed file";
  const from = new ByteReader(bytes, place);
  const geometry = JSON.parse(new TextDecoder().decode(from.piece())) as Geometry;
  return { geometry, decoder: unpackDecoder(from.bytes(from.left), place) };
}

/** Numbers that the decoder makes in one run. */
const CHUNK = 2 ** 20;

export class ExactPredictor implements LearnedDecoder {
  readonly geometry: Geometry;
  readonly #decoder: QuantizedDecoder;
  readonly #names: readonly string[];
  readonly #sessions = new Map<string, Promise<Session>>();
  #engine: Engine | undefined;

  constructor(bytes: Uint8Array) {
    const { geometry, decoder } = readDecoder(bytes);
    this.geometry = geometry;
    this.#decoder = decoder;
    this.#names = limitNames(decoder);
  }

  get limits(): number {
    return this.#names.length;
  }

  async predict(codes: Int32Array, rows: number, block: BlockShape): Promise<Float64Array> {
    const { latent } = this.geometry;
    const first = 1 + Math.ceil(this.#names.length / latent);
    const steps = Array.from(codes.subarray(0, latent), stepOf);
    const limits = Array.from(codes.subarray(latent, latent + this.#names.length));
    const values = Float64Array.from(
      codes.subarray(first * latent),
      (code, i) => code * (steps[i % latent] as number),
    );
    const made = await this.decode(values, limits, Math.max(0, rows - first));
    const all = new Float64Array(elementsOf(block));
    all.set(made.subarray(0, all.length));
    return all;
  }

  /** Codes, `[rows, latent]` → what they say, raw units, row after row. What is no number is 0. */
  async decode(
    values: Float64Array,
    limits: readonly number[],
    rows: number,
  ): Promise<Float64Array> {
    const { latent, shape } = this.geometry;
    const width = sizeOf(shape);
    const session = await this.#session(limits);
    const all = new Float64Array(rows * width);
    const most = Math.max(1, Math.floor(CHUNK / width));
    for (let row = 0; row < rows; row += most) {
      const count = Math.min(most, rows - row);
      const part = values.slice(row * latent, (row + count) * latent);
      const out = await session.run({ latent: tensor("float64", part, [count, latent]) });
      const { data } = out["reconstruction"] as Tensor<"float64">;
      for (let i = 0; i < data.length; i += 1) {
        const value = data[i] as number;
        all[row * width + i] = value > -1e300 && value < 1e300 ? value : 0;
      }
    }
    return all;
  }

  #session(limits: readonly number[]): Promise<Session> {
    const key = limits.join();
    let found = this.#sessions.get(key);
    if (found === undefined) {
      this.#engine ??= createEngine();
      const named = Object.fromEntries(this.#names.map((name, i) => [name, limits[i] ?? 0]));
      const model = exactDecoder({ ...this.#decoder, limits: named });
      found = this.#engine.open(writeModel(model));
      this.#sessions.set(key, found);
    }
    return found;
  }
}
