/** Options of the variational family, and which of them go together. */
import { z } from "zod";
import { inputError } from "../base/errors.ts";
import { betaOptions, likelihoodOptions } from "./posterior.ts";

/** Weight of |KL − C| where none is given. */
export const GAMMA = 100;

export const options = z.strictObject({
  ...likelihoodOptions,
  ...betaOptions,
  capacity: z
    .number()
    .nonnegative()
    .optional()
    .describe("nats that the KL is held at by the end of training, in place of a beta"),
  gamma: z
    .number()
    .positive()
    .optional()
    .describe(`weight of the distance between KL and capacity; ${GAMMA} where none is given`)
    .meta({ needs: { capacity: 5 } }),
  freeBits: z
    .number()
    .nonnegative()
    .default(0)
    .describe("nats that each dimension of the code may take for free"),
  totalCorrelation: z
    .number()
    .nonnegative()
    .default(0)
    .describe("extra weight on what the dimensions of the code say twice"),
  samples: z
    .number()
    .int()
    .positive()
    .default(1)
    .describe("codes drawn a row: more make the bound tighter, and take as many times the memory"),
});

export type Parsed = z.output<typeof options>;

/** @throws `options.invalid` for options that do not go together, with the reason */
export function requireTogether(given: Readonly<Record<string, unknown>>, parsed: Parsed): void {
  const { capacity, samples, beta, freeBits, totalCorrelation: extra } = parsed;
  const refuse = (option: string, expected: string) => {
    throw inputError("options.invalid", {
      place: `variational, option ${option}`,
      expected,
      got: JSON.stringify(given[option]),
    });
  };
  if (capacity === undefined && parsed.gamma !== undefined) {
    refuse("gamma", "a capacity beside it, the distance to which it weighs");
  }
  if (capacity !== undefined) {
    const none = "none beside capacity, which itself says what the KL shall be";
    if (given["beta"] !== undefined) refuse("beta", none);
    if (given["warmUp"] !== undefined) refuse("warmUp", none);
    if (freeBits !== 0) refuse("freeBits", none);
    if (extra !== 0) refuse("totalCorrelation", none);
    if (samples !== 1) refuse("samples", "1 beside capacity, which needs the KL and not a draw");
  }
  if (samples > 1) {
    const none = "none beside several samples, whose bound has no KL to change";
    if (beta !== 1) refuse("beta", "1 beside several samples: another is no bound on the data");
    if (freeBits !== 0) refuse("freeBits", none);
    if (extra !== 0) refuse("totalCorrelation", none);
  }
}

/** Without what does not act, so that the options of a model say what it was trained for. */
export function effective(parsed: Parsed): Readonly<Record<string, unknown>> {
  if (parsed.capacity === undefined) return parsed;
  const { beta, warmUp, ...others } = parsed;
  void [beta, warmUp];
  return others;
}
