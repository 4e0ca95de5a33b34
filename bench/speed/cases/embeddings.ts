/** Very many units of which few are active, on embeddings: the dictionaries of interpretability. */
import { madeEmbeddings } from "../data.ts";
import { topkNetwork } from "../networks.ts";
import { trainingCase } from "../training.ts";

export const topk = trainingCase({
  about: "sparse top-k, 768 → 8,192 units, k = 32, on embeddings, batch 1,024",
  data: madeEmbeddings(4096, 768),
  batch: 1024,
  network: topkNetwork(768, 8192, 32),
});
