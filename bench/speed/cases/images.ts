/** Dense and variational networks on images of 28 × 28, where matrix products cost most. */
import { madeImages } from "../data.ts";
import { denseNetwork, variationalNetwork } from "../networks.ts";
import { trainingCase } from "../training.ts";

const PIXELS = 28 * 28;

const denseOf = (batch: number) =>
  trainingCase({
    about: `dense 784-512-256-32-256-512-784 on images, batch ${batch}`,
    data: madeImages(8192, [28, 28, 1]),
    batch,
    network: denseNetwork(PIXELS, [512, 256], 32),
  });

export const dense128 = denseOf(128);
export const dense512 = denseOf(512);

export const variational100 = trainingCase({
  about: "variational 784-400-40-400-784, Bernoulli, on images, batch 100",
  data: madeImages(10_000, [28, 28, 1]),
  batch: 100,
  network: variationalNetwork(PIXELS, [400], 40),
});
