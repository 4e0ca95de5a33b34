/** Plain words about samples: who made the better ones, and whether they repeat what was learned from. */
import type { Measured } from "./judge.ts";
import type { Judgement, SampleControl, SampleFigures } from "./judgement.ts";
import type { SampleFigure } from "./names.ts";
import { sampleControls, sampleFigures } from "./names.ts";

/** Share of samples that lie nearest to training rows, or near them, beyond chance, from which on it counts. */
const MOST_REMEMBERED = 0.2;
/** Deviations of a share that chance is granted. */
const DEVIATIONS = 3;

export function conclusions(
  measured: Measured,
  rows: Judgement["rows"],
): Pick<Judgement, "copies" | "findings" | "verdict"> {
  const { copies, words } = memoryWords(measured, rows);
  const findings = [...qualityWords(measured), ...predictionWords(measured), words];
  return { copies, findings, verdict: findings.join(" ") };
}

/** Those that make new rows: the bootstrap gives old ones. */
function rivals({ controls }: Measured): readonly (readonly [SampleControl, SampleFigures])[] {
  return Object.entries(controls)
    .map(([name, figures]) => [name as SampleControl, figures] as const)
    .filter(([name]) => name !== "bootstrap");
}

type Outcome = "better" | "even" | "worse";

function qualityWords(measured: Measured): readonly string[] {
  const names = (Object.keys(sampleFigures) as SampleFigure[]).filter(
    (name) => sampleFigures[name].better !== undefined && measured.model[name] !== undefined,
  );
  const by: Record<Outcome, string[]> = { better: [], even: [], worse: [] };
  for (const name of names) {
    const own = measured.model[name] as number;
    const best = strongest(measured, name);
    if (best === undefined) continue;
    const found = outcome(name, own, best, measured.controls.bootstrap?.[name]);
    by[found].push(sampleFigures[name].label);
  }
  const controls = rivals(measured).map(([control]) => sampleControls[control]);
  const whole = `the ${controls.length > 1 ? "best " : ""}control (${controls.join(", ")})`;
  const [first, ...others] = (
    [
      ["better than", "better", by.better],
      ["as good as", "even", by.even],
      ["worse than", "worse", by.worse],
    ] as const
  ).filter(([, , figures]) => figures.length > 0);
  if (first === undefined) return [];
  const said = [
    `${first[0]} ${whole} by ${listed(first[2])}`,
    ...others.map(([, short, figures]) => `${short} by ${listed(figures)}`),
  ];
  const advice =
    by.better.length === 0 && by.worse.length > 0
      ? " A simple method makes rows that are nowhere worse: use that, or train otherwise."
      : "";
  return [`The samples are ${said.join("; ")}.${advice}`];
}

/** The best of the controls that make new rows. */
function strongest(measured: Measured, name: SampleFigure): number | undefined {
  const higher = sampleFigures[name].better === "higher";
  return rivals(measured)
    .flatMap(([, figures]) => figures[name] ?? [])
    .toSorted((a, b) => (higher ? b - a : a - b))[0];
}

/** @param real what training rows drawn again have: who is as good has no worse, only other luck */
function outcome(
  name: SampleFigure,
  own: number,
  theirs: number,
  real: number | undefined,
): Outcome {
  const { better, even } = sampleFigures[name];
  const margin = name === "frechet" ? even * Math.max(own, theirs) : even;
  const gain = better === "higher" ? own - theirs : theirs - own;
  if (gain > margin) return "better";
  const asReal = real !== undefined && (better === "higher" ? own - real : real - own) >= -margin;
  return asReal || gain >= -margin ? "even" : "worse";
}

function predictionWords({ target, model, real }: Measured): readonly string[] {
  const [own, best] = [model.predictive, real.predictive];
  if (target === undefined || own === undefined || best === undefined) return [];
  return [
    `What learned ${JSON.stringify(target)} from the samples reaches ${percent(own)} on held-out rows, from as many real rows ${percent(best)}.`,
  ];
}

/**
 * Copies: more samples than held-out rows equal a training row, or many more than by chance lie nearest
 * to one, and many nearer than held-out rows do. Samples that only lean towards what was learned from, at
 * a distance as of new rows, are no copies, but it is said.
 */
function memoryWords(
  { model, real, chance }: Measured,
  rows: Judgement["rows"],
): { readonly copies: boolean; readonly words: string } {
  const { remembered = 0, duplicates = 0, near = 1 } = model;
  const usual = real.duplicates ?? 0;
  // A share of none among n may be 3 / n.
  const luck =
    DEVIATIONS *
    Math.sqrt(Math.max(usual, 1 / rows.heldOut) * (1 / rows.samples + 1 / rows.heldOut));
  const repeats = duplicates > usual + luck;
  const leans = remembered > Math.max(MOST_REMEMBERED, DEVIATIONS * chance);
  const close = near - (real.near ?? 0) > MOST_REMEMBERED;
  const copies = repeats || (leans && close);
  // A few rows that are the nearest to most samples make any share likely.
  const wide = !leans && remembered > MOST_REMEMBERED;
  const margin = wide ? `chance alone: ±${percent(chance)}; ` : "";
  const figures =
    `${percent(duplicates)} equal a training row, as ${percent(usual)} of held-out rows do, ` +
    `and ${percent(Math.max(0, remembered))} beyond chance lie nearest to one (${margin}copies: 100%).`;
  return {
    copies,
    words: copies
      ? `The samples repeat training rows: ${figures} Do not take them for new ones.`
      : leans
        ? `No copies, but the samples lean towards training rows: ${figures} ${percent(near)} lie as near to one as the nearest ${percent(real.near ?? 0)} of held-out rows.`
        : `No sign of copies: ${figures}`,
  };
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`;
}

function listed(texts: readonly string[]): string {
  return texts.length < 2
    ? (texts[0] ?? "")
    : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}
