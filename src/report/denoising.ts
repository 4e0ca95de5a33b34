/** Noisy pictures, denoised ones and clean ones, and how near they come beside simple filters. */
import { imageAddress } from "./contact-sheet.ts";
import { dataText, html, type Html } from "./html.ts";
import { picture } from "./picture.ts";
import type { ReportData } from "./report-data.ts";
import { note, section } from "./section.ts";

const MOST_IMAGES = 16;

export async function denoising({ denoising: shown }: ReportData): Promise<Html | undefined> {
  if (shown === undefined) return undefined;
  const { comparison, noisy, denoised, clean } = shown;
  const count = Math.min(noisy.count, MOST_IMAGES);
  const rows = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const [before, after, target] = await Promise.all([
        imageAddress(noisy, i),
        imageAddress(denoised, i),
        imageAddress(clean, i),
      ]);
      return html`<li>
        ${picture(before, `Noisy, image ${i + 1}`, noisy)}
        ${picture(after, `Denoised, image ${i + 1}`, noisy)}
        ${picture(target, `Clean, image ${i + 1}`, noisy)}
      </li>`;
    }),
  );
  const lines = [
    { name: "this model", setting: "", ...comparison.model },
    ...Object.entries(comparison.controls).map(([name, figures]) => ({ name, ...figures })),
    { name: "noisy, as it is", setting: "", ...comparison.noisy },
  ].toSorted((a, b) => b.psnr - a.psnr);
  return section(
    "denoising",
    "Denoised",
    [
      note("Top to bottom: noisy, denoised, clean."),
      note(
        "PSNR is the error as a logarithm, SSIM likeness of edges and textures; more is better. The settings of the simple filters are the best for these very images.",
      ),
      html`<p>${dataText(comparison.verdict)}</p>`,
    ],
    html`<table>
        <thead>
          <tr>
            <th>${comparison.rows} images</th>
            <th>PSNR, dB</th>
            <th>SSIM</th>
            <th>setting</th>
          </tr>
        </thead>
        <tbody>
          ${lines.map(
            ({ name, psnr, ssim, setting }) =>
              html`<tr>
                <th>${name}</th>
                <td>${psnr.toFixed(2)}</td>
                <td>${ssim.toFixed(4)}</td>
                <td>${setting}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      <ul class="pairs">
        ${rows}
      </ul>`,
  );
}
