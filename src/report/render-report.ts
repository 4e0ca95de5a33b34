/** The report: one HTML file that needs nothing beside it. */

import { compression } from "./compression.ts";
import { denoising } from "./denoising.ts";
import { labels } from "./labels.ts";
import { reconstructions, samples } from "./exhibits.ts";
import { judgedSamples } from "./judged-samples.ts";
import { headline, keyFigures, warnings } from "./headline.ts";
import { dataText, html, htmlText, shorten } from "./html.ts";
import { latentActivity } from "./latent-activity.ts";
import { latentDimensions } from "./latent-dimensions.ts";
import { latentPicture } from "./latent.ts";
import { lossCurves } from "./loss-curves.ts";
import { provenance } from "./provenance.ts";
import { recommendation } from "./recommendation.ts";
import type { ReportData } from "./report-data.ts";
import { unusual } from "./scores.ts";
import { reportStyle } from "./style.ts";

/** Even if markup from the data got in, a browser told this would neither run nor fetch it. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * Renders a report as one HTML page: no scripts, no requests, styles and
 * pictures inside, light and dark, for screens from 400 pixels and for paper.
 * The same data give the same page. With a latent of more than two dimensions
 * it takes a few seconds, for the map.
 *
 * @example
 * await writeFile("report.html", await renderReport(data));
 */
export async function renderReport(data: ReportData): Promise<string> {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="autoencoders ${shorten(data.version, 40)}" />
        <title>${shorten(data.title, 120)}</title>
        <style>
          ${reportStyle}
        </style>
      </head>
      <body>
        <main>
          ${headline(data)} ${warnings(data)} ${keyFigures(data)} ${labels(data)}
          ${recommendation(data)} ${await unusual(data)} ${await denoising(data)}
          ${await compression(data)} ${await reconstructions(data)} ${await samples(data)}
          ${judgedSamples(data)} ${await latentPicture(data)} ${await latentDimensions(data)}
          ${latentActivity(data)} ${lossCurves(data)} ${provenance(data)}
        </main>
        <footer>Written by autoencoders ${dataText(data.version)}.</footer>
      </body>
    </html>`;
  return htmlText(page).replace(/\n\s+/g, "\n");
}
