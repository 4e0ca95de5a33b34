/** What items are called: the options that name the table, for verbs that show items. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { ModelInfo } from "../model/types.ts";
import { formatCount, formatNumber } from "../report/format.ts";
import type { Terminal } from "./terminal.ts";

export type Titles = ReadonlyMap<string, string>;

export interface TitleOptions {
  readonly titles?: string;
  readonly titleColumn?: string;
  readonly titleItem?: string;
}

export function addTitleOptions(command: Command): Command {
  return command
    .option("--titles <file>", "a table of what items are called")
    .option(
      "--title-column <name>",
      "its column of titles (default: title or name, else the second)",
    )
    .option("--title-item <name>", "its column of items (default: as in training, else the first)");
}

/** @throws `options.invalid`, and what reading the table throws */
export async function titlesOf(
  terminal: Terminal,
  { titles: path, titleColumn, titleItem }: TitleOptions,
  { schema }: Pick<ModelInfo, "schema">,
): Promise<Titles | undefined> {
  if (path === undefined) {
    const [flag] = [
      ...(titleColumn === undefined ? [] : ["--title-column"]),
      ...(titleItem === undefined ? [] : ["--title-item"]),
    ];
    if (flag === undefined) return undefined;
    throw alone(flag, "--titles beside it, the table that it is a column of");
  }
  if (schema.kind !== "interactions") throw alone("--titles", "a model of interactions");
  const { readTitles } = await import("../data/titles.ts");
  const titles = await readTitles(path, {
    item: titleItem,
    title: titleColumn,
    fallback: schema.item,
  });
  const missing = schema.items.filter((item) => !titles.has(item)).length;
  if (missing === schema.items.length) {
    const [first = ""] = titles.keys();
    throw inputError("data.items", {
      place: `${path}, --titles`,
      expected: `titles of the model's items, such as ${JSON.stringify(schema.items[0])}`,
      got: `titles of ${formatCount(titles.size, "other")}, such as ${JSON.stringify(first)}`,
      hint: "name its column of items with --title-item, and that of titles with --title-column",
    });
  }
  if (missing > 0) {
    terminal.say(
      `${formatNumber(missing)} of the ${formatCount(schema.items.length, "item")} have no title in ${path}`,
    );
  }
  return titles;
}

function alone(place: string, expected: string): Error {
  return inputError("options.invalid", {
    place,
    expected,
    got: "none",
    hint: `leave out ${place}`,
  });
}
