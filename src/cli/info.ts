/** `ae info`: what a model file says about itself. Starts no engine. */
import { stat } from "node:fs/promises";
import type { Command } from "commander";
import type { Schema } from "../data/preprocessing.ts";
import { momentText } from "../data/moments.ts";
import { stepText } from "../data/series-points.ts";
import { linearPartWords } from "../model/linear-part/info.ts";
import type { ModelInfo } from "../model/types.ts";
import {
  formatCount,
  formatDate,
  formatDuration,
  formatLarge,
  formatNumber,
  formatOption,
} from "../report/format.ts";
import { headWords } from "../model/few-labels/words.ts";
import { initText } from "../model/init-text.ts";
import { promiseText } from "./alarm-words.ts";
import type { Context } from "./context.ts";
import { addExamples } from "./model-verb.ts";
import { tellCompressed } from "./info-compressed.ts";
import { lossText } from "./progress.ts";
import type { Colors } from "./terminal.ts";
import { printable } from "./terminal.ts";
import { diagnosisLines } from "./train-words.ts";

export function define(command: Command, { terminal }: Context): void {
  command
    .argument("<model>", "a model made by ae train, or a file made by ae compress")
    .option("--json", "one object with everything the file says about itself")
    .action(async (path: string, { json }: { readonly json?: boolean }) => {
      if (await tellCompressed(path, json === true, terminal)) return;
      const { readInfo } = await import("../model/file.ts");
      const info = await readInfo(path);
      const { size } = await stat(path);
      await terminal.out(
        json === true
          ? `${JSON.stringify({ model: path, bytes: size, ...info }, null, 2)}\n`
          : `${printable(infoText(info, path, size, terminal.outColors))}\n`,
      );
    });
  addExamples(command, [
    "ae info payments.onnx",
    "ae info payments.onnx --json",
    "ae info field.aez",
  ]);
}

export function infoText(
  info: ModelInfo,
  path: string,
  bytes: number,
  colors: Pick<Colors, "bold" | "dim" | "yellow">,
): string {
  const { family, body, latent, training, scores } = info;
  const best = training.history[training.bestEpoch - 1];
  const lines: readonly (readonly [string, string])[] = [
    ["family", withOptions(family)],
    ["body", withOptions(body)],
    ["latent", formatCount(latent, "number")],
    ["size", `${formatLarge(info.parameters)} parameters, ${formatBytes(bytes)}`],
    ["made", `${formatDate(info.created)}, by autoencoders ${info.version}`],
    [
      "can",
      (info.schema.kind === "interactions"
        ? ["recommend", "encode", "reconstruct", "score"]
        : ["encode", "reconstruct", "score", "generate"]
      ).join(", "),
    ],
    ...(info.head === undefined ? [] : [["predicts", headWords(info.head).join("; ")] as const]),
    ...(info.linearPart === undefined
      ? []
      : [["linear part", linearPartWords(info.linearPart)] as const]),
    ["input", inputText(info.schema)],
    [
      "trained on",
      `${training.data}, ${formatCount(training.rows, info.schema.kind === "interactions" ? "user" : "row")}${training.validationRows > 0 ? ` (${formatNumber(training.validationRows)} more held out)` : ""}`,
    ],
    [
      "training",
      `${formatCount(training.history.length, "epoch")} in ${formatDuration(training.seconds)}, ended: ${training.stopped}; ${training.optimizer}, learning rate ${training.learningRate}, batch ${training.batch}, seed ${training.seed}`,
    ],
    ...(training.init === undefined ? [] : [["began with", initText(training.init)] as const]),
    ...(training.pretrained === undefined
      ? []
      : [["pretrained", pretrainedText(training.pretrained)] as const]),
    ...(best === undefined
      ? []
      : [
          [
            "best epoch",
            `${best.epoch}: ${best.validationLoss === undefined || best.validationTerms === undefined ? lossText(best.loss, best.terms) : `held-out ${lossText(best.validationLoss, best.validationTerms)}`}`,
          ] as const,
        ]),
    ["scores", `of ${scoredRows(info)}, in ${scores.unit}: ${quantilesText(scores)}`],
    [
      "reconstruction",
      `of the same, in ${scores.reconstruction.unit}: ${quantilesText(scores.reconstruction)}`,
    ],
    ...(scores.points === undefined
      ? []
      : [["of points", quantilesText({ quantiles: scores.points })] as const]),
    ["alarms", `above a score of ${formatNumber(info.alarms.value)}: ${promiseText(info)}`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return [
    colors.bold(path),
    ...lines.map(([name, value]) => `  ${colors.dim(name.padEnd(width))}  ${value}`),
    ...columnLines(info.schema, (info.label ?? info.head) !== undefined, colors),
    ...(training.warnings.length === 0 ? [] : ["", ...diagnosisLines(training.warnings, colors)]),
  ].join("\n");
}

function pretrainedText({
  layers,
  epochs,
}: NonNullable<ModelInfo["training"]["pretrained"]>): string {
  return `${formatCount(layers.length, "layer")} one by one, ${formatCount(epochs, "epoch")} each at most`;
}

/** What the quantiles of scores are of; of series, windows. */
function scoredRows({ alarms, scores, schema, training }: ModelInfo): string {
  const own = alarms.data === training.data;
  const what = schema.kind === "series" ? "windows" : "rows";
  if (!scores.heldOut) return `training ${what}`;
  return own ? `held-out ${what}` : `${what} of ${alarms.data}`;
}

function withOptions({ name, options }: ModelInfo["family"]): string {
  const parts = Object.entries(options).map(([key, value]) => `${key} ${formatOption(value)}`);
  return parts.length === 0 ? name : `${name} (${parts.join("; ")})`;
}

function inputText(schema: Schema): string {
  if (schema.kind === "table") return `a table, ${formatCount(schema.columns.length, "column")}`;
  if (schema.kind === "array") return `arrays of ${schema.shape.join(" × ")}`;
  if (schema.kind === "series") {
    const { window, channels, time } = schema;
    const span = time === undefined ? "" : `, one each ${stepText(time.step, time.type)}`;
    return `series of ${formatCount(channels.length, "channel")}, in windows of ${formatCount(window, "step")}${span}`;
  }
  if (schema.kind === "interactions") {
    const { items, weighted } = schema;
    return `histories of users, of ${formatCount(items.length, "item")}${weighted ? ", with weights" : ""}`;
  }
  const { height, width, channels } = schema;
  return `images of ${height} × ${width}, ${channels === 1 ? "grey" : formatCount(channels, "channel")}`;
}

/** Enough to judge a score by. */
const SHOWN_QUANTILES = [0.5, 0.9, 0.99, 1];

function quantilesText({ quantiles }: Pick<ModelInfo["scores"], "quantiles">): string {
  const shown = quantiles.filter(({ quantile }) => SHOWN_QUANTILES.includes(quantile));
  const name = (quantile: number): string =>
    quantile === 0.5 ? "median" : quantile === 1 ? "largest" : `${quantile * 100}% below`;
  return shown.map(({ quantile, value }) => `${name(quantile)} ${formatNumber(value)}`).join(", ");
}

function channelLines(
  { channels, time, key }: Extract<Schema, { kind: "series" }>,
  { bold, dim }: Pick<Colors, "bold" | "dim">,
): readonly string[] {
  const roles = [
    ...channels.map(({ name, scaling: { low, high } }) => [
      name,
      `from ${formatNumber(low)} to ${formatNumber(high)} in training`,
    ]),
    ...(time === undefined ? [] : [[time.name, "times"]]),
    ...(key === undefined ? [] : [[key, "tells series apart"]]),
  ] as const;
  const width = Math.max(...roles.map(([name = ""]) => name.length));
  return [
    "",
    bold("channels"),
    ...roles.map(([name = "", role = ""]) => `  ${name.padEnd(width)}  ${dim(role)}`),
  ];
}

/** Items named, those with the most users. */
const ITEMS = 10;

function itemLines(
  schema: Extract<Schema, { kind: "interactions" }>,
  { bold, dim }: Pick<Colors, "bold" | "dim">,
): readonly string[] {
  const { items, users, user, item, weight, time, minWeight, latest } = schema;
  const until = latest === undefined ? "" : `, until ${momentText(latest)}`;
  const least = minWeight === undefined ? "" : `, those of ${minWeight} or more`;
  const columns = [
    `users in ${user}`,
    `items in ${item}`,
    ...(weight === undefined ? [] : [`weights in ${weight}${least}`]),
    ...(time === undefined ? [] : [`times in ${time}${until}`]),
  ];
  const shown = items.slice(0, ITEMS);
  const width = Math.max(...shown.map((name) => name.length));
  return [
    "",
    `${bold("items")} ${dim(`(${columns.join(", ")}), by their users`)}`,
    ...shown.map(
      (name, i) => `  ${name.padEnd(width)}  ${dim(formatCount(users[i] ?? 0, "user"))}`,
    ),
    ...(items.length > ITEMS
      ? [dim(`  and ${formatCount(items.length - ITEMS, "more", "more")}`)]
      : []),
  ];
}

/** Categories named, of each column. */
const WORDS = 6;

function columnLines(
  schema: Schema,
  learned: boolean,
  colors: Pick<Colors, "bold" | "dim">,
): readonly string[] {
  if (schema.kind === "series") return channelLines(schema, colors);
  if (schema.kind === "interactions") return itemLines(schema, colors);
  if (schema.kind !== "table") return [];
  const { columns, leftOut, label } = schema;
  const use = learned ? "label, learned from" : "label, not trained on";
  const width = Math.max(...[...columns, ...leftOut].map(({ name }) => name.length), 1);
  const lines = columns.map((column) => {
    const words = "words" in column && column.role === "categorical" ? column.words : [];
    const more = words.length > WORDS ? ` and ${words.length - WORDS} more` : "";
    const detail = words.length > 0 ? `: ${words.slice(0, WORDS).join(", ")}${more}` : "";
    const missing = column.missing ? ", may be missing" : "";
    return `  ${column.name.padEnd(width)}  ${column.role}${missing}${colors.dim(detail)}`;
  });
  return [
    "",
    colors.bold("columns"),
    ...lines,
    ...leftOut.map(({ name, reason }) =>
      colors.dim(`  ${name.padEnd(width)}  left out: ${reason}`),
    ),
    ...(label === undefined ? [] : [colors.dim(`  ${label.padEnd(width)}  ${use}`)]),
  ];
}

function formatBytes(bytes: number): string {
  return bytes < 1e6
    ? `${formatNumber(Math.round(bytes / 1e3))} kB`
    : `${(bytes / 1e6).toFixed(1)} MB`;
}
