/** What a loss on numbers is: elementwise, with a mean to show and a unit to print. */
import type { Value } from "../graph/value.ts";
import type { Scope } from "../nn/scope.ts";
import type { Layout } from "./layout.ts";

export interface NumberLoss {
  readonly name: string;
  readonly unit: "nats" | "squared error";
  /**
   * Loss an element.
   *
   * @param target `[batch, …]`
   * @param output what the decoder gave, of the same shape
   */
  loss(scope: Scope, target: Value, output: Value, layout: Layout): Value;
  /** The value to show for an output: the mean of the distribution it stands for. */
  mean(output: Value, layout: Layout): Value;
}
