/** The first screen: the verdict in words, what it rests on, and the comparison with the controls. */

import { dataText, html, prose, shorten, type Html } from "./html.ts";
import {
  formatCount,
  formatDate,
  formatDuration,
  formatLarge,
  formatNumber,
  formatTick,
} from "./format.ts";
import { controlName, metricName, type MetricName } from "./metric-names.ts";
import type { ReportData } from "./report-data.ts";
import { note, section } from "./section.ts";

export function headline(data: ReportData): Html {
  const [first = data.title, ...rest] = data.evaluation.verdict;
  const long = first.length > 110 ? "long" : "";
  const { model, training } = data;
  const facts: readonly (readonly [string, Html | string])[] = [
    [
      "Inputs → latent",
      html`${formatNumber(model.inputs)} → ${formatNumber(model.latent)}
        <small>${model.latent < model.inputs ? "undercomplete" : "overcomplete"}</small>`,
    ],
    ["Parameters", formatLarge(model.parameters)],
    [
      data.data.kind === "interactions" ? "Training users" : "Training rows",
      formatNumber(data.data.trainingRows),
    ],
    ["Training time", formatDuration(training.seconds)],
  ];
  return html`<header class="head">
    <p class="eyebrow">
      ${dataText(data.title, 120)}
      <span>${dataText(`${model.family}, ${model.body}`)} · ${formatDate(data.created)}</span>
    </p>
    <h1 class="${long}" dir="auto">${prose(shorten(first, 400))}</h1>
    ${rest.map((sentence) => html`<p class="lead" dir="auto">${prose(shorten(sentence, 600))}</p>`)}
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

/** What the doctor saw; nothing when it saw nothing. */
export function warnings(data: ReportData): Html | undefined {
  const found = data.training.warnings;
  if (found.length === 0) return undefined;
  return section(
    "warnings",
    formatCount(found.length, found.some(isWarning) ? "warning" : "note"),
    note("Seen in training. The figures below hold with these in mind."),
    html`<ul class="warnings">
      ${found.map(
        (one) =>
          html`<li class="${one.severity}" dir="auto">
            <p>${prose(shorten(one.saw, 600))}</p>
            <p class="advice">${prose(shorten(one.advice, 600))}</p>
          </li>`,
      )}
    </ul>`,
  );
}

function isWarning({ severity }: { readonly severity: string }): boolean {
  return severity === "warning";
}

/** Each metric beside the same metric of each control. */
export function keyFigures(data: ReportData): Html {
  const { evaluation, model } = data;
  const controls = Object.keys(evaluation.controls);
  // The one that is hard to beat.
  const reference = ["pca", "ease"].find((name) => controls.includes(name)) ?? controls[0];
  const metrics = Object.entries(evaluation.metrics);
  const size = formatCount(model.latent, "component");
  const columns = 2 + controls.length + (reference === undefined ? 0 : 1);
  const heading = (control: string): Html | string =>
    control === "pca" ? html`PCA <small>${size}</small>` : dataText(controlName(control));
  const body =
    metrics.length === 0
      ? html`<p class="empty">Nothing was measured.</p>`
      : html`<div class="scroll" role="region" tabindex="0" aria-label="Table of figures">
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">Measure</th>
                <th scope="col" class="own">This model</th>
                ${controls.map((control) => html`<th scope="col">${heading(control)}</th>`)}
                ${
                  reference !== undefined &&
                  html`<th scope="col" class="against">Against ${heading(reference)}</th>`
                }
              </tr>
            </thead>
            ${groupsOf(metrics).map(
              ({ title, figures }) =>
                html`<tbody>
                  ${
                    title !== undefined &&
                    html`<tr class="group">
                      <th scope="rowgroup" colspan="${columns}">${title}</th>
                    </tr>`
                  }
                  ${figures.map(([key, value]) => figureRow(data, key, value, controls, reference))}
                </tbody>`,
            )}
          </table>
        </div>`;
  return section(
    "figures",
    reference === "pca" ? "Against PCA" : "Key figures",
    [
      note(
        html`Measured on ${dataText(evaluation.on)},
        ${formatCount(evaluation.rows, data.data.kind === "interactions" ? "user" : "row")}.`,
      ),
      reference === "pca" &&
        note(
          `PCA keeps the same ${formatNumber(model.latent)} numbers a row with straight lines only. ` +
            "A network that does not beat it is not earning its keep.",
        ),
      ...(evaluation.notes ?? []).map((sentence) => note(dataText(sentence, 400))),
    ],
    body,
  );
}

type Named = readonly (readonly [string, number])[];

/** Figures under the headings of their groups; one group alone needs none. */
function groupsOf(metrics: Named): readonly { title: string | undefined; figures: Named }[] {
  const titles = metrics.map(([key]) => metricName(key).title ?? "Others");
  const groups = [...new Set(titles)].map((title) => ({
    title,
    figures: metrics.filter((_, i) => titles[i] === title),
  }));
  return groups.length > 1 ? groups : [{ title: undefined, figures: metrics }];
}

function figureRow(
  data: ReportData,
  key: string,
  value: number,
  controls: readonly string[],
  reference: string | undefined,
): Html {
  const name = metricName(key);
  const others = controls.map((control) => data.evaluation.controls[control]?.[key]);
  const against = reference === undefined ? undefined : data.evaluation.controls[reference]?.[key];
  const even = data.evaluation.even?.[reference ?? ""]?.includes(key) === true;
  const show = name.share === true ? sharePoints : formatNumber;
  const unit = name.unit === "" ? null : html` <small>${name.unit}</small>`;
  return html`<tr>
    <th scope="row" title="${name.help}">
      ${dataText(name.label)} ${name.better && html`<small>${name.better} is better</small>`}
    </th>
    <td class="own">${show(value)}${unit}</td>
    ${others.map((other) =>
      other === undefined ? html`<td class="none">–</td>` : html`<td>${show(other)}${unit}</td>`,
    )}
    ${reference !== undefined && html`<td class="against">${compare(name, value, against, even)}</td>`}
  </tr>`;
}

function sharePoints(share: number): string {
  return `${formatNumber(share * 100)}%`;
}

/** @param even chance alone may make the difference */
function compare(
  name: MetricName,
  value: number,
  against: number | undefined,
  even: boolean,
): Html {
  if (against === undefined || !Number.isFinite(value) || !Number.isFinite(against)) {
    return html`<span class="none">–</span>`;
  }
  if (value === against) return html`the same`;
  const direction = value < against ? "lower" : "higher";
  const judged =
    name.better === undefined || even
      ? ""
      : direction === name.better
        ? "better"
        : ("worse" as const);
  const asRatio = name.compare === "ratio" && value >= 0 && against > 0;
  const change = Math.abs(value / against - 1);
  const size =
    name.share === true
      ? `${formatTick(Number((Math.abs(value - against) * 100).toPrecision(3)))} points`
      : !asRatio
        ? `${formatTick(Number(Math.abs(value - against).toPrecision(3)))}${name.unit === "" ? "" : ` ${name.unit}`}`
        : change >= 10
          ? `${formatNumber(value / against)} times`
          : `${Number((change * 100).toPrecision(change < 0.1 ? 2 : 3))}%`;
  const widest = Math.max(value, against);
  const bar = (share: number, kind: string): Html =>
    html`<i class="bar ${kind}" style="width:${(100 * share).toFixed(1)}%"></i>`;
  return html`<span class="verdict ${judged}"
      >${size} ${direction}${even ? ", may be chance" : judged && `, ${judged}`}</span
    >
    ${asRatio && html`${bar(value / widest, "own")}${bar(against / widest, "control")}`}`;
}
