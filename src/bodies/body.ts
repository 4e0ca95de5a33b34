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
}
