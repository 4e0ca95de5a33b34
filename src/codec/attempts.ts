/** Ways to write a block: each prediction on a part of it, the best of them on all. */
import { ByteWriter } from "./bytes.ts";
import { CodesCoder } from "./codes.ts";
import { bytesOf } from "./dtypes.ts";
import { codeField, type FieldJob, type Outcome } from "./field.ts";
import type { Layout } from "./layout.ts";
import type { DType, LearnedBlock } from "./learned.ts";
import { writeLine, type Line } from "./line.ts";
import { nameOf, predictionOf, writePrediction, type Kind } from "./predictions.ts";
import { BitWriter } from "./range-coder.ts";

/** What comes after the line in a block: how its values are coded. */
export const COUNTED = 0;
export const TAUGHT = 1;
export const PIXELS = 2;

/** How many neighbours linear predictions look at, in the order they are tried. */
const WIDTHS = [28, 8] as const;
/** Elements that predictions are compared on. */
const SAMPLE = 30_000;

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

export interface Attempt {
  readonly line: Line;
  readonly counted: Float64Array;
  readonly values: Float64Array;
  readonly layout: Layout;
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  readonly dtype: DType;
  readonly bound: number;
  readonly learned: LearnedBlock | undefined;
  readonly network?: boolean;
}

export function encodeAs(attempt: Attempt): Coded | undefined {
  const { line, counted, values, layout, kind, bytes, dtype, bound, learned } = attempt;
  const { network = false } = attempt;
  const side = learned === undefined ? undefined : sideOn(line, learned.predictions);
  const prediction = predictionOf(attempt, kind, side);
  if (prediction === undefined) return undefined;
  const { start, low, high } = spreadOf(counted);
  const out = new ByteWriter();
  writeLine(out, line);
  out.byte(network ? TAUGHT : COUNTED);
  out.double(start);
  out.single(low);
  out.single(high);
  writePrediction(out, kind, prediction);
  if (learned !== undefined) writeCodes(out, learned);
  const job: FieldJob = {
    dtype,
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
  const outcome: Outcome = codeField(coder, job, { values, counted, bound });
  out.bytes(coder.finish());
  return {
    bytes: out.take(),
    ...outcome,
    how: `${nameOf(kind)}${COUNTED_AS[line.mode]}${network ? ", a network that learns beside" : ""}`,
  };
}

/** What values are counted in, in words. */
const COUNTED_AS = { real: "", grid: ", on the values' own grid", bits: ", bit by bit" } as const;

export function sideOn(line: Line, predictions: Float64Array): Float64Array {
  if (line.mode !== "grid") return predictions;
  return predictions.map((x) => (x * line.divisor - line.origin) / line.scale);
}

function spreadOf(counted: Float64Array) {
  const sample = counted.length > 5000 ? counted.filter((_, i) => i % 37 === 0) : counted;
  const sorted = sample.toSorted();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { start: at(0.5), low: at(0.005), high: at(0.995) };
}

/** By all predictions; of a large block, by the best two on a part of it. */
export function attempts(
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
  const { layout, dtype, learned } = all;
  const [first = 1, ...rest] = layout.axes;
  const width = rest.reduce((product, n) => product * n, 1);
  const rows = Math.min(first, Math.max(1, Math.ceil(SAMPLE / width)));
  if (rows === first) return all;
  const from = Math.floor((first - rows) / 2) * width;
  const to = from + rows * width;
  const size = bytesOf(dtype);
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

function writeCodes(out: ByteWriter, { codes, size }: LearnedBlock): void {
  const rows = size === 0 ? 0 : codes.length / size;
  out.whole(rows);
  out.whole(size);
  const coder = new BitWriter();
  const coding = new CodesCoder(coder, size);
  for (const code of codes) coding.code(code);
  out.piece(coder.finish());
}
