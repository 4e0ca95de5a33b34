/** A block of numbers to bytes and back: the best of several predictions, by size. */
import { ByteReader, ByteWriter } from "./bytes.ts";
import { bytesOf, isFloat, numbersOf } from "./dtypes.ts";
import { codeField, type FieldJob, type Outcome } from "./field.ts";
import { fitLinear } from "./fit.ts";
import { causalSteps, layoutOf, lorenzo, roundSteps, type Layout } from "./layout.ts";
import type { DType, LearnedBlock } from "./learned.ts";
import { linesFor, readLine, writeLine, type Line } from "./line.ts";
import { compile } from "./linear.ts";
import type { Linear } from "./predictor.ts";
import { BitReader, BitWriter } from "./range-coder.ts";
import { CodesCoder } from "./codes.ts";

export interface NumbersOptions {
  readonly dtype: DType;
  /** C order. */
  readonly shape: readonly number[];
  /** Absolute; 0: to the last bit. */
  readonly bound: number;
  /** The last axis is of colours. */
  readonly colours?: boolean;
  /** Also tries a network that learns while it codes; slower by several times. */
  readonly network?: boolean;
}

export interface Coded {
  readonly bytes: Uint8Array;
  /** Largest error of an element. */
  readonly largest: number;
  /** Elements sent as they are. */
  readonly escapes: number;
  /** Which prediction won, in words. */
  readonly how: string;
  /** Bytes without the network, where one was tried. */
  readonly classical?: number;
}

/** How many neighbours linear predictions look at, in the order they are tried. */
const WIDTHS = [28, 8] as const;
/** Elements that predictions are compared on. */
const SAMPLE = 30_000;

type Kind =
  | { readonly kind: "lorenzo"; readonly order: 1 | 2; readonly axes: number }
  | { readonly kind: "linear"; readonly width: number; readonly calm: boolean }
  | { readonly kind: "constant" };

const LORENZO = 0;
const LINEAR = 1;
const CALM = 2;
const CONSTANT = 3;

/**
 * Writes a block. The bytes hold all but the type, the shape and the length.
 *
 * @param bytes values in C order, little-endian
 * @returns undefined for integers that a double does not hold
 */
export function encodeNumbers(
  bytes: Uint8Array,
  options: NumbersOptions,
  learned?: LearnedBlock,
): Coded | undefined {
  const { dtype, shape, bound, colours } = options;
  const values = numbersOf(bytes, dtype);
  const lines = linesFor(values, dtype, bound);
  const layout = layoutOf(shape, colours);
  let best: Coded | undefined;
  let winner: Attempt | undefined;
  for (const line of lines) {
    // All bits only where a bound is too narrow to count by.
    if (line.mode === "bits" && best !== undefined && best.escapes < values.length / 50) continue;
    const counted = countedOn(line, values);
    const all = { line, counted, values, layout, bytes, options, learned };
    for (const { kind, coded } of attempts(all)) {
      if (best === undefined || coded.bytes.length < best.bytes.length) {
        best = coded;
        winner = { ...all, kind };
      }
    }
  }
  if (best === undefined || winner === undefined || options.network !== true) return best;
  const taught = encodeAs({ ...winner, network: true });
  const smaller = taught !== undefined && taught.bytes.length < best.bytes.length ? taught : best;
  return { ...smaller, classical: best.bytes.length };
}

/** Values in units of a line; what is not finite is the value before it. */
function countedOn(line: Line, values: Float64Array): Float64Array {
  const counted = new Float64Array(values.length);
  let last = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value > -Infinity && value < Infinity) {
      last =
        line.mode === "grid"
          ? Math.round((Math.round(value * line.divisor) - line.origin) / line.scale)
          : value;
    }
    counted[i] = last;
  }
  return counted;
}

interface Attempt {
  readonly line: Line;
  readonly counted: Float64Array;
  readonly values: Float64Array;
  readonly layout: Layout;
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  readonly options: NumbersOptions;
  readonly learned: LearnedBlock | undefined;
  readonly network?: boolean;
}

function encodeAs(attempt: Attempt): Coded | undefined {
  const { line, counted, values, layout, kind, bytes, options, learned } = attempt;
  const { network = false } = attempt;
  const side = learned === undefined ? undefined : sideOn(line, learned.predictions);
  const prediction = predictionOf(attempt, side);
  if (prediction === undefined) return undefined;
  const { start, low, high } = spreadOf(counted);
  const out = new ByteWriter();
  writeLine(out, line);
  out.double(start);
  out.single(low);
  out.single(high);
  out.byte(network ? 1 : 0);
  writePrediction(out, kind, prediction);
  if (learned !== undefined) writeCodes(out, learned);
  const job: FieldJob = {
    dtype: options.dtype,
    layout,
    line,
    prediction,
    start,
    low: Math.fround(low),
    high: Math.fround(high),
    bytes,
    network,
    ...(side === undefined ? {} : { side }),
  };
  const coder = new BitWriter();
  const outcome: Outcome = codeField(coder, job, { values, counted, bound: options.bound });
  out.bytes(coder.finish());
  return {
    bytes: out.take(),
    ...outcome,
    how: `${line.mode}, ${nameOf(kind)}${network ? ", a network that learns beside" : ""}`,
  };
}

function sideOn(line: Line, predictions: Float64Array): Float64Array {
  if (line.mode !== "grid") return predictions;
  return predictions.map((x) => (x * line.divisor - line.origin) / line.scale);
}

function predictionOf(
  { line, counted, layout, options, kind }: Attempt,
  side: Float64Array | undefined,
): Linear | undefined {
  if (kind.kind !== "linear") return fixedPrediction(layout, kind, counted);
  const causal = compile(layout, causalSteps(layout, kind.width));
  const noise = line.mode === "bits" ? 0 : noiseOf(line, options.bound);
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

function spreadOf(counted: Float64Array) {
  const sample = counted.length > 5000 ? counted.filter((_, i) => i % 37 === 0) : counted;
  const sorted = sample.toSorted();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { start: at(0.5), low: at(0.005), high: at(0.995) };
}

/** By all predictions; of a large block, by the best two on a part of it. */
function attempts(
  all: Omit<Attempt, "kind">,
): readonly { readonly kind: Kind; readonly coded: Coded }[] {
  const { layout, values, learned } = all;
  const linear = WIDTHS.flatMap((width) =>
    [false, true].map((calm) => ({ kind: "linear", width, calm }) as const),
  );
  const plain: Kind[] = [{ kind: "constant" }];
  const space = Math.min(3, layout.axes.length - (layout.channels ? 1 : 0));
  for (let axes = 1; axes <= space; axes += 1) {
    for (const order of [1, 2] as const) plain.push({ kind: "lorenzo", order, axes });
  }
  // Only what is fitted can make use of a learned prediction.
  const kinds = learned !== undefined ? linear : values.length > 64 ? [...plain, ...linear] : plain;
  const part = partOf(all);
  const looked = kinds.flatMap((kind) => {
    const coded = encodeAs({ ...part, kind });
    return coded === undefined ? [] : [{ kind, coded }];
  });
  if (part === all) return looked;
  return looked
    .toSorted((a, b) => a.coded.bytes.length - b.coded.bytes.length)
    .slice(0, 2)
    .flatMap(({ kind }) => {
      const coded = encodeAs({ ...all, kind });
      return coded === undefined ? [] : [{ kind, coded }];
    });
}

/** Some lines from the middle of a block, as a block of its own. */
function partOf(all: Omit<Attempt, "kind">): Omit<Attempt, "kind"> {
  const { layout, options, learned } = all;
  const [first = 1, ...rest] = layout.axes;
  const width = rest.reduce((product, n) => product * n, 1);
  const rows = Math.min(first, Math.max(1, Math.ceil(SAMPLE / width)));
  if (rows === first) return all;
  const from = Math.floor((first - rows) / 2) * width;
  const to = from + rows * width;
  const size = bytesOf(options.dtype);
  return {
    ...all,
    layout: { ...layout, axes: [rows, ...rest] },
    counted: all.counted.subarray(from, to),
    values: all.values.subarray(from, to),
    bytes: all.bytes.subarray(from * size, to * size),
    learned: learned && {
      codes: new Int32Array(0),
      size: 0,
      predictions: learned.predictions.subarray(from, to),
    },
  };
}

function nameOf(kind: Kind): string {
  if (kind.kind === "constant") return "a constant";
  return kind.kind === "linear"
    ? `linear prediction from ${kind.width} neighbours${kind.calm ? ", calm" : ""}`
    : `Lorenzo of order ${kind.order} on ${kind.axes} ${kind.axes === 1 ? "axis" : "axes"}`;
}

function writePrediction(out: ByteWriter, kind: Kind, prediction: Linear): void {
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

function readPrediction(from: ByteReader, layout: Layout, learned: boolean): Linear {
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

function writeCodes(out: ByteWriter, { codes, size }: LearnedBlock): void {
  const rows = size === 0 ? 0 : codes.length / size;
  out.whole(rows);
  out.whole(size);
  const coder = new BitWriter();
  const coding = new CodesCoder(coder, size);
  for (const code of codes) coding.code(code);
  out.piece(coder.finish());
}

/** Codes of a block, at most this many an element: more would not be for coding. */
const MOST_CODES = 4;

/**
 * Reads a block.
 *
 * @param place what to call it in errors
 * @param predict gives the learned prediction where the block has one
 */
export async function decodeNumbers(
  coded: Uint8Array,
  { dtype, shape, colours }: Omit<NumbersOptions, "bound">,
  place: string,
  predict?: (codes: Int32Array, rows: number) => Promise<Float64Array>,
): Promise<Uint8Array> {
  const from = new ByteReader(coded, place);
  const layout = layoutOf(shape, colours);
  const count = layout.axes.reduce((product, n) => product * n, 1);
  const line = readLine(from);
  if (line.mode === "bits" && !isFloat(dtype)) throw from.broken("bits of whole numbers");
  const start = from.double();
  const low = from.single();
  const high = from.single();
  const network = from.byte() === 1;
  const prediction = readPrediction(from, layout, predict !== undefined);
  let side: Float64Array | undefined;
  if (predict !== undefined) {
    const rows = from.whole(MOST_CODES * count + 1024);
    const size = from.whole(MOST_CODES * count + 1024);
    if (rows * size > MOST_CODES * count + 1024) throw from.broken(`${rows} × ${size} codes`);
    const coding = new CodesCoder(new BitReader(from.piece()), size);
    const codes = Int32Array.from({ length: rows * size }, () => coding.code(0));
    const predictions = await predict(codes, rows);
    if (predictions.length !== count) throw from.broken(`${predictions.length} predictions`);
    side = sideOn(line, predictions);
  }
  const bytes = new Uint8Array(count * bytesOf(dtype));
  codeField(new BitReader(from.bytes(from.left)), {
    dtype,
    layout,
    line,
    prediction,
    start,
    low,
    high,
    bytes,
    network,
    ...(side === undefined ? {} : { side }),
  });
  return bytes;
}
