/** The conv body with its usual channels, on grey and on coloured images. */
import { madeImages } from "../data.ts";
import { convNetwork } from "../networks.ts";
import { trainingCase } from "../training.ts";

const of = (image: readonly [number, number, number]) =>
  trainingCase({
    about: `conv 16-64 on images of ${image.join(" × ")}, code of 64, batch 128`,
    data: madeImages(2048, image),
    batch: 128,
    network: convNetwork(image, [16, 64], 64),
  });

export const conv28 = of([28, 28, 1]);
export const conv32 = of([32, 32, 3]);
