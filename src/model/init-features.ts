/** What a network's features are about, so that those of two networks can be told to be the same. */
import type { Schema } from "../data/preprocessing.ts";
import type { Scaling } from "../data/scaling.ts";
import { placeOf, rawOf } from "../data/scaling.ts";
import type { Layout } from "../losses/layout.ts";
import type { Network } from "../train/network.ts";

/** What lies at one place along an axis of a weight. */
export interface Feature {
  /** The same for two networks where it is about the same thing. */
  readonly key: string;
  /** Of numbers that are scaled. */
  readonly scaling?: Scaling | undefined;
  /** Of a missing-or-not flag: the key of its number. */
  readonly flagOf?: string;
  /** Name of the column that it is about, for messages. */
  readonly column?: string;
}

const keyOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);

/** Along the last axis of a sample, in the order of the layout. */
export function featuresAlong({ schema, layout }: Network["preprocessing"]): readonly Feature[] {
  const last = layout.shape.at(-1) as number;
  switch (schema.kind) {
    case "table":
      return tableFeatures(schema);
    case "series":
      return schema.channels.map(({ name, scaling }) => ({
        key: keyOf("number", name),
        scaling,
        column: name,
      }));
    case "array": {
      const { shape, scalings, missing } = schema;
      if (shape.length > 1) return unnamed("channel", last, () => scalings[0]);
      return [
        ...unnamed("number", scalings.length, (i) => scalings[i]),
        ...missing.map((i) => ({ key: keyOf("flag", i), flagOf: keyOf("number", i) })),
      ];
    }
    case "images":
      return unnamed("channel", last, () => undefined);
    default:
      return unnamed("feature", last, () => undefined);
  }
}

function unnamed(
  what: string,
  count: number,
  scalingOf: (i: number) => Scaling | undefined,
): readonly Feature[] {
  return Array.from({ length: count }, (_, i) => ({
    key: keyOf(what, i),
    ...(scalingOf(i) === undefined ? {} : { scaling: scalingOf(i), column: String(i) }),
  }));
}

/** In the order of `tablePreprocessing`: numbers, their flags, the words of categories. */
function tableFeatures({
  columns,
}: Extract<Schema, { readonly kind: "table" }>): readonly Feature[] {
  const numbers = columns.flatMap((column) => ("scaling" in column ? [column] : []));
  const categories = columns.flatMap((column) => ("words" in column ? [column] : []));
  return [
    ...numbers.map(({ name, scaling }) => ({
      key: keyOf("number", name),
      scaling,
      column: name,
    })),
    ...numbers
      .filter(({ missing }) => missing)
      .map(({ name }) => ({ key: keyOf("flag", name), flagOf: keyOf("number", name) })),
    ...categories.flatMap(({ name, words, missing }) => [
      ...words.map((word) => ({ key: keyOf("word", name, word) })),
      ...(missing ? [{ key: keyOf("no word", name) }] : []),
      { key: keyOf("other word", name) },
    ]),
  ];
}

/** What a body reads may be more than the sample: the label, or what of it is hidden. */
export function readAlong(network: Network, count: number): readonly Feature[] {
  const own = featuresAlong(network.preprocessing);
  const { layout, columns } = network.preprocessing;
  const more = count - own.length;
  const words = network.label?.classes ?? [];
  const hidden = [...new Set(layout.columns ?? [])];
  const extra =
    more === words.length
      ? labelWords(words)
      : more === hidden.length
        ? hidden.map((i) => ({ key: keyOf("hidden", columns[i] ?? i) }))
        : unnamed(`extra of ${more}`, more, () => undefined);
  return [...own, ...extra];
}

export function labelWords(words: readonly string[]): readonly Feature[] {
  return words.map((word) => ({ key: keyOf("label", word) }));
}

/** What a decoder gives along the last axis: a number a feature, or what a likelihood for tables needs. */
export function givenAlong(network: Network, count: number): readonly Feature[] {
  const own = featuresAlong(network.preprocessing);
  if (count === own.length) return own;
  const { layout } = network.preprocessing;
  const numbers = layout.segments.find(({ kind }) => kind === "numbers")?.size ?? 0;
  // The layout of `tableLikelihood`: weights of all modes, then their places, then their widths.
  const each = numbers === 0 ? 0 : (count - (own.length - numbers)) / numbers;
  if (numbers === 0 || each % 3 !== 0 || !startsWithNumbers(layout))
    return unnamed(`output of ${count}`, count, () => undefined);
  const modes = each / 3;
  const kinds = [0, 1, 2].flatMap((kind) =>
    own
      .slice(0, numbers)
      .flatMap(({ key }) =>
        Array.from({ length: modes }, (_, mode) => ({ key: keyOf("mode", kind, mode, key) })),
      ),
  );
  return [...kinds, ...own.slice(numbers)];
}

function startsWithNumbers({ segments }: Layout): boolean {
  return segments[0]?.kind === "numbers";
}

/** How the scaled value of the new network follows from that of the old: new = slope · old + offset. */
export interface Relation {
  readonly slope: number;
  readonly offset: number;
  /** Whether so everywhere, and not only about the middle of the data. */
  readonly exact: boolean;
}

export const SAME: Relation = { slope: 1, offset: 0, exact: true };

/** Between two scalings of one column; where one bends and the other does not, by the new middle and spread. */
export function relationOf(then: Scaling | undefined, now: Scaling | undefined): Relation {
  if (then === undefined || now === undefined) return SAME;
  const bends = then.tail || now.tail;
  const alike =
    then.tail === now.tail && (!bends || (then.center === now.center && then.scale === now.scale));
  if (alike && bends) {
    const slope = then.deviation / now.deviation;
    return { slope, offset: (then.mean - now.mean) / now.deviation, exact: true };
  }
  if (alike) {
    const slope = then.scale / now.scale;
    return { slope, offset: (then.center - now.center) / now.scale, exact: true };
  }
  // The line through what one spread below the middle and one above are in the other.
  const [low, high] = [-1, 1].map((place) => placeOf(rawOf(place, now), then)) as [number, number];
  const slope = 2 / (high - low);
  return Number.isFinite(slope) && slope > 0
    ? { slope, offset: -1 - slope * low, exact: false }
    : { ...SAME, exact: false };
}
