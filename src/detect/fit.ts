/** What the detection rule takes from training rows. */
import type { Matrix } from "../base/tensor.ts";
import type { Layout } from "../losses/layout.ts";
import { partOfFeature } from "../losses/layout.ts";
import type { Key } from "../random/bits.ts";
import { atSite } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import type { Local, Measure, References, Rule, Whitening } from "./detector.ts";
import { REFERENCE_NUMBERS as NUMBERS, SETS } from "./detector.ts";
import { eachWhitening, jointWhitening, momentsOf, whitenedRows } from "./whitening.ts";

/** Rows as the network sees them, side by side. */
export interface SeenRows {
  /** Features, `[rows, features]`. */
  readonly x: Matrix;
  readonly code: Matrix;
  /** Reconstructed features. */
  readonly shown: Matrix;
}

/** Sets of the global distance, at least. */
const LEAST_SETS = 16;
const LEAST_PER_SET = 32;

/** Rows that a detector makes use of, at most. */
export const FIT_ROWS = SETS.local.sets * SETS.local.perSet;

/** A code dimension that hardly varies says little: its spread counts as a tenth of the others'. */
const SHARED_VARIANCE = 0.01;
/** A residual below this is noise of the arithmetic or of rounding, in the features' spread. */
const LEAST_RESIDUAL = 1e-2;

/** @param rows in a random order, at most `FIT_ROWS` */
export function fitDetector(
  rule: Rule,
  { x, code, shown }: SeenRows,
  layout: Layout,
  key: Key,
): Measure {
  const residual = { ...x, data: x.data.map((value, i) => value - (shown.data[i] as number)) };
  const { local, spread } = rule.weights;
  return {
    rule,
    global: globalReferences(x, atSite(key, 0)),
    local:
      local === undefined
        ? undefined
        : localOf(code, residual, partOfFeature(layout), atSite(key, 1)),
    spread:
      spread === undefined
        ? undefined
        : jointWhitening(residual, layout.shape.at(-1) as number, LEAST_RESIDUAL ** 2),
  };
}

function localOf(code: Matrix, residual: Matrix, partOf: readonly number[], key: Key): Local {
  const whitening = {
    code: codeWhitening(code),
    residual: residualWhitening(residual, partOf),
  };
  const side = sideBySide(
    whitenedRows(code, whitening.code),
    whitenedRows(residual, whitening.residual),
  );
  return { ...whitening, references: localReferences(side, key) };
}

function globalReferences(x: Matrix, key: Key): References {
  const { sets, perSet } = SETS.global;
  const some = Math.min(perSet, x.rows);
  const many = clamp(Math.floor(NUMBERS / (some * x.columns)), LEAST_SETS, sets);
  return referencesOf(x, many, some, key);
}

function localReferences(side: Matrix, key: Key): References {
  const { sets, perSet } = SETS.local;
  const most = clamp(Math.floor(NUMBERS / (sets * side.columns)), LEAST_PER_SET, perSet);
  return referencesOf(side, sets, Math.max(1, Math.min(most, Math.floor(side.rows / sets))), key);
}

/** Rows without repetition, as long as there are some left; then from the start, in a new order. */
function referencesOf(from: Matrix, sets: number, perSet: number, key: Key): References {
  const count = sets * perSet;
  const size = from.columns;
  const rows = new Float32Array(count * size);
  let order: Int32Array = new Int32Array(0);
  let used = 0;
  let round = 0;
  for (let at = 0; at < count; at += 1) {
    // A set holds no row twice: the rest of an order that is too short for one is left.
    if (used === order.length || (at % perSet === 0 && order.length - used < perSet)) {
      order = permutation(atSite(key, round), from.rows);
      used = 0;
      round += 1;
    }
    const row = order[used] as number;
    used += 1;
    rows.set(from.data.subarray(row * size, (row + 1) * size), at * size);
  }
  return { rows, size, sets, perSet };
}

function codeWhitening(code: Matrix): Whitening {
  const { center, variances } = momentsOf(code);
  const mean = variances.reduce((sum, one) => sum + one, 0) / variances.length;
  return eachWhitening(
    center,
    variances.map((one) => one + SHARED_VARIANCE * mean),
  );
}

/**
 * Not centred: what is usually wrong by a fixed amount is still that far off. The words of a category
 * share one spread: by its own, a rare word would outweigh all else in the rows that have it.
 */
function residualWhitening(residual: Matrix, partOf: readonly number[]): Whitening {
  const { center, variances } = momentsOf(residual);
  const squares = new Float64Array((partOf.at(-1) ?? -1) + 1);
  const sizes = new Float64Array(squares.length);
  for (const [feature, part] of partOf.entries()) {
    const mean = center[feature] as number;
    squares[part] = (squares[part] as number) + (variances[feature] as number) + mean * mean;
    sizes[part] = (sizes[part] as number) + 1;
  }
  return eachWhitening(
    new Float32Array(center.length),
    partOf.map((part) => (squares[part] as number) / (sizes[part] as number) + LEAST_RESIDUAL ** 2),
  );
}

function sideBySide(left: Matrix, right: Matrix): Matrix {
  const columns = left.columns + right.columns;
  const data = new Float32Array(left.rows * columns);
  const put = ({ data: from, columns: width }: Matrix, start: number): void => {
    for (let row = 0; row < left.rows; row += 1)
      data.set(from.subarray(row * width, (row + 1) * width), row * columns + start);
  };
  put(left, 0);
  put(right, left.columns);
  return { data, rows: left.rows, columns };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
