/** The public series that detectors are judged by: what each learns from, what it is judged on. */
import { readFile } from "node:fs/promises";
import { readArray } from "../../src/data/arrays.ts";
import { collect } from "../../src/data/memory.ts";
import { readTable } from "../../src/data/tables.ts";
import type { Table } from "../../src/data/source.ts";
import { dataFile } from "./case.ts";

export interface SeriesTask {
  readonly suite: "NAB" | "SKAB" | "SMAP/MSL";
  readonly name: string;
  /** A row a point, a number a channel. */
  readonly fit: readonly (readonly number[])[];
  readonly judge: readonly (readonly number[])[];
  /** Of each point to judge, 1 of an anomaly. */
  readonly labels: Uint8Array;
}

/** Points of a SKAB series before anything was done to the pump, as its own examples take them. */
const SKAB_NORMAL = 400;

const SKAB = [
  ...[1, 2, 5, 6, 9, 10, 13].map((n) => `other/${n}`),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `valve1/${n}`),
  ...[0, 1].map((n) => `valve2/${n}`),
];
const TELEMETRY = ["P-1", "A-4", "C-1", "T-8"];

/** One after the other, so that one is in memory at a time. */
export async function* seriesTasks(): AsyncGenerator<SeriesTask> {
  const windows = JSON.parse(
    await readFile(dataFile("nab", "combined_windows.json"), "utf8"),
  ) as Readonly<Record<string, readonly (readonly [string, string])[]>>;
  for (const [name, spans] of Object.entries(windows))
    // Where nothing is labelled nothing can be ranked.
    if (spans.length > 0) yield nab(name, spans);
  for (const name of SKAB) yield skab(name);
  const text = await readFile(dataFile("smap-msl", "labeled_anomalies.csv"), "utf8");
  for (const name of TELEMETRY) yield telemetry(name, text);
}

async function nab(
  name: string,
  spans: readonly (readonly [string, string])[],
): Promise<SeriesTask> {
  const table = await collect(await readTable(dataFile("nab", ...name.split("/"))));
  const times = numbers(table, "timestamp");
  // Without a zone both sides are read alike, as Greenwich time.
  const timeOf = (text: string): number => Date.parse(`${text.slice(0, 19).replace(" ", "T")}Z`);
  const ends = spans.map(([from, to]) => [timeOf(from), timeOf(to)] as const);
  const labels = Uint8Array.from(times, (time) =>
    Number(ends.some(([from, to]) => time >= from && time <= to)),
  );
  const points = Array.from(numbers(table, "value"), (value) => [value]);
  return { suite: "NAB", name, fit: points, judge: points, labels };
}

async function skab(name: string): Promise<SeriesTask> {
  const table = await collect(await readTable(dataFile("skab", `${name}.csv`)));
  const channels = table.columns
    .map((column) => column.name)
    .filter((column) => !["datetime", "anomaly", "changepoint"].includes(column))
    .map((column) => numbers(table, column));
  const points = Array.from({ length: table.rows }, (_, row) =>
    channels.map((values) => values[row] as number),
  );
  const labels = Uint8Array.from(numbers(table, "anomaly"));
  return { suite: "SKAB", name, fit: points.slice(0, SKAB_NORMAL), judge: points, labels };
}

async function telemetry(name: string, labelled: string): Promise<SeriesTask> {
  const read = async (part: string) => {
    const source = await readArray(dataFile("smap-msl", part, `${name}.npy`), { as: "array" });
    if (source.kind !== "array") throw new Error(`${name} is no array`);
    const { data, rows, shape } = await collect(source);
    const width = shape[0] as number;
    return Array.from({ length: rows }, (_, row) =>
      Array.from(data.subarray(row * width, (row + 1) * width)),
    );
  };
  const judge = await read("test");
  const line = labelled.split("\n").find((one) => one.startsWith(`${name},`)) ?? "";
  const spans = JSON.parse(/"(\[\[.*?\]\])"/.exec(line)?.[1] ?? "[]") as [number, number][];
  const labels = new Uint8Array(judge.length);
  for (const [from, to] of spans) labels.fill(1, from, to + 1);
  return { suite: "SMAP/MSL", name, fit: await read("train"), judge, labels };
}

function numbers(table: Table, name: string): Float64Array {
  const column = table.columns.find((one) => one.name === name);
  if (column === undefined || column.type === "text") throw new Error(`no numbers in ${name}`);
  return column.values;
}
