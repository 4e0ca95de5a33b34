/** Log-likelihood of binarized MNIST: the variational autoencoder, and the tighter bound. */
import { dense } from "../../src/bodies/dense.ts";
import { variational } from "../../src/families/variational.ts";
import { train } from "../../src/model/train.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { binarized, epochsTold, idx } from "./case.ts";

const EPOCHS = 280;
/** Both sides of the comparison. */
const SHORT = 50;
const DRAWS = 200;

async function logLikelihood(
  samples: number,
  epochs: number,
  optimizer: "adam" | "adamw",
  tell: (text: string) => void,
): Promise<number> {
  const training = await binarized(await idx("mnist", "train"), 1);
  const test = await binarized(await idx("mnist", "t10k"), 2);
  const family = variational({
    latent: 40,
    body: dense([400]),
    likelihood: "bernoulli",
    samples,
  });
  const model = await train(family, training, {
    seed: 1,
    epochs,
    batch: 128,
    optimizer,
    // All images are trained on, as in the papers.
    validation: 0,
    on: epochsTold(tell, 20),
  });
  tell(
    `trained ${model.info.training.seconds.toFixed(0)} s, best epoch ${model.info.training.bestEpoch}`,
  );
  const { metrics } = await model.evaluate(test, { samples: DRAWS });
  tell(JSON.stringify(metrics));
  await model.close();
  return metrics["logLikelihood"] as number;
}

export const likelihood: AccuracyCase = {
  about: `binarized MNIST, 784-400-40, ${EPOCHS} epochs of AdamW: log-likelihood by ${DRAWS} draws, nats an image`,
  async *run(tell): AsyncGenerator<Figure> {
    yield {
      name: "log-likelihood",
      value: await logLikelihood(1, EPOCHS, "adamw", tell),
      target: { atLeast: -89.8 },
    };
  },
};

export const importance: AccuracyCase = {
  about: `the same trained on the bound of 5 draws, beside 1 draw, ${SHORT} epochs of Adam each`,
  async *run(tell): AsyncGenerator<Figure> {
    const one = await logLikelihood(1, SHORT, "adam", tell);
    yield { name: "log-likelihood, 1 draw", value: one };
    const five = await logLikelihood(5, SHORT, "adam", tell);
    yield { name: "log-likelihood, 5 draws", value: five };
    yield { name: "gain of 5 draws over 1", value: five - one, target: { atLeast: 1.5 } };
  },
};
