/**
 * A model that predicts blocks: its encoder says codes, its decoder, in few bits and made exact,
 * says from them what the elements will be (docs/decisions/exact-decoder.md).
 */
import { readFile } from "node:fs/promises";
import { AutoencoderError, inputError } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import { sizeOf, tensor } from "../../base/tensor.ts";
import type { LearnedDecoder, LearnedEncoder } from "../../codec/learned.ts";
import { exponentAbove } from "../../exact/grids.ts";
import { decoderNeeds } from "../../exact/needs.ts";
import { quantizeDecoder } from "../../exact/quantize.ts";
import { parseModelFile, type ModelFile } from "../../model/file.ts";
import { fittedModel } from "../../model/fitted.ts";
import { OUTPUTS } from "../../model/inference.ts";
import { extractModel } from "../../onnx/extract.ts";
import type { OnnxModel } from "../../onnx/messages.ts";
import { writeModel } from "../../onnx/write.ts";
import type { Session } from "../../runtime/engine.ts";
import { createEngine } from "../../runtime/node.ts";
import type { NumberInput } from "./input.ts";
import { ExactPredictor, writeDecoder, type Geometry } from "./learned-decoder.ts";
import { modelEncoder } from "./learned-encoder.ts";

export interface LearnedModel {
  /** What the reading side needs of the model. */
  readonly bytes: Uint8Array;
  readonly encoder: LearnedEncoder;
  readonly decoder: LearnedDecoder;
}

export interface LearnedOptions {
  /** Largest error of an element, absolute. */
  readonly bound?: number;
  /** Why a model is not used, a sentence. */
  readonly onNote?: (note: string) => void;
}

const OUTPUT = "reconstruction";
/** Bits of a weight: a reconstruction is off by a thousandth of its spread, about. */
const BITS = 10;
/** Codes may make a tensor this many times as large as those at hand. */
const ROOM = 4;

/**
 * @param model path or bytes; without one nothing is learned beforehand (`ae compress DATA --time`
 *   lets a network learn while it codes)
 * @returns undefined where the decoder cannot be made exact
 * @throws `compression.model` for a model of other data
 */
export async function learnedFor(
  model: string | Uint8Array | undefined,
  input: NumberInput,
  { onNote }: LearnedOptions,
): Promise<LearnedModel | undefined> {
  if (model === undefined) return undefined;
  const name = typeof model === "string" ? model : "the model";
  const file = parseModelFile(typeof model === "string" ? await readFile(model) : model, name);
  requireFit(file, input, name);
  try {
    const bytes = await bytesOf(file);
    const decoder = new ExactPredictor(bytes);
    const fitted = fittedModel(file, name);
    const encoder = modelEncoder(fitted, file, decoder, measuring(cutOf(file)));
    return { bytes, encoder, decoder };
  } catch (error) {
    if (!(error instanceof AutoencoderError) || !error.code.startsWith("exact.")) throw error;
    onNote?.(`${name} is not used: ${error.message}`);
    return undefined;
  }
}

export function learnedDecoder(bytes: Uint8Array): Promise<LearnedDecoder> {
  return Promise.resolve(new ExactPredictor(bytes));
}

/** Of a model file, what `LearnedModel.bytes` are of it. */
export async function decoderBytes(model: Uint8Array): Promise<Uint8Array> {
  return bytesOf(parseModelFile(model, "the model"));
}

function geometryOf({ info }: ModelFile): Geometry | undefined {
  const { schema, latent } = info;
  switch (schema.kind) {
    case "images":
      return {
        kind: "images",
        shape: [schema.height, schema.width, schema.channels],
        latent,
      };
    case "array":
      return { kind: "array", shape: schema.shape, latent };
    case "series":
      return { kind: "series", shape: [schema.window, schema.channels.length], latent };
    case "table":
    case "interactions":
      return undefined;
  }
}

function requireFit(file: ModelFile, input: NumberInput, place: string): void {
  const geometry = geometryOf(file);
  const row = input.shape.slice(1);
  const last = geometry?.shape.slice(1) ?? [];
  const fits =
    geometry?.kind === "series"
      ? sizeOf(row) === sizeOf(last) && input.shape.length <= 2
      : geometry !== undefined &&
        (geometry.kind === "images") === (input.kind === "images") &&
        row.join() === geometry.shape.join() &&
        !input.fortran;
  if (fits) return;
  throw inputError("compression.model", {
    place,
    expected: `a model of rows like those of ${input.name}: ${row.join(" × ") || "one number"} each`,
    got:
      geometry === undefined
        ? "a model of tables"
        : `a model of ${geometry.kind} of ${geometry.shape.join(" × ")}`,
    hint: "train one on data of this kind, or leave the model out",
  });
}

/** The decoder alone. */
function cutOf({ model, info }: ModelFile): OnnxModel {
  if (info.label !== undefined) {
    throw inputError("exact.label", {
      place: "the model",
      expected: "a decoder that reads codes alone",
      got: "one that reads labels too",
    });
  }
  return extractModel(model, [OUTPUTS.latent], [OUTPUT]);
}

async function bytesOf(file: ModelFile): Promise<Uint8Array> {
  const geometry = geometryOf(file);
  if (geometry === undefined) throw new TypeError("a model of tables has no rows of numbers");
  const cut = cutOf(file);
  const { fixed } = decoderNeeds(cut);
  const values = fixed.length === 0 ? {} : await fixedValues(cut, fixed, geometry.latent);
  const quantized = quantizeDecoder(cut, { largest: {}, fixed: values, bits: BITS });
  return writeDecoder(geometry, quantized);
}

/** Tensors that depend on weights alone. */
async function fixedValues(
  cut: OnnxModel,
  names: readonly string[],
  latent: number,
): Promise<Readonly<Record<string, Tensor>>> {
  const engine = createEngine({ threads: 1 });
  try {
    const session = await engine.open(
      writeModel(extractModel(cut, [OUTPUTS.latent], [...names, OUTPUT])),
    );
    const zeros = tensor("float32", new Float32Array(latent), [1, latent]);
    return await session.run({ [OUTPUTS.latent]: zeros }, { fetch: names });
  } finally {
    await engine.close();
  }
}

/** Exponents of powers of two above what each measured tensor reaches with given codes. */
function measuring(cut: OnnxModel): (codes: Float32Array, rows: number) => Promise<number[]> {
  const { measured } = decoderNeeds(cut);
  const inner = measured.filter((name) => name !== OUTPUTS.latent);
  let opened: Promise<Session> | undefined;
  return async (codes, rows) => {
    const some = Math.min(rows, 1024);
    const latent = codes.length / rows;
    const stride = Math.floor(rows / some);
    const picked = Float32Array.from({ length: some * latent }, (_, i) => {
      const row = Math.floor(i / latent) * stride;
      return codes[row * latent + (i % latent)] as number;
    });
    opened ??= createEngine().open(
      writeModel(extractModel(cut, [OUTPUTS.latent], [...inner, OUTPUT])),
    );
    const session = await opened;
    const feed = { [OUTPUTS.latent]: tensor("float32", picked, [some, latent]) };
    const found = inner.length === 0 ? {} : await session.run(feed, { fetch: inner });
    return measured.map((name) => {
      const values = name === OUTPUTS.latent ? codes : (found[name]?.data as Float32Array);
      let largest = 0;
      for (const value of values) largest = Math.max(largest, Math.abs(value));
      return exponentAbove(ROOM * (largest || 1));
    });
  };
}
