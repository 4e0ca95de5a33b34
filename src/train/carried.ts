/** How the state of a run lies beside the engine, goes into a step and comes out of it. */
import { sizeOf, tensor } from "../base/tensor.ts";
import type { NetworkSpec } from "../nn/scope.ts";
import { countOf } from "../nn/scope.ts";
import { mayOverwrite } from "../onnx/overwrite.ts";
import type { Engine, Held, RunOptions } from "../runtime/engine.ts";
import type { Program } from "./program.ts";
import { STATE, optimizerStateName, partName } from "./program.ts";
import type { StreamedVector, Vectors } from "./run.ts";

export interface Carried {
  readonly feeds: Readonly<Record<string, Held>>;
  readonly options: Pick<RunOptions, "keep" | "into">;
  /** Steps that one run may take. */
  readonly mostSteps: number;
  /** One of the vectors, which stays where it is. */
  streamed(name: string): StreamedVector;
  /** To be called after every run. */
  settle(): Promise<void>;
  drop(): Promise<void>;
}

/** The flat vectors that a run carries, by name. */
export function vectorNames({ spec, optimizerState }: Program): readonly string[] {
  return [
    STATE.parameters,
    ...(spec.buffers.length > 0 ? [STATE.buffers] : []),
    ...optimizerState.map(optimizerStateName),
  ];
}

/** Puts a state beside the engine; with `move`, its memory goes there. */
export async function holdState(
  engine: Engine,
  program: Program,
  { vectors, step }: { readonly vectors: Vectors; readonly step: number },
  { move }: { readonly move: boolean },
): Promise<Carried> {
  const names = vectorNames(program);
  for (const name of names) {
    const value = tensor("float32", vectors[name] as Float32Array);
    await engine.hold(name, value, { transfer: move });
  }
  await engine.hold(STATE.step, tensor("int64", BigInt64Array.of(BigInt(step)), []));
  const lengths = new Map(names.map((name) => [name, lengthOf(program.spec, name)]));
  return {
    ...(program.separate ? await apart(engine, program) : together(engine, [...names, STATE.step])),
    streamed: (name) => streamedFrom(engine, name, lengths.get(name) as number),
  };
}

function lengthOf({ parameters, buffers }: NetworkSpec, name: string): number {
  return countOf(name === STATE.buffers ? buffers : parameters);
}

/** Numbers that are copied at a time: 16 MB. */
const PIECE = 2 ** 22;

function streamedFrom(engine: Engine, name: string, length: number): StreamedVector {
  return {
    length,
    pieces: async function* pieces() {
      for (let from = 0; from < length; from += PIECE) {
        const shape = [Math.min(PIECE, length - from)];
        yield (await engine.held(name, { from, shape })).data as Float32Array;
      }
    },
  };
}

/** Whole vectors in, and others out. */
function together(engine: Engine, names: readonly string[]): Omit<Carried, "streamed"> {
  return {
    feeds: Object.fromEntries(names.map((name) => [name, { held: name }])),
    options: { keep: Object.fromEntries(names.map((name) => [`next.${name}`, name])) },
    mostSteps: Infinity,
    settle: async () => {},
    drop: () => engine.drop(names),
  };
}

/**
 * Each parameter's part of each vector by itself. A vector whose parts are all read before they
 * are written is changed where it lies; of another there are two, which take turns.
 */
async function apart(
  engine: Engine,
  { spec, optimizerState, model }: Program,
): Promise<Omit<Carried, "streamed">> {
  const vectors = [STATE.parameters, ...optimizerState.map(optimizerStateName)];
  const whole = [...(spec.buffers.length > 0 ? [STATE.buffers] : []), STATE.step];
  const twice = vectors.filter((vector) =>
    spec.parameters.some(({ name }) => {
      const part = partName(vector, name);
      return !mayOverwrite(model, part, `next.${part}`);
    }),
  );
  const spareOf = (vector: string): string => `spare.${vector}`;
  for (const vector of twice) {
    const spare = tensor("float32", new Float32Array(countOf(spec.parameters)));
    await engine.hold(spareOf(vector), spare, { transfer: true });
  }
  const into = vectors.flatMap((vector) => {
    const held = twice.includes(vector) ? spareOf(vector) : vector;
    const parts = Object.values(heldParts(vector, spec));
    return spec.parameters.map(({ name }, i): [string, Held] => [
      `next.${partName(vector, name)}`,
      { ...(parts[i] as Held), held },
    ]);
  });
  return {
    feeds: {
      ...Object.fromEntries(whole.map((name) => [name, { held: name }])),
      ...Object.assign({}, ...vectors.map((vector) => heldParts(vector, spec))),
    },
    options: {
      keep: Object.fromEntries(whole.map((name) => [`next.${name}`, name])),
      into: Object.fromEntries(into),
    },
    mostSteps: 1,
    settle: async () => {
      for (const vector of twice) await engine.swap(vector, spareOf(vector));
    },
    drop: () => engine.drop([...vectors, ...whole, ...twice.map(spareOf)]),
  };
}

/** A held vector's parts, one a parameter, by the names of the inputs that take them. */
export function heldParts(vector: string, { parameters }: NetworkSpec): Record<string, Held> {
  let at = 0;
  return Object.fromEntries(
    parameters.map(({ name, shape }) => {
      const from = at;
      at += sizeOf(shape);
      return [partName(vector, name), { held: vector, part: { from, shape } }];
    }),
  );
}
