/**
 * The networks of the training cases: the family that we train, the words by which peers build the
 * same (bench/peers/torch_networks.py, bench/peers/tfjs_train.mjs), and the size of its matrix products.
 */
import { conv } from "../../src/bodies/conv.ts";
import { dense } from "../../src/bodies/dense.ts";
import { sequence } from "../../src/bodies/sequence.ts";
import type { Family } from "../../src/families/family.ts";
import { multVae } from "../../src/families/mult-vae.ts";
import { sparse } from "../../src/families/sparse.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { variational } from "../../src/families/variational.ts";

export interface BenchNetwork {
  /** For peers, who know it by its name. */
  readonly words: Readonly<Record<string, unknown>> & { readonly name: string };
  family(): Family;
  /** Multiplications of the forward pass a row, and those of them in the first layer. */
  readonly products: { readonly forward: number; readonly first: number };
}

/** Multiplications of a chain of full layers. */
function chain(sizes: readonly number[]): number {
  return sizes.slice(1).reduce((sum, size, i) => sum + size * (sizes[i] as number), 0);
}

/** Hidden layers inwards, and mirrored outwards. */
export function denseNetwork(
  features: number,
  hidden: readonly number[],
  latent: number,
): BenchNetwork {
  const sizes = [features, ...hidden, latent, ...hidden.toReversed(), features];
  return {
    words: { name: "dense", sizes, activation: "silu" },
    family: () => vanilla({ latent, body: dense(hidden) }),
    products: { forward: chain(sizes), first: chain(sizes.slice(0, 2)) },
  };
}

export function variationalNetwork(
  features: number,
  hidden: readonly number[],
  latent: number,
): BenchNetwork {
  const [inwards, outwards] = [
    [features, ...hidden, 2 * latent],
    [latent, ...hidden.toReversed(), features],
  ];
  return {
    words: { name: "variational", features, hidden, latent, activation: "silu" },
    // Without warm-up of beta, as the peers.
    family: () => variational({ latent, body: dense(hidden), likelihood: "bernoulli", warmUp: 0 }),
    products: { forward: chain(inwards) + chain(outwards), first: chain(inwards.slice(0, 2)) },
  };
}

const KERNEL = 3;

/** The conv body: kernel 3, stride 2, ReLU, and its mirror image. */
export function convNetwork(
  image: readonly [number, number, number],
  channels: readonly number[],
  latent: number,
): BenchNetwork {
  let [height, width, depth] = image;
  const layers = channels.map((count) => {
    [height, width] = [Math.ceil(height / 2), Math.ceil(width / 2)];
    const products = height * width * KERNEL ** 2 * depth * count;
    depth = count;
    return products;
  });
  const both = layers.reduce((sum, n) => sum + n, height * width * depth * latent);
  return {
    words: { name: "conv", image, channels, latent },
    family: () => vanilla({ latent, body: conv(channels) }),
    products: { forward: 2 * both, first: layers[0] as number },
  };
}

/** The sequence body: dilated convolutions over places of `span` steps, and its mirror image. */
export function sequenceNetwork(
  [window, channels]: readonly [number, number],
  widths: readonly [number, ...number[]],
  span: number,
  latent: number,
): BenchNetwork {
  if (window % span !== 0) throw new Error("peers know windows of whole places alone");
  const places = window / span;
  const inwards = [widths[0], ...widths];
  const start = places * span * channels * widths[0];
  const layers = places * KERNEL * chain(inwards);
  const mirrored = places * KERNEL * chain([widths.at(-1) as number, ...widths.toReversed()]);
  const code = places * (widths.at(-1) as number) * latent;
  return {
    words: { name: "sequence", window, channels, widths, span, kernel: KERNEL, latent },
    family: () => vanilla({ latent, body: sequence(widths, { span, kernel: KERNEL }) }),
    products: { forward: 2 * (start + code) + layers + mirrored, first: start },
  };
}

/** Rows after which a unit counts as dead, and units that mend a row: as in the sparse family. */
const SILENT = 200;
const MENDERS = 4;

/**
 * The k largest of many units. Its products are counted as those of two full layers, though a
 * program may well leave out the units that are 0, and as long as every unit lives.
 */
export function topkNetwork(features: number, units: number, k: number): BenchNetwork {
  return {
    words: { name: "topk", features, units, k, silent: SILENT, menders: MENDERS * k },
    family: () => sparse({ latent: units, k, dead: SILENT, body: dense([]) }),
    products: { forward: 2 * features * units, first: features * units },
  };
}

/** As in Liang et al. (2018), but for the warm-up of beta. */
const DROPOUT = 0.5;
const BETA = 0.2;

/**
 * Histories of a catalogue through one hidden layer each way. The first layer reads the few rows of
 * its weights that a history names: its products are not counted.
 */
export function multVaeNetwork(items: number, hidden: number, latent: number): BenchNetwork {
  return {
    words: { name: "mult-vae", items, hidden, latent, dropout: DROPOUT, beta: BETA },
    family: () =>
      multVae({
        latent,
        body: dense([hidden], { activation: "tanh" }),
        dropout: DROPOUT,
        beta: BETA,
        warmUp: 0,
      }),
    products: { forward: hidden * 2 * latent + latent * hidden + hidden * items, first: 0 },
  };
}

/**
 * Floating-point operations of a step's products: forward, gradients of the weights, and
 * gradients of the inputs, which the first layer's need not have.
 */
export function operationsOf(
  { products: { forward, first } }: BenchNetwork,
  batch: number,
): number {
  return 2 * batch * (3 * forward - first);
}
