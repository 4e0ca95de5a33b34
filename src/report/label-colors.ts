/**
 * Colours for the labels of a map: up to ten groups by name, or a scale of
 * seven steps when the labels are many numbers. Colours are CSS variables, whose
 * light and dark values stand in `style.ts`.
 */

import { formatNumber } from "./format.ts";

export interface LabelGroup {
  readonly kind: "label" | "range" | "other" | "none";
  /** The label as it came; for a range the numbers it spans; empty for `other` and `none`. */
  readonly name: string;
  readonly colour: string;
  /** How many rows are in the group. */
  readonly count: number;
}

export interface LabelColours {
  readonly groups: readonly LabelGroup[];
  /** Index into `groups`, one a row. */
  readonly groupOf: Int32Array;
  /** True where colours stand for an order of numbers. */
  readonly sequential: boolean;
}

/** As many as the eye tells apart, with any colour vision. */
const MOST_LABELS = 10;
const STEPS = 7;

/** Groups labels (one a row, null for none) and gives each group a colour. */
export function colourLabels(labels: readonly (string | null)[]): LabelColours {
  const counts = new Map<string, number>();
  for (const label of labels) {
    if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const numeric = [...counts.keys()].every((label) => isNumber(label));
  if (numeric && counts.size > MOST_LABELS) return colourNumbers(labels);

  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([label]) => label);
  const named = byCount.slice(0, counts.size > MOST_LABELS ? MOST_LABELS - 1 : MOST_LABELS);
  if (numeric) named.sort((a, b) => Number(a) - Number(b));
  const position = new Map(named.map((label, i) => [label, i]));
  const other = named.length;
  const groupOf = Int32Array.from(labels, (label) =>
    label === null ? other + 1 : (position.get(label) ?? other),
  );
  const groups: Omit<LabelGroup, "count">[] = named.map((name, i) => ({
    kind: "label",
    name,
    colour: `var(--group-${i})`,
  }));
  groups.push({ kind: "other", name: "", colour: "var(--group-9)" });
  groups.push({ kind: "none", name: "", colour: "var(--faint)" });
  return { ...counted(groups, groupOf), sequential: false };
}

/** Steps that hold about the same number of rows each, so that skewed numbers still show. */
function colourNumbers(labels: readonly (string | null)[]): LabelColours {
  const numbers = labels.map((label) => (label === null ? NaN : Number(label)));
  const sorted = Float64Array.from(numbers.filter((value) => !Number.isNaN(value))).sort();
  const edges: number[] = [];
  for (let step = 1; step < STEPS; step++) {
    const edge = sorted[Math.floor((step * sorted.length) / STEPS)] ?? 0;
    if (edge !== edges.at(-1) && edge !== sorted[0]) edges.push(edge);
  }
  const bounds = [sorted[0] ?? 0, ...edges, sorted.at(-1) ?? 0];
  const groupOf = Int32Array.from(numbers, (value) =>
    Number.isNaN(value) ? edges.length + 1 : edges.filter((edge) => edge <= value).length,
  );
  const groups: Omit<LabelGroup, "count">[] = [...edges, 0].map((_, i) => ({
    kind: "range",
    name: `${formatNumber(bounds[i] ?? 0)} to ${formatNumber(bounds[i + 1] ?? 0)}`,
    colour: `var(--step-${Math.round((i * (STEPS - 1)) / Math.max(1, edges.length))})`,
  }));
  groups.push({ kind: "none", name: "", colour: "var(--faint)" });
  return { ...counted(groups, groupOf), sequential: true };
}

/** Counts rows a group and drops the groups that none is in. */
function counted(
  groups: readonly Omit<LabelGroup, "count">[],
  groupOf: Int32Array,
): Pick<LabelColours, "groups" | "groupOf"> {
  const counts = groups.map(() => 0);
  for (const group of groupOf) counts[group] = (counts[group] ?? 0) + 1;
  const kept: LabelGroup[] = [];
  const moved = groups.map((group, i) => {
    const count = counts[i] ?? 0;
    return count === 0 ? -1 : kept.push({ ...group, count }) - 1;
  });
  return { groups: kept, groupOf: groupOf.map((group) => moved[group] ?? -1) };
}

function isNumber(label: string): boolean {
  return label.trim() !== "" && Number.isFinite(Number(label));
}
