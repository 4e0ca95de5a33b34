/** Whether the code says something, and no more than it should. */
import { counted } from "../../base/counted.ts";
import { unexplained } from "./evidence.ts";
import { klWeight, lessPrior } from "./remedies.ts";
import type { Rule } from "./rule.ts";
import { THRESHOLDS } from "./thresholds.ts";
import { figure, percent } from "./words.ts";

/** A code that the prior has emptied: few units in use, or all drowned by their own noise. */
export const collapse: Rule = {
  code: "collapse",
  look: (evidence) => {
    const { variance, kl } = (evidence.heldOut ?? evidence.training).code;
    if (kl === undefined) return undefined;
    const units = variance.length;
    const active = variance.filter((value) => value > THRESHOLDS.active).length;
    const nats = kl.reduce((a, b) => a + b, 0);
    const weighted = (klWeight(evidence) ?? 1) > 1;
    const least = weighted ? THRESHOLDS.activeShareWeighted : THRESHOLDS.activeShare;
    const faint =
      (active > 0 && nats < THRESHOLDS.faint * active) ||
      (weighted && nats < THRESHOLDS.faintWeighted * units);
    if (active > least * units && !faint) return undefined;
    const inUse = `${figure(active)} of the ${counted(units, "number")} of the code in use (variance over rows above ${THRESHOLDS.active})`;
    const told = `a code tells ${figure(nats)} nats of its row`;
    return {
      severity: "warning",
      saw: `Posterior collapse: ${
        active > least * units
          ? `${told}, ${figure(nats / units)} a number, with ${inUse}.`
          : `${inUse}, and ${told}.`
      } The decoder has learnt to do without most of it.`,
      advice: lessPrior(evidence),
      numbers: { active, units, kl: nats },
    };
  },
};

/** A code as large as the row that shows any row, whether it is like the data or not. */
export const identity: Rule = {
  code: "identity",
  look: (evidence) => {
    const { latent, features } = evidence;
    const { all, shuffled } = evidence.heldOut ?? evidence.training;
    const [data, other] = [unexplained(all), unexplained(shuffled)];
    if (latent < features || all.spread === 0) return undefined;
    if (data > THRESHOLDS.copied || other > THRESHOLDS.copiedShuffled) return undefined;
    return {
      severity: "warning",
      saw: `The model copies: it leaves ${percent(data)} of the data unexplained, and only ${percent(other)} of rows whose features were shuffled among rows, which are nothing like the data. The code holds ${counted(latent, "number")}, a row ${figure(features)}.`,
      advice: `Take a smaller code, --latent ${Math.max(1, Math.ceil(features / 4))}, or a family that keeps a large one from copying: --family sparse, denoising or contractive.`,
      numbers: { data, shuffled: other, latent, features },
    };
  },
};
