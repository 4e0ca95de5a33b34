/** The network around the bottleneck. */
import type { Value } from "../graph/value.ts";
import type { Scope } from "../nn/scope.ts";

export interface Body {
  readonly name: string;
  /** Plain JSON, enough to make the body again by name. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `[batch, …shape]` → `[batch, outputs]`. */
  encode(scope: Scope, x: Value, outputs: number): Value;
  /** `[batch, latent]` → `[batch, …shape]`. */
  decode(scope: Scope, z: Value, shape: readonly number[]): Value;
}
