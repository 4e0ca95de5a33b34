/** Linear predictions of a block: fixed or fitted, as bytes and back. */
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { fitLinear } from "./fit.ts";
import { causalSteps, lorenzo, roundSteps, type Layout } from "./layout.ts";
import type { Line } from "./line.ts";
import { compile } from "./linear.ts";
import type { Linear } from "./predictor.ts";

export type Kind =
  | { readonly kind: "lorenzo"; readonly order: 1 | 2; readonly axes: number }
  | { readonly kind: "linear"; readonly width: number; readonly calm: boolean }
  | { readonly kind: "constant" };

const LORENZO = 0;
const LINEAR = 1;
const CALM = 2;
const CONSTANT = 3;

/** What a prediction is fitted to. */
interface Fitted {
  readonly line: Line;
  /** Values in units of the line. */
  readonly counted: Float64Array;
  readonly layout: Layout;
  readonly bound: number;
}

/** @param side a learned prediction, in units of the line */
export function predictionOf(
  { line, counted, layout, bound }: Fitted,
  kind: Kind,
  side: Float64Array | undefined,
): Linear | undefined {
  if (kind.kind !== "linear") return fixedPrediction(layout, kind, counted);
  const causal = compile(layout, causalSteps(layout, kind.width));
  const noise = line.mode === "bits" ? 0 : noiseOf(line, bound);
  const round = compile(layout, roundSteps(layout));
  return fitLinear(
    counted,
    causal,
    layout.groups,
    noise,
    kind.calm
      ? line.mode === "bits"
        ? (Math.abs(counted[0] as number) || 1) * 1e-6
        : line.step
      : undefined,
    side === undefined ? undefined : { round, side },
  );
}

/** Mean square of what rounding to steps adds. */
function noiseOf(line: Exclude<Line, { mode: "bits" }>, bound: number): number {
  const step = line.mode === "real" ? 2 * bound : line.step === 1 ? 0 : line.step;
  const square = (step * step) / 12;
  return Number.isFinite(square) ? square : 0;
}

function fixedPrediction(
  layout: Layout,
  kind: Exclude<Kind, { kind: "linear" }>,
  counted?: Float64Array,
): Linear {
  const { groups } = layout;
  const { steps, weights } =
    kind.kind === "constant" ? { steps: [], weights: [] } : lorenzo(layout, kind.order, kind.axes);
  const all = Array.from({ length: groups }, () => steps);
  const constants = new Float64Array(groups);
  if (kind.kind === "constant" && counted !== undefined) {
    for (let group = 0; group < groups; group += 1) {
      const own = counted.filter((_, i) => i % groups === group).toSorted();
      constants[group] = Math.fround(own[own.length >> 1] ?? 0);
    }
  }
  return {
    causal: compile(layout, all),
    weights: Array.from({ length: groups }, () => Float64Array.from(weights)),
    constants,
  };
}

export function nameOf(kind: Kind): string {
  if (kind.kind === "constant") return "a constant";
  return kind.kind === "linear"
    ? `${kind.width} neighbours, weighted for ${kind.calm ? "calm places" : "this data"}`
    : `the nearest on ${kind.axes} ${kind.axes === 1 ? "axis" : "axes"} (Lorenzo, order ${kind.order})`;
}

export function writePrediction(out: ByteWriter, kind: Kind, prediction: Linear): void {
  if (kind.kind === "lorenzo") {
    out.byte(LORENZO);
    out.byte(kind.order);
    out.byte(kind.axes);
    return;
  }
  if (kind.kind === "constant") {
    out.byte(CONSTANT);
    for (const constant of prediction.constants) out.single(constant);
    return;
  }
  out.byte(kind.calm ? CALM : LINEAR);
  out.byte(kind.width);
  for (const [group, weights] of prediction.weights.entries()) {
    for (const weight of weights) out.single(weight);
    for (const weight of prediction.roundWeights?.[group] ?? []) out.single(weight);
    out.single(prediction.constants[group] as number);
  }
}

export function readPrediction(from: ByteReader, layout: Layout, learned: boolean): Linear {
  const kind = from.byte();
  const { groups } = layout;
  if (kind === LORENZO) {
    const order = from.byte();
    const axes = from.byte();
    if ((order !== 1 && order !== 2) || axes < 1 || axes > 3) throw from.broken("no such Lorenzo");
    return fixedPrediction(layout, { kind: "lorenzo", order, axes });
  }
  if (kind === CONSTANT) {
    const prediction = fixedPrediction(layout, { kind: "constant" });
    for (let group = 0; group < groups; group += 1) prediction.constants[group] = from.single();
    return prediction;
  }
  if (kind !== LINEAR && kind !== CALM) throw from.broken("an unknown prediction");
  const causal = compile(layout, causalSteps(layout, from.byte()));
  const round = learned ? compile(layout, roundSteps(layout)) : undefined;
  const singles = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => from.single());
  const weights: Float64Array[] = [];
  const roundWeights: Float64Array[] = [];
  const constants = new Float64Array(groups);
  for (let group = 0; group < groups; group += 1) {
    weights.push(singles(causal.taps[group]?.steps.length ?? 0));
    if (round !== undefined) roundWeights.push(singles(round.taps[group]?.steps.length ?? 0));
    constants[group] = from.single();
  }
  return { causal, weights, constants, ...(round === undefined ? {} : { round, roundWeights }) };
}
