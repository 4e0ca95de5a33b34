/** Figures as a table for a terminal: a column a contender, a line a metric, a block a group. */
import type { Detection } from "../evaluate/detection/compare.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import { metricOf } from "../evaluate/metrics/index.ts";
import type { Figures } from "../evaluate/metrics/metric.ts";
import { SAMPLES_COMPARED, samples as sampleMetrics } from "../evaluate/metrics/samples.ts";
import type { Interval, Summary } from "../evaluate/summary.ts";
import { formatCount, formatNumber } from "../report/format.ts";
import { metricName } from "../report/metric-names.ts";
import { labelsTable } from "./labels-table.ts";
import { denoisingTable } from "./denoising-table.ts";
import { samplesTable } from "./samples-table.ts";
import type { Colors } from "./terminal.ts";

type Painted = Pick<Colors, "bold" | "dim">;

/** Dimensions of a code that are told one by one. */
const MOST_DIMENSIONS = 10;
/** A dimension that tells less, in nats, tells nothing. */
const SILENT = 0.01;

export function evaluationText(evaluation: Evaluation, path: string, colors: Painted): string {
  const { model, data, rows, metrics, controls, detection, samples, denoising } = evaluation;
  const { dimensions, findings, labels } = evaluation;
  const judged = samples !== undefined;
  const contenders = judged
    ? mapped({ model: metrics, ...controls }, withoutSamples)
    : { model: metrics, ...controls };
  // Two Fréchet distances in two spaces would only be taken for one another.
  const notes = evaluation.notes.filter((note) => !(judged && note.includes(SAMPLES_COMPARED)));
  const kl = dimensions["kl"];
  return [
    `${colors.bold(path)}: ${kindOf(model)}`,
    `on ${data}, ${formatCount(rows, evaluation.recommendation === undefined ? "row" : "user")}`,
    "",
    ...table(contenders, figure, colors),
    "",
    ...(labels === undefined ? [] : [...labelsTable(labels, colors), ""]),
    ...(detection === undefined ? [] : [...detectionTable(detection, colors), ""]),
    ...(denoising === undefined ? [] : [...denoisingTable(denoising, colors), ""]),
    ...(samples === undefined ? [] : [...samplesTable(samples, colors), ""]),
    ...(kl === undefined ? [] : [klLine(kl), ""]),
    ...(notes.length === 0 ? [] : [...notes, ""]),
    ...findings,
  ].join("\n");
}

function mapped<A, B>(values: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, to(value)]));
}

function withoutSamples(figures: Figures): Figures {
  return Object.fromEntries(
    Object.entries(figures).filter(([name]) => !Object.hasOwn(sampleMetrics.metrics, name)),
  );
}

export function summaryText(
  { model, data, rows, models, metrics, controls }: Summary,
  colors: Painted,
): string {
  return [
    `${colors.bold(`${models} models`)}: ${kindOf(model)}`,
    `on ${data}, ${formatCount(rows, "row")}; means, with 95% intervals`,
    "",
    ...table({ model: metrics, ...controls }, interval, colors),
  ].join("\n");
}

function kindOf({ family, body, latent }: Evaluation["model"]): string {
  return `${family} autoencoder, ${body} body, latent ${latent}`;
}

/** Each figure once, under the heading of its group. */
function table<F>(
  contenders: Readonly<Record<string, Readonly<Record<string, F>>>>,
  show: (figure: F, name: string) => string,
  colors: Painted,
): string[] {
  const columns = Object.entries(contenders);
  const names = Object.keys(contenders["model"] ?? {});
  const lines = names.map((name) => ({
    name,
    title: titleOf(name),
    label: labelOf(name),
    cells: columns.map(([, figures]) => {
      const value = figures[name];
      return value === undefined ? "–" : show(value, name);
    }),
  }));
  const first = Math.max(...lines.map(({ label }) => label.length));
  const widths = columns.map(([contender], i) =>
    Math.max(contender.length, ...lines.map(({ cells }) => (cells[i] ?? "").length)),
  );
  const lineOf = (texts: readonly string[]): string =>
    texts.map((text, i) => text.padStart(widths[i] ?? 0)).join("  ");
  const titles = [...new Set(lines.map(({ title }) => title))];
  return [
    colors.dim(
      `  ${" ".repeat(first)}  ${lineOf(columns.map(([contender]) => contender))}  better`,
    ),
    ...titles.flatMap((title) => [
      title,
      ...lines
        .filter((line) => line.title === title)
        .map(({ name, label, cells }) =>
          `  ${label.padEnd(first)}  ${lineOf(cells)}  ${colors.dim(wordsOn(name))}`.trimEnd(),
        ),
    ]),
  ];
}

/** A line a contender, the best first: there are more of them than figures. */
function detectionTable(detection: Detection, colors: Painted): string[] {
  const { rows, anomalies, model, controls } = detection;
  const contenders = [
    ["model", model] as const,
    ...Object.entries(controls).map(
      ([name, figures]) =>
        [detection.names[name as keyof typeof controls] ?? name, figures] as const,
    ),
  ].toSorted(([, a], [, b]) => b.auroc - a.auroc);
  const names = Object.keys(model) as (keyof typeof model)[];
  const first = Math.max(...contenders.map(([label]) => label.length));
  const lineOf = (label: string, cells: readonly string[]): string =>
    `  ${label.padEnd(first)}  ${cells.map((cell, i) => cell.padStart(names[i]?.length ?? 0)).join("  ")}`;
  return [
    `${formatCount(anomalies, "anomaly", "anomalies")} among ${formatCount(rows, detection.of === "points" ? "labelled point" : "labelled row")}`,
    colors.dim(lineOf("", names)),
    ...contenders.map(([label, figures]) =>
      lineOf(
        label,
        names.map((name) => {
          const value = figures[name];
          return value === undefined ? "–" : figure(value, name);
        }),
      ),
    ),
  ];
}

function titleOf(name: string): string {
  // Terms that no metric is named after are parts of the loss.
  return metricOf(name)?.title ?? "Loss";
}

function labelOf(name: string): string {
  const { unit } = metricName(name);
  return unit === "" ? name : `${name}, ${unit}`;
}

/** Which way is better, and what it is. */
function wordsOn(name: string): string {
  const { better = "", help } = metricName(name);
  return `${better.padEnd("better".length)}  ${help}`.trimEnd();
}

function figure(value: number, name: string): string {
  return metricName(name).share === true
    ? `${formatNumber(Number((100 * value).toPrecision(6)))}%`
    : formatNumber(value);
}

function interval({ mean, high }: Interval, name: string): string {
  return `${figure(mean, name)} ± ${figure(high - mean, name)}`;
}

function klLine(kl: readonly number[]): string {
  const largest = kl.toSorted((a, b) => b - a);
  const shown = largest.slice(0, MOST_DIMENSIONS).map((value) => value.toFixed(2));
  const told = largest.filter((value) => value > SILENT).length;
  const more = kl.length > MOST_DIMENSIONS ? " …" : "";
  return `KL a dimension in nats, largest first: ${shown.join(" ")}${more} (${told} of ${kl.length} above ${SILENT})`;
}
