/** Squared error. */
import { clip, sub } from "../ops/arithmetic.ts";
import { square } from "../ops/pointwise.ts";
import type { NumberLoss } from "./number-loss.ts";

/** (target − output)² */
export const squared: NumberLoss = {
  name: "squared",
  unit: "squared error",
  loss: (_scope, target, output) => square(sub(output, target)),
  // The best guess for a bounded value is inside the bounds.
  mean: (output, { bounded }) => (bounded ? clip(output, 0, 1) : output),
};
