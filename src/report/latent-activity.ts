/** How much each dimension of the latent is used. */

import * as Plot from "@observablehq/plot";
import { formatNumber, formatTick } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { figure, note, section } from "./section.ts";
import { drawPlot, finiteExtent, PLOT_WIDTH } from "./svg.ts";

/** Active units as in Burda, Grosse, Salakhutdinov 2016 (https://arxiv.org/abs/1509.00519). */
const ACTIVE_VARIANCE = 0.01;

export function latentActivity({ latent, model }: ReportData): Html {
  const { activity, kl } = latent;
  const largest = finiteExtent(activity)?.[1] ?? 0;
  // With a prior the scale of the latent is known; without one only dimensions compare.
  const threshold = kl === undefined ? largest * 0.01 : Math.sqrt(ACTIVE_VARIANCE);
  const bars = activity
    .map((deviation, dimension) => ({
      dimension,
      deviation: Number.isFinite(deviation) ? deviation : 0,
      kl: finiteOr(kl?.[dimension], 0),
      active: deviation > threshold,
    }))
    .sort((a, b) => b.deviation - a.deviation || a.dimension - b.dimension);
  const gap = activity.length > 100 ? 0.1 : Math.min(5, PLOT_WIDTH / activity.length / 12);
  const active = bars.filter((bar) => bar.active).length;
  const all = activity.length;
  const words = [
    note(
      html`<strong>${formatNumber(active)} of ${formatNumber(all)}</strong> dimensions are
        active.${active < all && " The others say nothing about the data."}`,
    ),
    note(
      kl === undefined
        ? "Active: its spread over rows is above 1% of the largest."
        : "Active: the variance of its mean over rows is above 0.01.",
    ),
    active < all * 0.7 &&
      note(
        `A latent of ${formatNumber(Math.max(1, active))} would likely do as well as ${formatNumber(model.latent)}.`,
      ),
  ];
  if (all === 0)
    return section("activity", "Use of the latent", null, html`<p class="empty">None.</p>`);
  const panel = (name: string, unit: string, value: "deviation" | "kl"): Html =>
    figure(
      html`<b>${name}</b> <small>${unit}</small>`,
      drawPlot({
        alt: `${name} of ${all} latent dimensions, largest first, ${active} active.`,
        height: 190,
        marginLeft: 52,
        marginRight: 8,
        marginTop: 10,
        marginBottom: 34,
        x: {
          domain: [0, Math.max(all, 6)],
          axis: "bottom",
          ticks: all <= 32 ? bars.map((_, i) => i + 0.5) : [],
          tickFormat: (position: number) =>
            String((bars[Math.floor(position)]?.dimension ?? 0) + 1),
          tickSize: 0,
          label: all <= 32 ? "dimension" : "dimensions, most active first",
          labelArrow: "none",
          labelAnchor: all <= 32 ? "right" : "center",
        },
        y: {
          domain: [0, ceiling(bars.map((bar) => bar[value]))],
          ticks: 4,
          tickFormat: formatTick,
          label: null,
        },
        marks: [
          Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 4 }),
          ...[true, false].map((isActive) =>
            Plot.rectY(
              bars.map((bar, i) => ({ ...bar, i })).filter((bar) => bar.active === isActive),
              {
                x1: (bar: { i: number }) => bar.i,
                x2: (bar: { i: number }) => bar.i + 1,
                y1: 0,
                y2: value,
                insetLeft: gap,
                insetRight: gap,
                ...(isActive
                  ? { fill: "var(--training)" }
                  : { fill: "var(--paper)", stroke: "var(--ink-3)", strokeWidth: 1 }),
              },
            ),
          ),
          Plot.ruleY([0], { stroke: "var(--ink-3)" }),
        ],
      }),
    );
  return section(
    "activity",
    "Use of the latent",
    words,
    html`<p class="key">
        <span class="box active">active</span>
        ${active < all && html`<span class="box inactive">inactive</span>`}
      </p>
      <div class="plots">
        ${panel("spread", "standard deviation over rows", "deviation")}
        ${kl !== undefined && panel("KL to the prior", "nats", "kl")}
      </div>`,
  );
}

function ceiling(values: readonly number[]): number {
  return (finiteExtent(values)?.[1] ?? 0) * 1.06 || 1;
}

function finiteOr(value: number | undefined, otherwise: number): number {
  return value !== undefined && Number.isFinite(value) ? value : otherwise;
}
