/** All bodies, by name: adding one is one line here. */
import { z } from "zod";
import { activationNames } from "../nn/activations.ts";
import type { Body } from "./body.ts";
import { dense } from "./dense.ts";

export interface BodyEntry {
  readonly summary: string;
  /** Options with their checks, defaults and help. */
  readonly options: z.ZodObject;
  create(options: Readonly<Record<string, unknown>>): Body;
}

function entry<S extends z.ZodObject>(
  summary: string,
  options: S,
  create: (options: z.infer<S>) => Body,
): BodyEntry {
  return { summary, options, create: (given) => create(options.parse(given)) };
}

const width = z.number().int().positive();

export const bodies = {
  dense: entry(
    "fully connected layers, mirrored",
    z.strictObject({
      hidden: z
        .array(width)
        .default([256, 128])
        .describe("widths of the hidden layers on the way in"),
      activation: z
        .enum(activationNames)
        .default("relu")
        .describe("function after each hidden layer"),
      normalize: z.boolean().default(false).describe("layer normalization before each activation"),
    }),
    ({ hidden, ...options }) => dense(hidden, options),
  ),
} as const satisfies Record<string, BodyEntry>;

export type BodyName = keyof typeof bodies;
export const bodyNames = Object.keys(bodies) as readonly BodyName[];
