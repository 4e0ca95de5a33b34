/** Some people, what they have, and what the model recommends to them. */
import { formatCount, formatNumber, formatShare, formatTick } from "./format.ts";
import { dataText, html, type Html } from "./html.ts";
import type { PersonShown, RecommendedShown, ReportData } from "./report-data.ts";
import { note, section } from "./section.ts";

const TITLE = 60;

export function recommendation({ recommendation: shown }: ReportData): Html | undefined {
  if (shown === undefined || shown.people.length === 0) return undefined;
  const { people, later } = shown;
  return section(
    "recommendation",
    "What it recommends",
    [
      note("To some of the users that the figures are about, drawn by chance."),
      note(
        html`<b class="took">✓</b> is what they did take: part of what
          ${later ? "came later and was kept back" : "was kept back of their history"}, so that the
          model did not know of it.`,
      ),
      note(
        "Because of: items of the history that a recommendation rests on, and how many times as likely it is with them as without.",
      ),
    ],
    people.map(person),
  );
}

function person({ name, items, some, asked, list }: PersonShown): Html {
  const found = list.filter(({ took }) => took).length;
  const left = items - some.length;
  return html`<h3>User ${dataText(name, 40)}</h3>
    <p class="history">
      Has
      ${some.map((title, i) => html`${i > 0 && ", "}${dataText(title, TITLE)}`)}${
        left > 0 && html` and ${formatNumber(left)} more`
      }.
      ${found === 0 ? "None" : formatNumber(found)} of the ${formatNumber(list.length)} below
      ${found <= 1 ? "is" : "are"} among the ${formatCount(asked, "item")} kept back.
    </p>
    <div class="scroll" role="region" tabindex="0" aria-label="What is recommended to one user">
      <table class="recommended">
        <thead>
          <tr>
            <th scope="col">Recommended</th>
            <th scope="col">Chance</th>
            <th scope="col">Because of</th>
          </tr>
        </thead>
        <tbody>
          ${list.map(line)}
        </tbody>
      </table>
    </div>`;
}

function line({ title, chance, took, because }: RecommendedShown, i: number): Html {
  return html`<tr>
    <th scope="row">
      <small>${i + 1}</small> ${dataText(title, TITLE)}
      ${took && html`<b class="took" title="did take it">✓</b>`}
    </th>
    <td>${formatShare(chance)}</td>
    <td>
      ${
        because.length === 0
          ? html`<span class="none">nothing in particular</span>`
          : because.map(
              (one, at) =>
                html`${at > 0 && ", "}${dataText(one.title, TITLE)}
                  <small>${timesText(one.factor)}</small>`,
            )
      }
    </td>
  </tr>`;
}

function timesText(factor: number): string {
  return `×\u00a0${formatTick(Number(factor.toPrecision(3)))}`;
}
