/** Linear predictions of an element from neighbours, at the borders too. */
import type { Layout, Step } from "./layout.ts";

/** Neighbours of one group, as distances in memory. */
export interface Taps {
  readonly steps: readonly Step[];
  readonly offsets: Int32Array;
}

export interface Compiled {
  readonly axes: readonly number[];
  readonly taps: readonly Taps[];
  /** How far any neighbour is before and after, an axis. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export function compile(layout: Layout, groups: readonly (readonly Step[])[]): Compiled {
  const { axes, channels } = layout;
  const strides = stridesOf(axes);
  const reach = (axis: number, sign: 1 | -1): number =>
    // A step between channels never leaves the block.
    channels && axis === axes.length - 1
      ? 0
      : Math.max(0, ...groups.flatMap((steps) => steps.map((step) => sign * (step[axis] ?? 0))));
  return {
    axes,
    taps: groups.map((steps) => ({
      steps,
      offsets: Int32Array.from(steps, (step) =>
        step.reduce((sum, d, axis) => sum + d * (strides[axis] ?? 1), 0),
      ),
    })),
    before: axes.map((_, axis) => reach(axis, -1)),
    after: axes.map((_, axis) => reach(axis, 1)),
  };
}

export function stridesOf(axes: readonly number[]): readonly number[] {
  let stride = axes.reduce((product, n) => product * n, 1);
  return axes.map((n) => (stride /= n));
}

/** Whether all neighbours exist for elements of this line, at some place of the last axis. */
export function insideLine({ axes, before, after }: Compiled, place: readonly number[]): boolean {
  for (let axis = 0; axis < axes.length - 1; axis += 1) {
    const at = place[axis] as number;
    if (at < (before[axis] as number) || at >= (axes[axis] as number) - (after[axis] as number)) {
      return false;
    }
  }
  return true;
}

/**
 * The neighbours' values where some may lie outside: those take the value of the nearest that does
 * not, or `otherwise`.
 */
export function gather(
  { axes, taps }: Compiled,
  group: number,
  place: readonly number[],
  index: number,
  field: Float64Array,
  otherwise: number,
  into: Float64Array,
): void {
  const { steps, offsets } = taps[group] as Taps;
  let nearest = otherwise;
  let found = false;
  for (let t = 0; t < steps.length; t += 1) {
    const step = steps[t] as Step;
    let inside = true;
    for (let axis = 0; axis < axes.length; axis += 1) {
      const at = (place[axis] as number) + (step[axis] as number);
      if (at < 0 || at >= (axes[axis] as number)) inside = false;
    }
    if (inside) {
      const value = field[index + (offsets[t] as number)] as number;
      into[t] = value;
      if (!found) {
        found = true;
        nearest = value;
        for (let u = 0; u < t; u += 1) into[u] = value;
      }
    } else into[t] = nearest;
  }
}

export function isInside(
  step: readonly number[],
  place: readonly number[],
  axes: readonly number[],
): boolean {
  for (let axis = 0; axis < axes.length; axis += 1) {
    const at = (place[axis] as number) + (step[axis] as number);
    if (at < 0 || at >= (axes[axis] as number)) return false;
  }
  return true;
}
