/** Denoising beside simple filters, as a table for a terminal. */
import type { DenoisingComparison } from "../evaluate/denoising/compare.ts";
import { formatCount } from "../report/format.ts";
import type { Colors } from "./terminal.ts";

export function denoisingTable(
  { rows, noisy, model, controls }: DenoisingComparison,
  colors: Pick<Colors, "dim">,
): string[] {
  const lines = [
    { name: "model", words: "", ...model },
    ...Object.entries(controls).map(([name, { setting, ...figures }]) => ({
      name,
      words: setting,
      ...figures,
    })),
    { name: "noisy, as it is", words: "", ...noisy },
  ].toSorted((a, b) => b.psnr - a.psnr);
  const first = Math.max(...lines.map(({ name }) => name.length));
  return [
    `Denoising of ${formatCount(rows, "image")}, held against the clean ones; filters at their best settings here`,
    colors.dim(`  ${"".padEnd(first)}  PSNR, dB    SSIM`),
    ...lines.map(({ name, psnr, ssim, words }) =>
      `  ${name.padEnd(first)}  ${psnr.toFixed(2).padStart(8)}  ${ssim.toFixed(4)}  ${colors.dim(words)}`.trimEnd(),
    ),
  ];
}
