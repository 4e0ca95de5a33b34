/** How a weight starts. */
import type { Key } from "../random/bits.ts";
import { normals, uniforms } from "../random/numbers.ts";

/** First values of a parameter of the given shape, drawn from the key. */
export type Initializer = (key: Key, shape: readonly number[]) => Float32Array;

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** In place: no second vector for the largest of layers. */
function eachOf(values: Float32Array, change: (value: number) => number): Float32Array {
  for (let i = 0; i < values.length; i += 1) values[i] = change(values[i] as number);
  return values;
}

export const zeros: Initializer = (_key, shape) => new Float32Array(sizeOf(shape));

/** Every element the same. */
export function filled(value: number): Initializer {
  return (_key, shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** Uniform in ±limit. */
function uniformWithin(limit: number): Initializer {
  return (key, shape) => eachOf(uniforms(key, sizeOf(shape)), (u) => (2 * u - 1) * limit);
}

/** Normal with the given standard deviation. */
export function normal(deviation: number): Initializer {
  return (key, shape) => eachOf(normals(key, 1, sizeOf(shape)), (x) => x * deviation);
}

/**
 * Glorot and Bengio (2010), equation 16: ±√(6 / (fanIn + fanOut)). Keeps the variance
 * of signals and of gradients through linear and tanh layers.
 */
export function glorot(fanIn: number, fanOut: number): Initializer {
  return uniformWithin(Math.sqrt(6 / (fanIn + fanOut)));
}

/**
 * LeCun et al., "Efficient backprop" (1998), section 4.6: normal with variance gain² / fanIn.
 * A small gain suits an output layer: the first outputs are then near the bias, and no steps
 * are spent on unlearning noise.
 */
export function lecun(fanIn: number, gain = 1): Initializer {
  return normal(gain / Math.sqrt(fanIn));
}

/** Another start, times a factor. */
export function scaled(initial: Initializer, factor: number): Initializer {
  return factor === 1 ? initial : (key, shape) => eachOf(initial(key, shape), (x) => x * factor);
}

/** How wide output layers start: a tenth of what keeps the variance of their inputs. */
export const OUTPUT_GAIN = 0.1;

/** He et al. (2015), equation 10: normal with variance 2 / fanIn, for layers before a ReLU. */
export function he(fanIn: number): Initializer {
  return normal(Math.sqrt(2 / fanIn));
}
