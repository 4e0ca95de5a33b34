/** The network around the bottleneck. */
import type { Value } from "../graph/value.ts";
import type { Scope } from "../nn/scope.ts";

export interface Body {
  readonly name: string;
  /** Plain JSON, enough to make the body again by name. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * `[batch, …shape]` → `[batch, outputs]`.
   *
   * @param spread root mean square of x, about: 1 for standardized numbers (the default), ½ for pixels
   */
  encode(scope: Scope, x: Value, outputs: number, spread?: number): Value;
  /** `[batch, latent]` → `[batch, …shape]`. */
  decode(scope: Scope, z: Value, shape: readonly number[]): Value;
  /** Of bodies that are plain stacks: their layers one by one, for training one at a time. */
  readonly stack?: Stack;
}

/** Layers from the features to the code, and as many back: the last of these mirrors the first of those. */
export interface Stack {
  readonly encoder: readonly Layer[];
  readonly decoder: readonly Layer[];
}

export interface Layer {
  /** Of the scope that its weights lie in. */
  readonly name: string;
  /** Absent: as many numbers as it is asked for, and no activation. */
  readonly width?: number;
  /**
   * `[batch, inputs]` → `[batch, width or outputs]`.
   *
   * @param scope of the encoder or the decoder
   * @param spread as in `encode`, for the layer that sees the features
   */
  apply(scope: Scope, x: Value, outputs: number, spread?: number): Value;
}
