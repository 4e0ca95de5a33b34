/** What `ae compress` says in the end. */
import { formatBytes } from "../base/byte-count.ts";
import { formatCount, formatDuration, formatNumber } from "../report/format.ts";
import type { Compressed } from "../uses/compression/options.ts";
import type { Colors } from "./terminal.ts";

const NAMES = { brotli: "brotli", zstd: "zstd", jpeg: "JPEG", webp: "WebP", png: "PNG" } as const;
type Control = keyof typeof NAMES;

interface Asked {
  readonly data: string;
  readonly output: string;
  /** The least that was asked for, in decibels. */
  readonly psnr?: number | undefined;
  readonly errorBound?: number | undefined;
  readonly relative?: boolean | undefined;
  readonly lossless?: boolean | undefined;
}

export function resultText(
  result: Compressed,
  asked: Asked,
  { bold, dim }: Pick<Colors, "bold" | "dim">,
): string {
  const { size, original, stored, ratio, learned, learner, classical, model, columns } = result;
  const bytes = (count: number): string => `${formatNumber(count)} bytes`;
  const times = (count: number): string =>
    count === size ? "" : dim(`  ${formatNumber(count / size)} times the file`);
  const lines: (readonly [name: string, value: string])[] = [["data", bytes(original)]];
  if (stored !== undefined && stored < 0.95 * original) lines.push(["its files", bytes(stored)]);
  lines.push(["file", bytes(size)], ["ratio", formatNumber(ratio)]);
  lines.push(["error", errorText(result, asked)]);
  if (result.psnr !== undefined) {
    const least = asked.psnr === undefined ? "" : `, asked for ${formatNumber(asked.psnr)}`;
    lines.push(["PSNR", `${result.psnr.toFixed(2)} dB${least}`]);
  }
  lines.push(["predicted by", predictionText(result)]);
  if (learned !== undefined) {
    const own =
      learner === "network"
        ? ""
        : model === undefined
          ? ", the model itself not counted"
          : `, of which the model takes ${formatNumber(model)}`;
    const what = learner === "model" ? "with the model" : "with learning";
    lines.push([what, `${bytes(learned)}${own}${times(learned)}`]);
    lines.push([
      learner === "model" ? "without it" : "without",
      `${bytes(classical)}${times(classical)}`,
    ]);
  }
  for (const name of Object.keys(NAMES) as Control[]) {
    const count = result.controls[name];
    if (count === undefined) continue;
    lines.push([NAMES[name], `${bytes(count)}${settingText(result, name)}${times(count)}`]);
  }
  const widest = Object.entries(columns ?? {}).toSorted(([, a], [, b]) => b - a);
  const most = widest.slice(0, 5).map(([name, count]) => `${name} ${formatBytes(count)}`);
  if (most.length > 0) {
    const rest = widest.length > most.length ? ", …" : "";
    lines.push(["columns", `${most.join(", ")}${rest}`]);
  }
  const width = Math.max(...lines.map(([name]) => name.length));
  const { data, output } = asked;
  return [
    `${bold(data)} in ${bold(output)}: ${formatBytes(original)} to ${formatBytes(size)}`,
    ...lines.map(([name, value]) => `  ${dim(name.padEnd(width))}  ${value}`),
    ...picturesText(result).map(dim),
    [verdict(result), learningText(result)].filter((words) => words !== "").join(" "),
    dim(`took ${formatDuration(result.seconds)}`),
  ].join("\n");
}

/** Six digits tell enough, without zeros that say nothing. */
function digits(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function errorText(
  { bounds, largestError, exact, columns }: Compressed,
  { errorBound, relative, lossless }: Asked,
): string {
  const allowed = Math.max(0, ...bounds);
  const lossy = bounds.filter((bound) => bound > 0).length;
  if (allowed === 0) {
    const why = columns === undefined || lossless === true ? "" : ", as no column has decimals";
    return `none: every bit comes back${why}`;
  }
  const of = columns === undefined ? "" : ` in ${lossy} of ${formatCount(bounds.length, "column")}`;
  // Bounds of columns are as different as their units.
  if (columns !== undefined && relative === true) {
    return `within the bound of each column${of}; the others come back exactly`;
  }
  const share = relative === true ? `, ${errorBound} of the range` : "";
  const stored = exact === 0 ? "" : `; ${formatCount(exact, "element")} stored as they are`;
  return `at most ${digits(largestError)}, allowed ${digits(allowed)}${share}${of}${stored}`;
}

function predictionText({ predictions, blocks, needs }: Compressed): string {
  const found = Object.entries(predictions).toSorted(([, a], [, b]) => b - a);
  if (found.length === 0) return "nothing: there is nothing in it";
  const shown = found.map(([how, count]) => (count === blocks ? how : `${how} (${count} blocks)`));
  const model =
    needs === undefined
      ? ""
      : `; needs its model to decompress, SHA-256 of its decoder ${needs.slice(0, 16)}…`;
  return `${shown.slice(0, 3).join(", ")}${shown.length > 3 ? ", …" : ""}${model}`;
}

function settingText({ pictures }: Compressed, name: Control): string {
  const control =
    name === "jpeg" || name === "webp" || name === "png" ? pictures?.[name] : undefined;
  if (control === undefined) return "";
  return control.quality === undefined
    ? ", lossless"
    : `, quality ${control.quality}, ${(control.psnr ?? 0).toFixed(2)} dB`;
}

function picturesText({ pictures }: Compressed): readonly string[] {
  if (pictures === undefined) return [];
  const { images, of, psnr, jpeg, webp, png } = pictures;
  const names = [jpeg && "JPEG", webp && "WebP", png && "PNG"].filter(Boolean).join(" and ");
  const near =
    psnr === undefined
      ? ""
      : `; at the lowest quality that is as near as these, ${psnr.toFixed(2)} dB`;
  const part =
    images === of
      ? `all ${formatNumber(of)} images`
      : `${formatNumber(images)} of ${formatNumber(of)} images, scaled to all`;
  const none = psnr !== undefined && jpeg === undefined ? ["JPEG comes as near at no quality"] : [];
  return [`  ${names}: a file an image; ${part}${near}`, ...none.map((words) => `  ${words}`)];
}

function learningText({ learned, learner, classical, size, path, model }: Compressed): string {
  if (learned === undefined) return "";
  const where = path === "learned" && model === undefined ? ", which stays outside," : "";
  const what = learner === "model" ? `The model${where}` : "Learning while coding";
  return path === "learned"
    ? `${what} makes it ${formatNumber((100 * (classical - size)) / classical)}% smaller.`
    : `${what} does not make it smaller, so it is left out.`;
}

function verdict({ size, controls, original, stored, psnr }: Compressed): string {
  const others = (Object.keys(NAMES) as Control[])
    .map((name) => [NAMES[name], controls[name] ?? Infinity] as const)
    .toSorted(([, a], [, b]) => a - b);
  const [name, count] = others[0] as (typeof others)[number];
  const as = stored !== undefined && stored <= size ? " Its files, as they are, take less." : "";
  if (count === Infinity) return `${formatNumber(original / size)} times smaller.${as}`;
  if (size < count) {
    return `${formatNumber(count / size)} times smaller than ${name} makes the data.${as}`;
  }
  const lossy = (name === "JPEG" || name === "WebP") && psnr !== undefined;
  const free = lossy ? `, though ${name} promises nothing of single pixels` : "";
  return `Not smaller than ${name} makes the data${free}.${as}`;
}
