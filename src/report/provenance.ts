/** What was trained on what: the data, the model, and the choices, to do it again. */

import { formatCount, formatDate, formatDuration, formatNumber, formatOption } from "./format.ts";
import { dataText, html, type Fragment, type Html } from "./html.ts";
import type { ReportData } from "./report-data.ts";
import { section } from "./section.ts";

/** More columns than this are folded away. */
const FOLD = 14;
const MOST_COLUMNS = 500;

export function provenance(report: ReportData): Html {
  const { data, model, training, created, version } = report;
  const options = Object.entries(model.options);
  const dataFacts: readonly Fact[] = [
    ["Name", dataText(data.name, 120)],
    ["Content", dataText(data.description, 200)],
    ["Training rows", formatNumber(data.trainingRows)],
    ["Validation rows", formatNumber(data.validationRows)],
  ];
  const modelFacts: readonly Fact[] = [
    ["Family", dataText(model.family)],
    ["Body", dataText(model.body)],
    ["Inputs", formatNumber(model.inputs)],
    ["Latent", formatNumber(model.latent)],
    ["Parameters", formatNumber(model.parameters)],
  ];
  const runFacts: readonly Fact[] = [
    ["Seed", html`<span class="exact">${String(training.seed)}</span>`],
    ["Epochs", `${formatNumber(training.epochs.length)}, best ${formatNumber(training.bestEpoch)}`],
    ["Stopped", dataText(training.stopped, 200)],
    ["Training time", formatDuration(training.seconds)],
    ["Written", formatDate(created)],
    ["Program", html`autoencoders ${dataText(version)}`],
  ];
  return section(
    "provenance",
    "What was trained on what",
    null,
    html`<div class="provenance">
        ${factList("Data", dataFacts)}${factList("Model", modelFacts)}${factList("Run", runFacts)}
        ${
          options.length > 0 &&
          factList(
            "Options",
            options.map(([name, value]) => [dataText(name), dataText(formatOption(value), 160)]),
          )
        }
      </div>
      ${columnTable(data.columns)}${leftOut(data.leftOut)}`,
  );
}

type Fact = readonly [Fragment, Fragment];

function factList(title: string, facts: readonly Fact[]): Html {
  return html`<div>
    <h3>${title}</h3>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

function columnTable(columns: ReportData["data"]["columns"]): Html | undefined {
  if (columns.length === 0) return undefined;
  const hidden = columns.length - MOST_COLUMNS;
  const table = html`<div class="scroll" role="region" tabindex="0" aria-label="Table of columns">
    <table class="columns">
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">Role</th>
          <th scope="col">Note</th>
        </tr>
      </thead>
      <tbody>
        ${columns.slice(0, MOST_COLUMNS).map(
          ({ name, role, note }) =>
            html`<tr>
              <th scope="row">${dataText(name)}</th>
              <td>${dataText(role)}</td>
              <td>${note === "" ? null : dataText(note, 160)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${hidden > 0 && html`<p class="note">${formatCount(hidden, "more column")}.</p>`}
  </div>`;
  const title = `${formatCount(columns.length, "column")} trained on`;
  return columns.length <= FOLD
    ? html`<h3>${title}</h3>
        ${table}`
    : html`<details>
        <summary>${title}</summary>
        ${table}
      </details>`;
}

function leftOut(columns: ReportData["data"]["leftOut"]): Html | undefined {
  if (columns.length === 0) return undefined;
  return html`<h3>${formatCount(columns.length, "column")} left out</h3>
    <div class="scroll" role="region" tabindex="0" aria-label="Table of columns">
      <table class="columns">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          ${columns.slice(0, MOST_COLUMNS).map(
            ({ name, reason }) =>
              html`<tr>
                <th scope="row">${dataText(name)}</th>
                <td>${dataText(reason, 200)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
