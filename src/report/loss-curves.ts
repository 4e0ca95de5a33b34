/** The loss and every term of it by epoch, training and validation, with the best epoch marked. */

import * as Plot from "@observablehq/plot";
import { formatCount, formatDuration, formatNumber, formatTick } from "./format.ts";
import { dataText, html, type Fragment, type Html } from "./html.ts";
import type { EpochRecord, ReportData } from "./report-data.ts";
import { figure, note, section } from "./section.ts";
import { drawPlot, finiteExtent, logTicks, wholeTicks } from "./svg.ts";

interface Curve {
  readonly name: string;
  readonly unit: string;
  readonly training: readonly Point[];
  readonly validation: readonly Point[];
}

interface Point {
  readonly epoch: number;
  readonly value: number;
}

export function lossCurves(data: ReportData): Html {
  const { epochs, bestEpoch, stopped, seconds } = data.training;
  const curves = [...lossTerms(data)];
  const best = epochs.find(({ epoch }) => epoch === bestEpoch);
  const validated = best?.validationLoss !== undefined;
  return section(
    "training",
    "Training",
    [
      note(
        html`${formatCount(epochs.length, "epoch")} in ${formatDuration(seconds)}. Stopped:
        ${dataText(stopped, 200)}.`,
      ),
      best !== undefined &&
        note(
          html`The weights are those of epoch <strong>${formatNumber(bestEpoch)}</strong>, the one
            with the lowest ${validated ? "validation" : "training"} loss.`,
        ),
    ],
    epochs.length === 0
      ? html`<p class="empty">No epoch was finished.</p>`
      : html`<p class="key">
            <span class="line training">training</span>
            ${validated && html`<span class="line validation">validation</span>`}
            ${best !== undefined && html`<span class="line best">best epoch</span>`}
          </p>
          <div class="plots">
            ${curves.map((curve) => drawCurve(curve, bestEpoch))}${learningRate(epochs)}
          </div>`,
  );
}

function lossTerms({ training: { epochs, units } }: ReportData): readonly Curve[] {
  const names = [...new Set(epochs.flatMap(({ terms }) => Object.keys(terms)))];
  const shared = new Set(names.map((name) => units[name] ?? ""));
  const total: Curve = {
    name: "loss",
    unit: shared.size === 1 ? ([...shared][0] ?? "") : "",
    training: epochs.map(({ epoch, loss }) => ({ epoch, value: loss })),
    validation: points(epochs, ({ validationLoss }) => validationLoss),
  };
  const terms = names.map((name) => ({
    name,
    unit: units[name] ?? "",
    training: points(epochs, (record) => ownValue(record.terms, name)),
    validation: points(epochs, (record) => ownValue(record.validationTerms, name)),
  }));
  // A loss of one term is that term: one picture says it.
  const [only] = terms;
  const same =
    terms.length === 1 &&
    only?.training.every(({ value }, i) => close(value, total.training[i]?.value)) === true;
  return same ? [{ ...total, name: only?.name ?? "loss" }] : [total, ...terms];
}

function ownValue(terms: Readonly<Record<string, number>> | undefined, name: string) {
  return terms !== undefined && Object.hasOwn(terms, name) ? terms[name] : undefined;
}

function close(a: number, b: number | undefined): boolean {
  return b !== undefined && Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
}

function points(
  epochs: readonly EpochRecord[],
  pick: (record: EpochRecord) => number | undefined,
): Point[] {
  return epochs.flatMap((record) => {
    const value = pick(record);
    return value === undefined ? [] : [{ epoch: record.epoch, value }];
  });
}

function drawCurve({ name, unit, training, validation }: Curve, bestEpoch: number): Html {
  const at = (curve: readonly Point[]) => curve.find(({ epoch }) => epoch === bestEpoch)?.value;
  const [own, held] = [at(training), at(validation)];
  const finite = [...training, ...validation].filter(({ value }) => Number.isFinite(value));
  const all = finiteExtent(finite.map(({ value }) => value));
  const log = all !== undefined && all[0] > 0 && all[1] / all[0] >= 30;
  const ceiling = log ? Infinity : worthSeeing(finite, training.length);
  const values = finiteExtent(finite.map(({ value }) => value).filter((value) => value <= ceiling));
  const caption: Fragment = html`<b>${dataText(name, 40)}</b> ${
      unit === "" ? null : html`<small>${dataText(unit, 30)}</small>`
    }
    <span class="values"
      >${own !== undefined && html`<span class="training">${formatNumber(own)}</span>`}
      ${held !== undefined && html`<span class="validation">${formatNumber(held)}</span>`}</span
    >`;
  if (values === undefined) return figure(caption, html`<p class="empty">No finite value.</p>`);
  const [low, high] = values;
  const seen = (curve: readonly Point[]) =>
    finiteOnly(curve).filter(({ value }) => value <= ceiling);
  const above = training.filter(({ value }) => value > ceiling).length;
  const first = training[0]?.value;
  const alt =
    `${name} by epoch. ` +
    (first === undefined ? "" : `Training starts at ${formatNumber(first)}. `) +
    (own === undefined ? "" : `At the best epoch ${bestEpoch}, training is ${formatNumber(own)}`) +
    (held === undefined ? "" : ` and validation ${formatNumber(held)}`);
  const ticks = log ? logTicks(low, high) : 5;
  const plot = drawPlot({
    alt,
    ...frame(finite.map(({ epoch }) => epoch)),
    y: {
      type: log ? "log" : "linear",
      domain: padded(low, high, log),
      ticks,
      tickFormat: formatTick,
      label: null,
    },
    marks: [
      ...grid(ticks),
      ...(own === undefined ? [] : [Plot.ruleX([bestEpoch], { stroke: "var(--best)" })]),
      ...curveMarks(seen(training), "var(--training)"),
      ...curveMarks(seen(validation), "var(--validation)", "5,3"),
      ...bestDot(held ?? own, bestEpoch),
    ],
  });
  const remark = log
    ? "log scale"
    : above > 0 && `the first ${formatCount(above, "epoch")} above the picture`;
  return figure(html`${caption}${remark && html`<small class="scale">${remark}</small>`}`, plot);
}

/**
 * The highest value drawn. The first epochs of a long run fall so far that they
 * would press the rest, where runs are told apart, flat: those are left out.
 */
function worthSeeing(points: readonly Point[], epochs: number): number {
  if (epochs < 15) return Infinity;
  const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
  const low = sorted[0] ?? 0;
  const body = sorted[Math.floor(sorted.length * 0.6)] ?? 0;
  const ceiling = low + (body - low) * 4;
  return ceiling < (sorted.at(-1) ?? 0) ? ceiling : Infinity;
}

function bestDot(value: number | undefined, epoch: number): Plot.Markish[] {
  if (value === undefined || !Number.isFinite(value)) return [];
  return [
    Plot.dot([{ epoch, value }], {
      x: "epoch",
      y: "value",
      r: 4,
      fill: "var(--paper)",
      stroke: "var(--best)",
      strokeWidth: 2,
    }),
  ];
}

function curveMarks(curve: readonly Point[], stroke: string, dashes = ""): Plot.Markish[] {
  const channels = { x: "epoch", y: "value" } as const;
  const line = Plot.lineY(curve, {
    ...channels,
    stroke,
    strokeWidth: 1.75,
    ...(dashes === "" ? {} : { strokeDasharray: dashes }),
  });
  // A line needs two points; short runs show their epochs as dots.
  return curve.length > 12 ? [line] : [line, Plot.dot(curve, { ...channels, fill: stroke, r: 2 })];
}

function learningRate(epochs: readonly EpochRecord[]): Html | undefined {
  const rates = finiteOnly(epochs.map(({ epoch, learningRate: value }) => ({ epoch, value })));
  const last = rates.at(-1);
  const highest = Math.max(...rates.map(({ value }) => value));
  if (last === undefined || rates.every(({ value }) => value === last.value)) return undefined;
  return figure(
    html`<b>learning rate</b>`,
    drawPlot({
      alt: `Learning rate by epoch, at most ${formatNumber(highest)}, ${formatNumber(last.value)} at the end.`,
      ...frame(rates.map(({ epoch }) => epoch)),
      y: { domain: [0, highest * 1.08], ticks: 4, tickFormat: formatTick, label: null },
      marks: [...grid(), ...curveMarks(rates, "var(--ink-2)")],
    }),
  );
}

function frame(epochs: readonly number[]): Pick<Plot.PlotOptions, "x"> & Record<string, unknown> {
  const [low, high] = finiteExtent(epochs) ?? [0, 1];
  return {
    height: 210,
    marginLeft: 62,
    marginRight: 14,
    marginBottom: 34,
    marginTop: 12,
    x: {
      domain: low === high ? [low - 0.5, high + 0.5] : [low, high],
      ticks: wholeTicks(low, high),
      tickFormat: formatTick,
      tickSize: 4,
      label: "epoch",
      labelArrow: "none",
      labelAnchor: "right",
    },
  };
}

function grid(ticks: number | number[] = 5): Plot.Markish[] {
  return [Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks })];
}

function finiteOnly(curve: readonly Point[]): Point[] {
  return curve.filter(({ value }) => Number.isFinite(value));
}

function padded(low: number, high: number, log: boolean): [number, number] {
  if (log) return [low / 1.15, high * 1.15];
  const span = high - low || Math.abs(high) || 1;
  return [low - span * 0.06, high + span * 0.06];
}
