/**
 * Dimensions of symbolic shapes: a number, or a product with named sizes such as
 * `"batch"` or `"49*batch"`. Equal dimensions have equal spelling.
 */
import { internalError } from "../base/errors.ts";

export type Dim = number | string;
export type Shape = readonly Dim[];

interface Factors {
  readonly count: number;
  readonly symbols: readonly string[];
}

function factors(dim: Dim): Factors {
  if (typeof dim === "number") return { count: dim, symbols: [] };
  const parts = dim.split("*");
  const count = parts.reduce(
    (product, part) => (/^\d/.test(part) ? product * Number(part) : product),
    1,
  );
  return { count, symbols: parts.filter((part) => !/^\d/.test(part)) };
}

function spell({ count, symbols }: Factors): Dim {
  if (symbols.length === 0 || count === 0) return count;
  const names = symbols.toSorted().join("*");
  return count === 1 ? names : `${count}*${names}`;
}

/** Product of dimensions; 1 for none. */
export function dimProduct(dims: Shape): Dim {
  const all = dims.map(factors);
  return spell({
    count: all.reduce((product, f) => product * f.count, 1),
    symbols: all.flatMap((f) => f.symbols),
  });
}

/** `a / b` when it comes out even, else undefined. */
export function dimQuotient(a: Dim, b: Dim): Dim | undefined {
  const top = factors(a);
  const bottom = factors(b);
  const symbols = [...top.symbols];
  for (const symbol of bottom.symbols) {
    const at = symbols.indexOf(symbol);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  if (bottom.count === 0 || top.count % bottom.count !== 0) return undefined;
  return spell({ count: top.count / bottom.count, symbols });
}

/** Sum of dimensions, when at most one kind of symbol is in it. */
export function dimSum(dims: Shape, place: string): Dim {
  const all = dims.map(factors);
  const symbols = all.find((f) => f.symbols.length > 0)?.symbols ?? [];
  const key = symbols.join("*");
  if (all.some((f) => f.count !== 0 && f.symbols.join("*") !== key)) {
    throw shapeError(place, "dimensions that can be added", dims.join(" + "));
  }
  return spell({ count: all.reduce((sum, f) => sum + f.count, 0), symbols });
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Numpy broadcasting; a symbolic dimension matches itself and 1. */
export function broadcastShapes(a: Shape, b: Shape, place: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw shapeError(place, "shapes that broadcast", `${showShape(a)} and ${showShape(b)}`);
  });
}

export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The shape as numbers, or undefined where a dimension is symbolic. */
export function staticShape(shape: Shape): readonly number[] | undefined {
  return shape.every((dim) => typeof dim === "number") ? (shape as readonly number[]) : undefined;
}

/** Axis counted from the front. */
export function normalAxis(axis: number, rank: number, place: string): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (normal < 0 || normal >= rank) throw shapeError(place, `an axis below ${rank}`, String(axis));
  return normal;
}

export function shapeError(place: string, expected: string, got: string) {
  return internalError("graph.shape", { place, expected, got });
}
