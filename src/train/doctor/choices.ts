/** What can be wrong with a recommender: who is behind it, and what helps. */
import { counted } from "../../base/counted.ts";
import type { ProbedChoices } from "./choice-probe.ts";
import type { Diagnosis, DiagnosisCode } from "./diagnosis.ts";
import type { Ran } from "./remedies.ts";
import { betterRun } from "./remedies.ts";
import type { Finding } from "./rule.ts";
import { THRESHOLDS } from "./thresholds.ts";
import { figure, percent } from "./words.ts";

export interface ChoiceEvidence extends Ran {
  readonly family: {
    readonly name: string;
    readonly options: Readonly<Record<string, unknown>>;
  };
  readonly latent: number;
  readonly parameters: number;
  readonly users: { readonly training: number; readonly heldOut: number };
  readonly bestEpoch: number;
  /** The kept weights on held-out users, on training users where none were held out. */
  readonly probe: ProbedChoices;
}

interface Rule {
  readonly code: DiagnosisCode;
  readonly unless?: readonly DiagnosisCode[];
  readonly look: (evidence: ChoiceEvidence) => Finding | undefined;
}

const rules: readonly Rule[] = [
  { code: "small-data", look: smallData },
  { code: "collapse", look: collapse },
  { code: "no-progress", unless: ["collapse"], look: popularityAlone },
  { code: "overfitting", unless: ["collapse", "no-progress"], look: learntByHeart },
];

/** What the evidence says; empty when all is well. */
export function diagnoseChoices(evidence: ChoiceEvidence): readonly Diagnosis[] {
  const found = new Map<DiagnosisCode, Diagnosis>();
  for (const { code, unless = [], look } of rules) {
    if (unless.some((cause) => found.has(cause))) continue;
    const finding = look(evidence);
    if (finding !== undefined) found.set(code, { code, ...finding });
  }
  return [...found.values()];
}

function smallData({ users, parameters }: ChoiceEvidence): Finding | undefined {
  const count = users.training + users.heldOut;
  if (count >= THRESHOLDS.fewRows) return undefined;
  return {
    severity: "warning",
    saw: `${counted(count, "user")} for ${counted(parameters, "parameter")}${users.heldOut === 0 ? ", and none held out: nobody can tell whether the model knows what goes together or these histories" : ""}.`,
    advice:
      "Give it more histories, hundreds if you can, or shorter ones with --min-user-items; so few are served as well by the most popular items.",
    numbers: { rows: count, parameters },
  };
}

/** A code that the prior has emptied: everybody gets the same. */
function collapse({ probe, family, latent }: ChoiceEvidence): Finding | undefined {
  const { variance, kl } = probe.code;
  if (kl === undefined) return undefined;
  const active = variance.filter((value) => value > THRESHOLDS.active).length;
  const nats = kl.reduce((a, b) => a + b, 0);
  const faint = active > 0 && nats < THRESHOLDS.faint * active;
  // A decoder that does without its code still shows what is popular; one that does not never learnt.
  if (probe.ranking.own < THRESHOLDS.lost * probe.ranking.popular) return undefined;
  if (active > THRESHOLDS.activeShare * latent && !faint) return undefined;
  const { beta } = family.options;
  const lower = typeof beta === "number" && beta > USUAL_BETA ? USUAL_BETA : Number(beta) / 4;
  return {
    severity: "warning",
    saw: `Posterior collapse: ${figure(active)} of the ${counted(latent, "number")} of the code in use (variance over users above ${THRESHOLDS.active}), and a code tells ${figure(nats)} nats of its history. ${percent(probe.alike)} of what users are shown first are the most popular items.`,
    advice:
      Number.isFinite(lower) && lower > 0
        ? `Lower the weight of the KL: --set beta=${figure(lower)}.`
        : `Take a smaller code: --latent ${Math.max(1, Math.ceil(latent / 2))}.`,
    numbers: { active, units: latent, kl: nats, alike: probe.alike },
  };
}

/** The families' own default. */
const USUAL_BETA = 0.2;

/** Lists no better than the same one for everybody. */
function popularityAlone(evidence: ChoiceEvidence): Finding | undefined {
  const { ranking, alike } = evidence.probe;
  if (ranking.own > THRESHOLDS.popular * ranking.popular && alike < THRESHOLDS.alike)
    return undefined;
  const whose = evidence.users.heldOut > 0 ? "held-out users" : "its own users";
  return {
    severity: "warning",
    saw: `The network finds what ${whose} took besides no better than the same list for everybody: NDCG@100 ${percent(ranking.own)}, the most popular items ${percent(ranking.popular)}. ${percent(alike)} of what users are shown first are those.`,
    advice:
      betterRun(evidence) ??
      "Histories may say little about one another: try more of them, users with more items (--min-user-items 10) or items with more users (--min-item-users 5).",
    numbers: { own: ranking.own, popular: ranking.popular, alike },
  };
}

/** The lists of held-out users got worse again while the loss of training fell. */
function learntByHeart({
  history,
  probe,
  bestEpoch,
  family,
  latent,
}: ChoiceEvidence): Finding | undefined {
  const [first, best, last] = [history[0], history[bestEpoch - 1], history.at(-1)];
  if (first?.judged === undefined || best?.judged === undefined || last?.judged === undefined)
    return undefined;
  // The first epoch of many small steps has learnt already: what is popular is where all begin.
  const begun = Math.max(first.judged, 1 - probe.ranking.popular);
  const [fallen, risen] = [begun - best.judged, last.judged - best.judged];
  if (risen < THRESHOLDS.rankingRise * fallen || last.loss >= best.loss) return undefined;
  const { dropout } = family.options;
  const more =
    typeof dropout === "number" && dropout < 0.7
      ? "hide more of each history, --set dropout=0.7, or "
      : "";
  return {
    severity: "note",
    saw: `After epoch ${bestEpoch} the lists of held-out users got worse, from NDCG@100 ${percent(1 - best.judged)} to ${percent(1 - last.judged)}, while the loss of training fell from ${figure(best.loss)} to ${figure(last.loss)}. The weights of epoch ${bestEpoch} were kept.`,
    advice: `More histories help most. With these, ${more}take a smaller code, --latent ${Math.max(1, Math.floor(latent / 2))}.`,
    numbers: { epoch: bestEpoch, best: best.judged, last: last.judged },
  };
}
