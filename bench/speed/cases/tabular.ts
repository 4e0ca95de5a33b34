/** A small network on a table of 30 numbers: what costs is everything but arithmetic. */
import { madeTable } from "../data.ts";
import { denseNetwork } from "../networks.ts";
import { trainingCase } from "../training.ts";

const of = (batch: number) =>
  trainingCase({
    about: `dense 30-16-8-16-30 on a table, batch ${batch}`,
    data: madeTable(65_536, 30),
    batch,
    network: denseNetwork(30, [16], 8),
  });

export const tabular64 = of(64);
export const tabular256 = of(256);
