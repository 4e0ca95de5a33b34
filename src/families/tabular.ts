/**
 * The tabular variational autoencoder: maximize, as any variational autoencoder,
 *
 *   ELBO = E[log p(x | z)] − beta · KL(q(z | x) ‖ N(0, 1)),
 *
 * with a likelihood made for tables:
 *
 *   log p(x | z) = Σ over numbers     log Σ_k w_k(z) · N(x; m_k + s_k · a_k(z), s_k² + blur²)
 *                + Σ over flags       log Bernoulli(x; z)
 *                + Σ over categories  log softmax(z)[x],      log s_k = l_k + r_k(z) / 2.
 *
 * Each number column has modes of its own, with centres m and log-widths l that all rows share; for
 * each row the decoder says how likely a mode is (w), where the row lies in it, in its widths (a),
 * and how much wider or narrower it is (r). As a mode narrows onto a spike of the data, it therefore
 * stands still there, whatever the code.
 *
 * @see Xu, Skoularidou, Cuesta-Infante and Veeramachaneni, "Modeling tabular data using conditional
 *   GAN" (2019), sections 4.2 (mode-specific normalization; there the modes are fitted beforehand,
 *   here with the network) and 4.5 (TVAE)
 */
import { z } from "zod";
import type { Value } from "../graph/value.ts";
import { scalar } from "../graph/value.ts";
import { klToStandardNormal } from "../losses/kl.ts";
import type { Batch } from "../losses/reconstruction.ts";
import type { Said } from "../losses/table-likelihood.ts";
import {
  likelihoodShape,
  tableDraws,
  tableLikelihood,
  tableLosses,
  tableMeans,
} from "../losses/table-likelihood.ts";
import { rowDraw, rowLoss, rowNetwork } from "../losses/row-likelihood.ts";
import { add, neg } from "../ops/arithmetic.ts";
import { stopGradient } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import type { CommonOptions, Family, FamilyEntry, Parts, Term } from "./family.ts";
import { parseOptions } from "./options.ts";
import type { Posterior } from "./posterior.ts";
import { betaOptions, draw, drawnKl, posterior, warmedUp } from "./posterior.ts";

const options = z.strictObject({
  modes: z
    .number()
    .int()
    .positive()
    .default(10)
    .describe("spikes and humps that the distribution of a number column can have"),
  ...betaOptions,
});

export type TabularOptions = CommonOptions & z.input<typeof options>;

/**
 * A variational autoencoder for tables: its samples are rows, drawn column by column from what the
 * code says, so that spikes, several humps and missing values come out about as often as they went
 * in.
 *
 * @example
 * const model = await train(tabular(), await readTable("customers.csv"), { seed: 1 });
 * const madeUp = await model.generate(1000, { seed: 7 });
 */
export function tabular({ latent, body, ...given }: TabularOptions = {}): Family<
  "reconstruction" | "kl" | "row",
  true
> {
  const parsed = parseOptions("tabular", options, given);
  const { modes, beta, warmUp } = parsed;
  const saidAt = (parts: Parts, code: Value): readonly Said[] => {
    const output = parts.decoder(code, likelihoodShape(parts.layout, modes));
    return tableLikelihood(parts.scope, parts.layout, modes, output);
  };
  const lossesAt = (parts: Parts, batch: Batch, code: Value): Value =>
    tableLosses(parts.layout, batch, saidAt(parts, code));
  return {
    name: "tabular",
    options: parsed,
    body,
    latent,
    terms: { reconstruction: "nats", kl: "nats", row: "nats" },
    can: { generate: true },
    loss: (parts, batch) => {
      const q = posteriorOf(parts, batch);
      const drawn = draw(parts.scope, q);
      return {
        reconstruction: { value: sum(lossesAt(parts, batch, drawn.z), { axes: [1] }) },
        kl: {
          value: sum(klToStandardNormal(q.mu, q.logVar), { axes: [1] }),
          weight: warmedUp(parts.scope, "beta", beta, warmUp),
        },
        row: rowTerm(parts, batch, drawn.z),
      };
    },
    encode: (parts, batch) => posteriorOf(parts, batch).mu,
    drawCode: (parts, batch) => draw(parts.scope, posteriorOf(parts, batch)).z,
    decode: (parts, code) => tableMeans(parts.layout, saidAt(parts, code)),
    sample: (parts, code, temperature) => {
      const { scope, layout } = parts;
      const { variables } = layout;
      if (variables === undefined)
        return tableDraws(scope, layout, saidAt(parts, code), temperature);
      const network = rowNetwork(scope.child("row"), variables, code);
      return rowDraw(scope, network, variables, temperature);
    },
    divergence: (parts, batch) => {
      const { mu, logVar } = posteriorOf(parts, batch);
      return klToStandardNormal(mu, logVar);
    },
    logWeight: (parts, batch) => {
      const q = posteriorOf(parts, batch);
      const drawn = draw(parts.scope, q);
      const errors = sum(lossesAt(parts, batch, drawn.z), { axes: [1] });
      return neg(add(errors, drawnKl(q, drawn)));
    },
    // −ELBO at the posterior mean: needs no chance, and orders samples as the ELBO does.
    score: (parts, batch) => {
      const { mu, logVar } = posteriorOf(parts, batch);
      const errors = lossesAt(parts, batch, mu);
      const kl = sum(klToStandardNormal(mu, logVar), { axes: [1] });
      return { score: add(sum(errors, { axes: [1] }), kl), parts: errors };
    },
  };
}

/** What draws the rows learns from the codes, and the codes learn nothing from it. */
function rowTerm({ scope, layout }: Parts, batch: Batch, code: Value): Term {
  const { variables } = layout;
  if (variables === undefined) return { value: scalar(0, scope.dtype), weight: 0 };
  const network = rowNetwork(scope.child("row"), variables, stopGradient(code));
  const { x } = batch.target ?? batch;
  return { value: sum(rowLoss(network, variables, x), { axes: [1] }) };
}

function posteriorOf(parts: Parts, { x }: Batch): Posterior {
  return posterior(parts.encoder(x, 2 * parts.latent));
}

export const tabularEntry: FamilyEntry = {
  summary: "for tables: new rows whose numbers, words and gaps come as often as in the data",
  options,
  create: (own, common) => tabular({ ...(own as z.input<typeof options>), ...common }),
};
