/** From the measures of turns to figures: medians, spreads, ratios. */
import type { Measure, Measures } from "./types.ts";

export interface Figure {
  readonly median: number;
  /** First and third quartile. */
  readonly low: number;
  readonly high: number;
}

/** A quantile by linear interpolation between the sorted values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

export function figureOf(values: readonly number[]): Figure {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
  };
}

/**
 * Who plays when: in each round everyone once, in turn. The one who begins moves on from round to
 * round, so that nobody always follows the same neighbour.
 *
 * @example
 * turnOrder(["a", "b"], 3); // [["a", "b"], ["b", "a"], ["a", "b"]]
 */
export function turnOrder<T>(players: readonly T[], rounds: number): readonly (readonly T[])[] {
  return Array.from({ length: rounds }, (_, round) => {
    const first = players.length === 0 ? 0 : round % players.length;
    return [...players.slice(first), ...players.slice(0, first)];
  });
}

/** Figures of one player over its turns. */
export function figuresOf(turns: readonly Measures[]): Readonly<Record<string, Figure>> {
  const keys = new Set(turns.flatMap((turn) => Object.keys(turn)));
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      figureOf(turns.flatMap((turn) => (turn[key] === undefined ? [] : [turn[key]]))),
    ]),
  );
}

/**
 * How many times better ours is, round by round, so that a machine that slows down for a while
 * slows both sides of a ratio: above 1 ours is better, whether more or less is better.
 */
export function ratioOf(
  { key, better }: Measure,
  ours: readonly Measures[],
  peer: readonly Measures[],
): Figure | undefined {
  if (better === undefined) return undefined;
  const ratios = ours.flatMap((turn, round) => {
    const [own, other] = [turn[key], peer[round]?.[key]];
    if (own === undefined || other === undefined) return [];
    return [better === "more" ? own / other : other / own];
  });
  return ratios.length === 0 ? undefined : figureOf(ratios);
}
