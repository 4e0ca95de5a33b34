/** The map of the latent, coloured by label. */

import { formatCount, formatNumber } from "./format.ts";
import { dataText, html, type Fragment, type Html } from "./html.ts";
import { colourLabels, type LabelColours, type LabelGroup } from "./label-colors.ts";
import { latentMap, type LatentMap } from "./latent-map.ts";
import { ONE_GROUP, drawMap, drawStrip } from "./map-plot.ts";
import type { ReportData } from "./report-data.ts";
import { figure, note, section } from "./section.ts";

export async function latentPicture(data: ReportData): Promise<Html> {
  const { codes, rows, dimensions, labels, label } = data.latent;
  const map = await latentMap(codes, rows, dimensions, { seed: data.training.seed });
  const colours =
    labels === undefined
      ? ONE_GROUP
      : colourLabels(Array.from(map.rows, (row) => labels[row] ?? null));
  const shown = map.rows.length;
  const words = [
    note("Rows that the model finds alike lie close together."),
    map.method.startsWith("UMAP") &&
      note("UMAP keeps neighbourhoods. Distances between far groups, and axes, mean nothing."),
    note(
      shown < rows
        ? `${formatNumber(shown)} of ${formatCount(rows, "row")} drawn, picked at random.`
        : `${formatCount(rows, "row")} drawn.`,
    ),
  ];
  const picture =
    shown === 0
      ? html`<p class="empty">No row has a finite code.</p>`
      : dimensions === 1
        ? stripFigure(map, colours)
        : mapFigure(map, colours);
  return section(
    "latent",
    "Map of the latent",
    words,
    html`<div class="map">${picture}${labels !== undefined && legend(colours, label)}</div>`,
  );
}

function legend({ groups }: LabelColours, label: string | undefined): Html {
  return html`<div class="legend">
    <h3>${label === undefined ? "Label" : dataText(label, 60)}</h3>
    <ul>
      ${groups.map(
        (group) =>
          html`<li>
            <i class="dot ${group.kind}" style="--dot:${group.colour}"></i>
            <span>${groupName(group)}</span> <small>${formatNumber(group.count)}</small>
          </li>`,
      )}
    </ul>
  </div>`;
}

function groupName({ kind, name }: LabelGroup): Fragment {
  if (kind === "other") return html`<em>all others</em>`;
  if (kind === "none") return html`<em>no label</em>`;
  return kind === "range" ? name : dataText(name, 40);
}

function mapFigure(map: LatentMap, colours: LabelColours): Html {
  const { plot, outside } = drawMap(map, colours);
  return figure(
    outside > 0 && html`<small>${formatCount(outside, "row")} far outside the picture</small>`,
    plot,
    "square",
  );
}

function stripFigure(map: LatentMap, colours: LabelColours): Html {
  return figure(
    html`<b>rows by latent value</b> <small>the latent itself, one dimension</small>`,
    drawStrip(map, colours),
    "square",
  );
}
