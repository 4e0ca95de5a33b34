/** From changed features to changed columns: in raw units, the largest first. */
import type {
  CategoryColumnSchema,
  ColumnSchema,
  NumberColumnSchema,
  Preprocessing,
} from "../data/preprocessing.ts";
import type { Scaling } from "../data/scaling.ts";
import { rawOf } from "../data/scaling.ts";
import type { Moved } from "../evaluate/dimensions.ts";
import type { Segment } from "../losses/layout.ts";
import type { Move } from "./types.ts";

/** Words of a column that are told of: the one that rises and the one that falls most. */
const WORDS = 2;
/** Below this share of the change, as many rows go up as down. */
const STEADY = 0.5;
/** Smaller changes, in spreads of the column, are none. */
const NONE = 1e-3;

export interface Read {
  readonly moves: readonly Move[];
  /** Mean change of each number of a row, in raw units; absent for tables. */
  readonly change?: Float32Array;
}

/** @returns from a dimension's features to what its user calls them */
export function movesReader(preprocessing: Preprocessing): (moved: Moved, top: number) => Read {
  const { schema } = preprocessing;
  switch (schema.kind) {
    case "table": {
      const readers = tableReaders(preprocessing, schema.columns);
      return (moved, top) => ({
        moves: largest(
          readers.flatMap((read) => read(moved)),
          top,
        ),
      });
    }
    case "images": {
      const { width, channels } = schema;
      const placeOf = (i: number): string => {
        const pixel = Math.floor(i / channels);
        const place = `${Math.floor(pixel / width)},${pixel % width}`;
        return channels === 1 ? place : `${place},${i % channels}`;
      };
      return numbersReader(placeOf, () => (y) => 255 * Math.min(1, Math.max(0, y)));
    }
    case "array": {
      const { scalings } = schema;
      const width = scalings.length;
      const flags = schema.missing.length;
      const numbers = numbersReader(String, (i) => rawBy(scalings[i % width] as Scaling));
      // Flags stand behind the numbers of a vector.
      return (moved, top) => numbers(flags === 0 ? moved : firstOf(moved, width), top);
    }
    case "interactions":
      // Logarithms of the chances.
      return numbersReader(
        (i) => schema.items[i] as string,
        () => (y) => y,
      );
    case "series": {
      const { channels } = schema;
      const scalingAt = (i: number) => channels[i % channels.length]?.scaling as Scaling;
      const read = numbersReader(String, (i) => rawBy(scalingAt(i)));
      return (moved, top) => {
        const { change } = read(moved, 1);
        const moves = channels.map(({ name, scaling }, c) => {
          const move = channelMove(moved, c, channels.length);
          return { column: name, ...rawEnds(move, rawBy(scaling)) };
        });
        return { moves: largest(moves, top), ...(change === undefined ? {} : { change }) };
      };
    }
  }
}

function rawBy(scaling: Scaling): (y: number) => number {
  return (y) => rawOf(y, scaling);
}

function firstOf({ low, high, change, swing, error }: Moved, count: number): Moved {
  return {
    low: low.subarray(0, count),
    high: high.subarray(0, count),
    change: change.subarray(0, count),
    swing: swing.subarray(0, count),
    error,
  };
}

function largest(moves: readonly Move[], top: number): readonly Move[] {
  return moves
    .filter(({ size }) => size > NONE)
    .toSorted((a, b) => b.size - a.size)
    .slice(0, top);
}

interface Ends {
  readonly low: number;
  readonly high: number;
  readonly size: number;
  readonly step?: number;
}

function rawEnds(
  { low, high, size, step }: Ends,
  raw: (y: number) => number,
): Omit<Move, "column"> {
  return {
    size,
    steady: Math.abs(high - low) >= STEADY * size,
    from: raw(low),
    to: raw(high),
    ...(step === undefined ? {} : { step }),
  };
}

function endsAt({ low, high, change }: Moved, i: number): Ends {
  return { low: low[i] as number, high: high[i] as number, size: change[i] as number };
}

/** For rows of numbers: each is a column of its own. */
function numbersReader(
  nameOf: (i: number) => string,
  rawAt: (i: number) => (y: number) => number,
): (moved: Moved, top: number) => Read {
  return (moved, top) => {
    const order = Array.from(moved.change.keys())
      .toSorted((a, b) => (moved.change[b] as number) - (moved.change[a] as number))
      .slice(0, top);
    return {
      moves: largest(
        order.map((i) => ({ column: nameOf(i), ...rawEnds(endsAt(moved, i), rawAt(i)) })),
        top,
      ),
      change: moved.low.map((y, i) => rawAt(i)(moved.high[i] as number) - rawAt(i)(y)),
    };
  };
}

/** A channel of a window: the change over all steps, and the step where it is largest. */
function channelMove(moved: Moved, channel: number, channels: number): Ends {
  const steps = moved.change.length / channels;
  let [best, squares] = [0, 0];
  for (let step = 0; step < steps; step += 1) {
    const size = moved.change[step * channels + channel] as number;
    squares += size ** 2;
    if (size > (moved.change[best * channels + channel] as number)) best = step;
  }
  const at = endsAt(moved, best * channels + channel);
  return { ...at, size: Math.sqrt(squares / steps), step: best };
}

type Reader = (moved: Moved) => readonly Move[];

/** One a column: its number, and its missing-or-not flag; or its words. */
function tableReaders(
  { layout }: Preprocessing,
  columns: readonly ColumnSchema[],
): readonly Reader[] {
  const numbers = columns.filter((c): c is NumberColumnSchema => "scaling" in c);
  const categories = columns.filter((c): c is CategoryColumnSchema => "words" in c);
  const flagged = numbers.filter(({ missing }) => missing);
  const flags = layout.segments.find(({ kind }) => kind === "flags");
  const hot = layout.segments.filter(({ kind }) => kind === "category");
  return [
    ...numbers.map((column, i): Reader => {
      return (moved) => [{ column: column.name, ...numberEnds(column, endsAt(moved, i)) }];
    }),
    ...flagged.map((column, i): Reader => {
      const at = (flags?.start ?? 0) + i;
      return (moved) => [wordsMove(column.name, moved, at, ["missing"])];
    }),
    ...categories.map((column, i): Reader => {
      const words = [...column.words, ...(column.missing ? ["missing"] : []), "other"];
      return (moved) => [wordsMove(column.name, moved, (hot[i] as Segment).start, words)];
    }),
  ];
}

function numberEnds({ scaling, role }: NumberColumnSchema, ends: Ends): Omit<Move, "column"> {
  const within = (y: number): number =>
    Math.min(scaling.high, Math.max(scaling.low, rawOf(y, scaling)));
  const { from, to, ...rest } = rawEnds(ends, within);
  if (role !== "datetime") return { ...rest, from: from as number, to: to as number };
  const text = (time: Move["from"]): string => new Date(time as number).toISOString();
  return { ...rest, from: text(from), to: text(to) };
}

/** The size is the change of all chances together: 2 where one word gives way to another in all rows. */
function wordsMove(
  column: string,
  { low, high, swing }: Moved,
  start: number,
  words: readonly string[],
): Move {
  const ends = words.map((word, i) => ({
    word,
    from: low[start + i] as number,
    to: high[start + i] as number,
    swing: swing[start + i] as number,
  }));
  // A flag is one of two words: the other changes as much.
  const both = words.length === 1 ? 2 : 1;
  const size = both * ends.reduce((sum, one) => sum + one.swing, 0);
  const net = both * ends.reduce((sum, { from, to }) => sum + Math.abs(to - from), 0);
  return {
    column,
    size,
    steady: net >= STEADY * size,
    words: ends
      .toSorted((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from))
      .slice(0, WORDS)
      .map(({ word, from, to }) => ({ word, from, to })),
  };
}
