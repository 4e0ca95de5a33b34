/** Plain words about samples: who made the better ones, and whether they repeat what was learned from. */
import type { Measured } from "./judge.ts";
import type { Judgement, SampleControl, SampleFigures } from "./judgement.ts";
import type { SampleFigure } from "./names.ts";
import { sampleControls, sampleFigures, sampleFigureText } from "./names.ts";

/** Samples that lie nearest to training rows beyond chance, from which on they are no new ones. */
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
    const [control, theirs] = best;
    const beside = `${sampleFigures[name].label} ${sampleFigureText(name, own)} beside ${sampleFigureText(name, theirs)} of ${sampleControls[control]}`;
    by[outcome(name, own, theirs, measured.controls.bootstrap?.[name])].push(beside);
  }
  const all = by.better.length + by.even.length + by.worse.length;
  if (all === 0) return [];
  const whole = rivals(measured).length > 1 ? "the best control" : "the control";
  const said = [
    ...(by.better.length > 0 ? [`better than ${whole} by ${listed(by.better)}`] : []),
    ...(by.even.length > 0 ? [`even by ${listed(by.even)}`] : []),
    ...(by.worse.length > 0 ? [`worse by ${listed(by.worse)}`] : []),
  ];
  const advice =
    by.better.length === 0 && by.worse.length > 0
      ? " A simple method makes rows that are nowhere worse: use that, or train otherwise."
      : "";
  return [`The samples are ${said.join("; ")}.${advice}`];
}

function strongest(measured: Measured, name: SampleFigure) {
  const higher = sampleFigures[name].better === "higher";
  return rivals(measured)
    .flatMap(([control, figures]) => {
      const value = figures[name];
      return value === undefined ? [] : [[control, value] as const];
    })
    .toSorted(([, a], [, b]) => (higher ? b - a : a - b))[0];
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
  const share = best > 0 ? `, ${percent(own / best)} of what as many real rows teach` : "";
  return [
    `What learned ${JSON.stringify(target)} from the samples reaches ${percent(own)} on held-out rows${share} (${percent(best)}).`,
  ];
}

/**
 * Copies: more samples than held-out rows equal a training row, or many more than by chance lie nearest
 * to one.
 */
function memoryWords(
  { model, real, chance }: Measured,
  rows: Judgement["rows"],
): { readonly copies: boolean; readonly words: string } {
  const { remembered = 0, duplicates = 0 } = model;
  const usual = real.duplicates ?? 0;
  // A share of none among n may be 3 / n.
  const luck =
    DEVIATIONS *
    Math.sqrt(Math.max(usual, 1 / rows.heldOut) * (1 / rows.samples + 1 / rows.heldOut));
  const repeats = duplicates > usual + luck;
  const leans = remembered > Math.max(MOST_REMEMBERED, DEVIATIONS * chance);
  const copies = repeats || leans;
  // A few rows that are the nearest to most samples make any share likely.
  const wide = !leans && remembered > MOST_REMEMBERED;
  const margin = wide ? ` (chance alone gives ±${percent(chance)} here)` : "";
  const figures =
    `they lie nearest to training rather than held-out rows ${percent(Math.max(0, remembered))} beyond those' share${margin}, where copies have 100%, ` +
    `and ${percent(duplicates)} equal a training row, beside ${percent(usual)} of held-out rows.`;
  return {
    copies,
    words: copies
      ? `The samples repeat training rows: ${figures} Do not take them for new ones.`
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
