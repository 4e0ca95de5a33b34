/** All bodies, by name: adding one is one line here. */
import { z } from "zod";
import { activationNames } from "../nn/activations.ts";
import type { Body } from "./body.ts";
import { conv } from "./conv.ts";
import { dense } from "./dense.ts";
import { sequence } from "./sequence.ts";
import { spatial } from "./spatial.ts";

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
        .default("silu")
        .describe("function after each hidden layer"),
      normalize: z.boolean().default(false).describe("layer normalization before each activation"),
    }),
    ({ hidden, ...options }) => dense(hidden, options),
  ),
  conv: entry(
    "convolutions that halve an image layer by layer, mirrored",
    z.strictObject({
      channels: z
        .array(width)
        .default([16, 64])
        .describe("channels after each halving of the image"),
      kernel: width.default(3).describe("height and width of the kernels"),
      hidden: width.optional().describe("units of a dense layer next to the code"),
      activation: z
        .enum(activationNames)
        .default("relu")
        .describe("function after each convolution"),
      normalize: z.boolean().default(false).describe("layer normalization over the channels"),
    }),
    ({ channels, hidden, ...options }) =>
      conv(channels, hidden === undefined ? options : { ...options, hidden }),
  ),
  sequence: entry(
    "dilated convolutions or a recurrent network over the steps of a series",
    z.strictObject({
      cell: z
        .enum(["conv", "gru"])
        .default("conv")
        .describe("dilated convolutions, or gated recurrent units"),
      channels: z.array(width).default([32, 32, 32]).describe("width of each layer"),
      span: width.default(4).describe("steps that are taken together, one place of the layers"),
      kernel: width
        .optional()
        .meta({ examples: [5], needs: { cell: "conv" } })
        .describe("places a convolution looks at, an odd number (default: 3)"),
      activation: z
        .enum(activationNames)
        .optional()
        .meta({ examples: ["relu", "tanh"], needs: { cell: "conv" } })
        .describe("function after each convolution (default: silu)"),
    }),
    ({ channels, ...options }) => sequence(channels, defined(options)),
  ),
  spatial: entry(
    "convolutions whose code is a smaller picture, with no bottleneck: for denoising",
    z.strictObject({
      channels: z
        .array(width)
        .min(1)
        .default([32, 64])
        .describe("channels at half the size of the image, at a quarter, and so on"),
      depth: width.default(1).describe("pairs of convolutions at each scale"),
      activation: z
        .enum(activationNames)
        .default("relu")
        .describe("function before each convolution"),
    }),
    ({ channels, ...options }) => spatial(channels, options),
  ),
} as const satisfies Record<string, BodyEntry>;

/** Without the keys that are undefined. */
function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as never;
}

export type BodyName = keyof typeof bodies;
export const bodyNames = Object.keys(bodies) as readonly BodyName[];
