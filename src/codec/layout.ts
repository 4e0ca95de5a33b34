/** How an element of a block is told from those before it: axes, and neighbours on them. */

/** A place relative to an element, an offset an axis; the last axes of `Layout.axes`. */
export type Step = readonly number[];

export interface Layout {
  /** Sizes of the axes, C order, without those of size 1; at least one. */
  readonly axes: readonly number[];
  /** Whether the last axis is of channels, which have predictions of their own. */
  readonly channels: boolean;
  /** Elements that are predicted alike: 1, or as many as there are channels. */
  readonly groups: number;
}

/** More columns of a matrix are taken as an axis in space. */
const MOST_CHANNELS = 24;

/** @param shape of the block, C order */
export function layoutOf(shape: readonly number[], colours = false): Layout {
  const all = shape.filter((n) => n !== 1);
  const sizes = all.length === 0 ? [1] : all;
  // Higher orders: leading axes are one.
  const axes =
    sizes.length <= 4
      ? sizes
      : [
          sizes.slice(0, sizes.length - 3).reduce((product, n) => product * n, 1),
          ...sizes.slice(sizes.length - 3),
        ];
  const last = axes.at(-1) ?? 1;
  const channels =
    (axes.length === 2 && !colours && last <= MOST_CHANNELS && last < (axes[0] ?? 0)) ||
    (axes.length >= 3 && last <= 4 && (colours || axes.length === 4));
  return { axes, channels, groups: channels ? last : 1 };
}

/** Neighbours that are decoded before the element, of each group; nearest first. */
export function causalSteps(layout: Layout, most: number): readonly (readonly Step[])[] {
  const { axes, channels, groups } = layout;
  return Array.from({ length: groups }, (_, channel) => {
    const steps = channels
      ? channelSteps(axes, channel, groups)
      : spaceSteps(axes.length, axes.length === 1 ? most : REACH);
    return steps.slice(0, most);
  });
}

const REACH = 3;

/** In `axes` axes, before the element, by distance. An axis before the last three is of samples. */
function spaceSteps(axes: number, reach: number): readonly Step[] {
  const found: { readonly step: Step; readonly distance: number }[] = [];
  const walk = (step: readonly number[]): void => {
    const axis = step.length;
    if (axis === axes) {
      const sign = Math.sign(step.find((d) => d !== 0) ?? 0);
      if (sign < 0) found.push({ step, distance: distanceOf(step) });
      return;
    }
    for (let d = -reach; d <= reach; d += 1) walk([...step, d]);
  };
  walk([]);
  return found
    .filter(({ distance }) => distance <= reach * reach + 1)
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ step }) => step);
}

function distanceOf(step: Step): number {
  return step.reduce((sum, d) => sum + d * d, 0);
}

/** Own channel around, other channels at the same place and just before. */
function channelSteps(axes: readonly number[], channel: number, channels: number): readonly Step[] {
  const own = spaceSteps(axes.length - 1, axes.length === 2 ? 32 : 2).map((step) => [...step, 0]);
  const here = Array.from({ length: axes.length - 1 }, () => 0);
  const others: Step[] = [];
  for (let other = 0; other < channels; other += 1) {
    if (other === channel) continue;
    if (other < channel) others.push([...here, other - channel]);
  }
  for (let other = 0; other < channels; other += 1) {
    if (other === channel) continue;
    const before = axes.length === 2 ? (channels <= 4 ? 6 : 1) : 4;
    for (const step of spaceSteps(axes.length - 1, before).slice(0, before)) {
      others.push([...step, other - channel]);
    }
  }
  // As many of others as of its own, at most.
  const merged: Step[] = [];
  for (let i = 0; i < Math.max(own.length, others.length); i += 1) {
    for (const step of [own[i], others[i]]) if (step !== undefined) merged.push(step);
  }
  return merged;
}

/** Neighbours on all sides, the element itself first. */
export function roundSteps(layout: Layout): readonly (readonly Step[])[] {
  const { axes, channels, groups } = layout;
  const space = axes.length - (channels ? 1 : 0);
  const here = Array.from({ length: space }, () => 0);
  const steps: Step[] = [here];
  for (let axis = Math.max(0, space - 3); axis < space; axis += 1) {
    for (const d of [-1, 1]) steps.push(here.map((_, i) => (i === axis ? d : 0)));
  }
  const full = channels ? steps.map((step) => [...step, 0]) : steps;
  return Array.from({ length: groups }, () => full);
}

/**
 * The Lorenzo predictor: a polynomial through the corner before the element.
 *
 * @param used how many axes, from the last
 */
export function lorenzo(
  layout: Layout,
  order: 1 | 2,
  used: number,
): { readonly steps: readonly Step[]; readonly weights: readonly number[] } {
  const { axes, channels } = layout;
  const space = axes.length - (channels ? 1 : 0);
  const one = order === 1 ? [1, -1] : [1, -2, 1];
  const steps: Step[] = [];
  const weights: number[] = [];
  const walk = (step: readonly number[], weight: number): void => {
    if (step.length === used) {
      if (step.every((d) => d === 0)) return;
      const lead = Array.from({ length: space - used }, () => 0);
      steps.push([...lead, ...step, ...(channels ? [0] : [])]);
      weights.push(-weight);
      return;
    }
    for (const [back, factor] of one.entries()) walk([...step, 0 - back], weight * factor);
  };
  walk([], 1);
  return { steps, weights };
}
