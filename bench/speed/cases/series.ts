/** The sequence body as it is by default, on windows of a series. */
import { madeSeries } from "../data.ts";
import { sequenceNetwork } from "../networks.ts";
import { trainingCase } from "../training.ts";

export const series128 = trainingCase({
  about:
    "sequence 64-64-64, spans of 8, on windows of 128 steps × 8 channels, code of 32, batch 128",
  data: madeSeries(4096, [128, 8]),
  batch: 128,
  network: sequenceNetwork([128, 8], [64, 64, 64], 8, 32),
});
