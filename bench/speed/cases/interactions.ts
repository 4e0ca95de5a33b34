/** Histories of a large catalogue, where what a row holds is a few of very many columns. */
import { madeHistories } from "../data.ts";
import { multVaeNetwork } from "../networks.ts";
import { trainingCase } from "../training.ts";

const ITEMS = 20_000;

export const interactions = trainingCase({
  about: "mult-vae 20,000-600-200-600-20,000 on histories of about 90 items, batch 500",
  data: madeHistories(2000, ITEMS, 256),
  batch: 500,
  network: multVaeNetwork(ITEMS, 600, 200),
});
