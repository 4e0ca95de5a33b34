/** Scores as a table: what `ae score` writes of rows. */
import type { Column, Source, Table } from "../data/source.ts";
import type { Blame, Scores } from "../model/types.ts";
import { textColumn, tidy } from "./columns.ts";
import { labelsOf } from "./data-options.ts";

/** Scores in the order that they are shown in, with the row of each, counted from 0. */
export interface Shown extends Scores {
  readonly rows: ArrayLike<number>;
}

/** Without the rows that raise no alarm. */
export async function* alarmsAlone(parts: AsyncIterable<Shown>): AsyncIterable<Shown> {
  for await (const { rows, scores, pValues, alarms, blame } of parts) {
    const kept = Array.from(alarms ?? []).flatMap((alarm, i) => (alarm === 1 ? [i] : []));
    yield {
      rows: kept.map((i) => rows[i] as number),
      scores: Float32Array.from(kept, (i) => scores[i] as number),
      pValues: Float64Array.from(kept, (i) => pValues?.[i] as number),
      alarms: new Uint8Array(kept.length).fill(1),
      ...(blame === undefined ? {} : { blame: kept.map((i) => blame[i] ?? []) }),
    };
  }
}

/** @param explain reasons a row */
export async function* scoreTables(
  parts: AsyncIterable<Shown>,
  source: Source,
  explain: number,
): AsyncIterable<Table> {
  const labels = await labelsOf(source);
  const users = source.kind === "interactions" ? source.data.users : undefined;
  for await (const part of parts) yield tableOf(part, { labels, users, explain });
}

function tableOf(
  { rows, scores, pValues, alarms, blame = [] }: Shown,
  {
    labels,
    users,
    explain,
  }: {
    readonly labels: Awaited<ReturnType<typeof labelsOf>>;
    /** Of interactions: who the rows are. */
    readonly users: readonly string[] | undefined;
    readonly explain: number;
  },
): Table {
  const reasonsOf = users === undefined ? reasonColumns : itemColumns;
  const reasons = Array.from({ length: explain }, (_, k) => reasonsOf(blame, k)).flat();
  const numbers = new Float64Array(rows.length);
  const tidied = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i += 1) {
    numbers[i] = (rows[i] as number) + 1;
    tidied[i] = tidy(scores[i] as number);
  }
  const judged: readonly Column[] =
    pValues === undefined || alarms === undefined
      ? []
      : [
          { name: "p_value", type: "number", values: pValues.map(tidy) },
          { name: "alarm", type: "boolean", values: Float64Array.from(alarms) },
        ];
  const taken = ["row", "score", "p_value", "alarm", ...reasons.map(({ name }) => name)];
  const label =
    labels === undefined
      ? []
      : [
          textColumn(
            taken.includes(labels.name) ? "label" : labels.name,
            Array.from(rows, (row) => labels.values[row] ?? null),
          ),
        ];
  return {
    kind: "table",
    rows: rows.length,
    columns: [
      users === undefined
        ? { name: "row", type: "integer", values: numbers }
        : textColumn(
            "user",
            Array.from(rows, (row) => users[row] ?? null),
          ),
      { name: "score", type: "number", values: tidied },
      ...judged,
      ...label,
      ...reasons,
    ],
  };
}

function reasonColumns(blame: NonNullable<Scores["blame"]>, k: number): readonly Column[] {
  const kth = blame.map((reason) => reason[k]);
  const words = (name: string, of: (reason: Blame | undefined) => string | null): Column =>
    textColumn(`${name}_${k + 1}`, kth.map(of));
  return [
    words("column", (reason) => reason?.column ?? null),
    {
      name: `share_${k + 1}`,
      type: "number",
      values: Float64Array.from(kth, (reason) => tidy(reason?.share ?? Number.NaN)),
    },
    words("actual", (reason) => cell(reason?.actual)),
    words("expected", (reason) => cell(reason?.expected)),
  ];
}

/** The items of a history that its score comes from. */
function itemColumns(blame: NonNullable<Scores["blame"]>, k: number): readonly Column[] {
  // A history may be shorter than the reasons that were asked for.
  const kth = blame.map((reasons) => (Number(reasons[k]?.actual) > 0 ? reasons[k] : undefined));
  const numbers = (name: string, of: (reason: Blame) => number): Column => ({
    name: `${name}_${k + 1}`,
    type: "number",
    values: Float64Array.from(kth, (reason) => (reason ? tidy(of(reason)) : Number.NaN)),
  });
  return [
    textColumn(
      `item_${k + 1}`,
      kth.map((reason) => reason?.column ?? null),
    ),
    numbers("share", ({ share }) => share),
    numbers("chance", ({ expected }) => Number(expected)),
  ];
}

function cell(value: string | number | boolean | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "number" ? String(tidy(value)) : String(value);
}
