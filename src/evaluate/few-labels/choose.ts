/**
 * Which rows' labels are looked at, what kind of label they are, and the folds that they are dealt
 * out to. All by counters from a seed: the same rows and seed give the same choice.
 */
import { inputError } from "../../base/errors.ts";
import type { Labels } from "../../data/labels.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";

/** What a head tells: one of a few classes, or a number. */
export type LabelKind = "classes" | "numbers";

/** More different whole numbers than this are measured, not named. */
const MOST_WHOLE = 20;
const MOST_CLASSES = 1000;
const CHOICE_SITE = 0xfe1;
const FOLD_SITE = 0xfe2;

/** The rows whose label is known, in their order. */
export function knownRows(labels: Labels): Int32Array {
  return Int32Array.from(labels.keys()).filter((row) => (labels[row] ?? "") !== "");
}

/**
 * Words are classes, and so are at most 20 whole numbers that come again; other numbers are numbers.
 *
 * @example
 * labelKind(["3", "5", "3", "5", null]); // "classes"
 * labelKind(["3.2", "5.1", "4.4"]); // "numbers"
 */
export function labelKind(labels: Labels): LabelKind {
  const known = labels.filter((label) => label !== null && label !== "");
  const values = known.map(Number);
  if (values.some((value) => !Number.isFinite(value))) return "classes";
  const different = new Set(values).size;
  const whole = values.every(Number.isInteger);
  return whole && different <= MOST_WHOLE && 2 * different <= known.length ? "classes" : "numbers";
}

/**
 * So many rows with a label, drawn by the seed: of classes in proportion to their rows and at least
 * one of each, of numbers evenly from the smallest to the largest.
 *
 * @param count `"all"`: every row whose label is known
 * @returns rows in rising order
 * @throws `options.invalid` where fewer rows have a label, or classes outnumber the rows asked for
 */
export function chooseLabelled(
  labels: Labels,
  count: number | "all",
  kind: LabelKind,
  { seed, place }: { readonly seed: number; readonly place: string },
): Int32Array {
  const known = knownRows(labels);
  if (count === "all" || count === known.length) return known;
  if (count > known.length) {
    throw inputError("options.invalid", {
      place: "labelled",
      expected: `at most ${known.length.toLocaleString("en")}, the rows of ${place} that have a label`,
      got: count.toLocaleString("en"),
      hint: "give fewer, or all",
    });
  }
  const order = permutation(atSite(keyAt(seed, 0), CHOICE_SITE), known.length);
  const drawn = Array.from(order, (i) => known[i] as number);
  const groups =
    kind === "classes"
      ? byClass(drawn, labels)
      : byRank(drawn, (row) => Number(labels[row]), count);
  if (groups.length > count) {
    throw inputError("options.invalid", {
      place: "labelled",
      expected: `at least ${groups.length.toLocaleString("en")}, one row of each class`,
      got: count.toLocaleString("en"),
    });
  }
  const quotas = quotasOf(
    groups.map((group) => group.length),
    count,
  );
  return Int32Array.from(groups.flatMap((group, i) => group.slice(0, quotas[i]))).sort();
}

/** Each class's rows in the order drawn; classes by name, so that the order of rows tells nothing. */
function byClass(drawn: readonly number[], labels: Labels): number[][] {
  const groups = new Map<string, number[]>();
  for (const row of drawn) {
    const label = labels[row] as string;
    const rows = groups.get(label) ?? [];
    rows.push(row);
    groups.set(label, rows);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rows]) => rows);
}

/** As many groups as rows are asked for, of neighbouring values. */
function byRank(drawn: readonly number[], valueOf: (row: number) => number, count: number) {
  const sorted = drawn.toSorted((a, b) => valueOf(a) - valueOf(b));
  const rank = new Map(sorted.map((row, i) => [row, i]));
  const groups = Array.from({ length: count }, (): number[] => []);
  for (const row of drawn)
    groups[Math.floor(((rank.get(row) as number) * count) / drawn.length)]?.push(row);
  return groups;
}

/** Shares of `count` by size, at least 1 each, by largest remainder. */
function quotasOf(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((size) => (size * count) / total);
  const quotas = exact.map((share) => Math.max(1, Math.floor(share)));
  const left = (): number => count - quotas.reduce((a, b) => a + b, 0);
  const order = [...exact.keys()].sort(
    (a, b) => ((exact[b] as number) % 1) - ((exact[a] as number) % 1) || a - b,
  );
  for (let i = 0; left() > 0; i += 1) {
    const at = order[i % order.length] as number;
    if ((quotas[at] as number) < (sizes[at] as number)) quotas[at] = (quotas[at] as number) + 1;
  }
  // Classes that were raised to one row take it from the largest.
  while (left() < 0) {
    const at = quotas.indexOf(Math.max(...quotas));
    quotas[at] = (quotas[at] as number) - 1;
  }
  return quotas;
}

/** Labels as what a head learns: outputs a row, and how to read them. */
export interface Taught {
  readonly kind: LabelKind;
  /** Of classes, the most frequent first; empty for numbers. */
  readonly classes: readonly string[];
  /** Share of each class among the rows. */
  readonly shares: readonly number[];
  /** Of numbers; 0 and 1 for classes. */
  readonly center: number;
  readonly scale: number;
  /** `[rows, outputs]`: one-hot, or standardised numbers. */
  readonly target: Float32Array;
  readonly outputs: number;
}

/**
 * The labels of some rows as numbers to learn.
 *
 * @throws `data.labels` for fewer than two classes, or words where numbers are asked for
 */
export function taughtBy(labels: readonly string[], kind: LabelKind, place: string): Taught {
  return kind === "classes" ? classesOf(labels, place) : numbersOf(labels, place);
}

function classesOf(labels: readonly string[], place: string): Taught {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (
    counts.size < 2 ||
    counts.size > MOST_CLASSES ||
    (counts.size > 20 && 2 * counts.size > labels.length)
  ) {
    throw inputError("data.labels", {
      place,
      expected: "at least 2 classes, each with several labelled rows",
      got: `${counts.size.toLocaleString("en")} in ${labels.length.toLocaleString("en")} labelled rows`,
      hint:
        counts.size < 2
          ? "label rows of other classes too"
          : "label more rows, or say --predicts numbers where they are numbers",
    });
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const places = new Map(sorted.map(([label], i) => [label, i]));
  const target = new Float32Array(labels.length * sorted.length);
  for (const [row, label] of labels.entries())
    target[row * sorted.length + (places.get(label) as number)] = 1;
  return {
    kind: "classes",
    classes: sorted.map(([label]) => label),
    shares: sorted.map(([, count]) => count / labels.length),
    center: 0,
    scale: 1,
    target,
    outputs: sorted.length,
  };
}

function numbersOf(labels: readonly string[], place: string): Taught {
  const values = labels.map(Number);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw inputError("data.labels", {
      place,
      expected: "a number in every labelled row",
      got: JSON.stringify(labels[bad]),
      hint: "say --predicts classes where labels are words",
    });
  }
  const center = values.reduce((a, b) => a + b, 0) / values.length;
  const spread = Math.sqrt(values.reduce((s, v) => s + (v - center) ** 2, 0) / values.length);
  if (values.length < 2 || spread === 0) {
    throw inputError("data.labels", {
      place,
      expected: "at least 2 different numbers",
      got: values.length === 1 ? "1 labelled row" : `${values[0]} in every labelled row`,
      hint: "label rows that differ",
    });
  }
  return {
    kind: "numbers",
    classes: [],
    shares: [],
    center,
    scale: spread,
    target: Float32Array.from(values, (value) => (value - center) / spread),
    outputs: 1,
  };
}

/**
 * The fold of each labelled row: of classes each fold has about as many of a class, of numbers
 * about the same spread.
 */
export function foldsOf({ target, outputs, kind }: Taught, most: number, seed: number): Int32Array {
  const rows = target.length / outputs;
  const count = Math.max(2, Math.min(most, rows));
  const order = permutation(atSite(keyAt(seed, 0), FOLD_SITE), rows);
  const key = (row: number): number =>
    kind === "classes"
      ? target.subarray(row * outputs, (row + 1) * outputs).indexOf(1)
      : (target[row] as number);
  const rank = Int32Array.from(order.keys());
  const place = new Int32Array(rows);
  for (const i of rank) place[order[i] as number] = i;
  const sorted = Array.from(rank).sort(
    (a, b) => key(a) - key(b) || (place[a] as number) - (place[b] as number),
  );
  const folds = new Int32Array(rows);
  for (const [i, row] of sorted.entries()) folds[row] = i % count;
  return folds;
}
