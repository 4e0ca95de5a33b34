/** A collapsed variational autoencoder is diagnosed, and the remedy brings its units back. */
import { dense } from "../../src/bodies/dense.ts";
import type { VariationalOptions } from "../../src/families/variational.ts";
import { variational } from "../../src/families/variational.ts";
import { train } from "../../src/model/train.ts";
import type { AccuracyCase, Figure } from "./case.ts";
import { idx } from "./case.ts";

async function activeUnits(options: VariationalOptions, tell: (text: string) => void) {
  const family = variational({
    latent: 20,
    body: dense([400]),
    likelihood: "bernoulli",
    ...options,
  });
  const model = await train(family, await idx("mnist", "train"), { seed: 1, epochs: 10 });
  const { metrics } = await model.evaluate(await idx("mnist", "t10k"));
  const warnings = model.info.training.warnings ?? [];
  for (const { saw, advice } of warnings) tell(`${saw} ${advice}`);
  await model.close();
  const collapsed = warnings.some(({ code }) => code === "collapse");
  return { active: metrics["activeUnits"] as number, collapsed };
}

export const collapse: AccuracyCase = {
  about: "MNIST, 20 codes, 10 epochs: beta = 20, and the remedy that the doctor names",
  async *run(tell): AsyncGenerator<Figure> {
    const ill = await activeUnits({ beta: 20 }, tell);
    yield { name: "beta 20: active units", value: ill.active };
    yield { name: "beta 20: diagnosed", value: Number(ill.collapsed), target: { atLeast: 1 } };
    const well = await activeUnits({ beta: 1 }, tell);
    yield { name: "beta 1: active units", value: well.active, target: { atLeast: ill.active + 5 } };
    yield { name: "beta 1: diagnosed", value: Number(well.collapsed), target: { atMost: 0 } };
  },
};
