/** Kept results as the tables of docs/benchmarks.md. */
import type { CaseResult, PlayerResult } from "./run.ts";
import type { Figure } from "./summary.ts";
import type { Measure } from "./types.ts";
import { OURS } from "./types.ts";
import { valueText } from "./words.ts";

export type Kept = Readonly<
  Record<string, CaseResult & { readonly date: string; readonly machine: string }>
>;

const BEGIN = "<!-- results: written by npm run bench -- --write -->";
const END = "<!-- end of results -->";

/** The page with other results between its marks. */
export function withResults(page: string, results: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error("the page has no place for results");
  return `${page.slice(0, begin)}${BEGIN}\n\n${results}\n\n${page.slice(end)}`;
}

export function resultsPage(kept: Kept): string {
  const training = Object.entries(kept).filter(([, { peak }]) => peak !== undefined);
  return [
    ...(training.length === 0 ? [] : [trainingSummary(training)]),
    ...Object.entries(kept).map(([name, result]) => caseSection(name, result)),
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Training cases in one table: our speed, and how many times that of each peer. */
function trainingSummary(training: readonly (readonly [string, Kept[string]])[]): string {
  const peers = [
    ...new Set(training.flatMap(([, { players }]) => players.map(({ name }) => name))),
  ].filter((name) => name !== OURS);
  const rows = training.map(([name, { players }]) => {
    const find = (wanted: string): PlayerResult | undefined =>
      players.find((player) => player.name === wanted);
    const { speed, share } = find(OURS)?.figures ?? {};
    return [
      name,
      speed === undefined ? "–" : valueText(speed.median, "steps/s"),
      share === undefined ? "–" : `${valueText(share.median, "%")} %`,
      ...peers.map((peer) => timesText(find(peer))),
    ];
  });
  return [
    "### Training, in short",
    "Steps a second, the share of the machine's matrix-product peak, and how many times each peer's speed that is.",
    table(["case", "ours", "of peak", ...peers.map((peer) => `× ${peer}`)], rows),
  ].join("\n\n");
}

function timesText(player: PlayerResult | undefined): string {
  if (player === undefined) return "";
  const ratio = player.ratios["speed"];
  return ratio === undefined ? "missing" : ratio.median.toPrecision(3);
}

function caseSection(name: string, result: Kept[string]): string {
  const { about, measures, rounds, quick, peak, players, machine, date } = result;
  const shown = measures.filter(
    ({ key, aside }) => aside !== true && players.some(({ figures }) => key in figures),
  );
  const compared = players.some(({ ratios }) => Object.keys(ratios).length > 0);
  const rated = compared ? shown.filter(({ better }) => better !== undefined).slice(0, 2) : [];
  const rows = players.map((player) => [
    player.name,
    ...shown.map((measure) => figureText(player.figures[measure.key], measure)),
    ...rated.map(({ key }) => ratioText(player.ratios[key])),
    [player.version, player.note, player.missing && `missing: ${player.missing}`]
      .filter((text) => text !== undefined && text !== "")
      .join("; ")
      .replaceAll("|", "\\|"),
  ]);
  const head = [
    "who",
    ...shown.map(({ title }) => title),
    ...rated.map(({ title }) => `ours, times better in ${title.replace(/,.*/, "")}`),
    "",
  ];
  const machinePeak =
    peak === undefined
      ? ""
      : ` Peak of matrix products: ${(peak.median / 1e9).toFixed(0)} GFLOP/s.`;
  const warning = quick ? " **A quick run: these figures mean little.**" : "";
  return [
    `### \`${name}\`: ${about}`,
    `Medians of ${rounds} rounds, quartiles in brackets.${machinePeak}${warning}`,
    table(head, rows),
    `_${date}, ${machine}_`,
  ].join("\n\n");
}

function figureText(figure: Figure | undefined, { unit }: Measure): string {
  if (figure === undefined) return "–";
  const [median, low, high] = [figure.median, figure.low, figure.high].map((value) =>
    valueText(value, unit),
  ) as [string, string, string];
  const text = unit === "%" ? `${median} %` : median;
  return low === high ? text : `${text} (${low}–${high})`;
}

function ratioText(ratio: Figure | undefined): string {
  if (ratio === undefined) return "";
  const [median, low, high] = [ratio.median, ratio.low, ratio.high].map((n) =>
    n.toPrecision(3),
  ) as [string, string, string];
  return `${median} × (${low}–${high})`;
}
