/** Fashion-MNIST: sparse codes without dead units, code books that are used. */
import { dense } from "../../src/bodies/dense.ts";
import type { Family } from "../../src/families/family.ts";
import { finiteScalar } from "../../src/families/finite-scalar.ts";
import { sparse } from "../../src/families/sparse.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { vectorQuantized } from "../../src/families/vector-quantized.ts";
import { train } from "../../src/model/train.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { epochsTold, idx } from "./case.ts";

async function figures(family: Family, tell: (text: string) => void) {
  const model = await train(family, await idx("fashion-mnist", "train"), {
    seed: 1,
    epochs: 10,
    on: epochsTold(tell, 2),
  });
  const { metrics } = await model.evaluate(await idx("fashion-mnist", "t10k"));
  tell(`${family.name}, ${model.info.training.seconds.toFixed(0)} s: ${JSON.stringify(metrics)}`);
  await model.close();
  return metrics;
}

export const sparsity: AccuracyCase = {
  about: "Fashion-MNIST, 10 epochs: 1,024 units of which 32 are active, beside 64 dense ones",
  async *run(tell): AsyncGenerator<Figure> {
    const plain = await figures(vanilla({ latent: 64, body: dense([]) }), tell);
    const topk = await figures(sparse({ latent: 1024, penalty: "topk", k: 32 }), tell);
    yield { name: "error of 64 dense units", value: plain["mse"] as number };
    yield {
      name: "error of 32 of 1,024 units",
      value: topk["mse"] as number,
      target: { atMost: plain["mse"] as number },
    };
    yield { name: "active units a row", value: topk["l0"] as number };
    yield {
      name: "share of dead units",
      value: topk["deadUnits"] as number,
      target: { atMost: 0.01 },
    };
  },
};

export const codeBooks: AccuracyCase = {
  about: "Fashion-MNIST, 10 epochs, 64 numbers a row: use of the code book",
  async *run(tell): AsyncGenerator<Figure> {
    for (const family of [vectorQuantized({ latent: 64 }), finiteScalar({ latent: 64 })]) {
      const found = await figures(family, tell);
      yield { name: `${family.name}, error`, value: found["mse"] as number };
      yield {
        name: `${family.name}, share of entries used`,
        value: found["codesUsed"] as number,
        target: { atLeast: 0.9 },
      };
    }
  },
};
