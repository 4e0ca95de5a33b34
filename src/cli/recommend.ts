/** `ae recommend`: items that users may like next. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { InteractionSchema } from "../data/preprocessing.ts";
import { interactionSource } from "../data/interactions.ts";
import { takeInteractions } from "../data/interaction-rows.ts";
import { nearestName } from "../data/names.ts";
import type { Column, Source, Table } from "../data/source.ts";
import type { Recommendations } from "../model/types.ts";
import { formatCount } from "../report/format.ts";
import { textColumn, tidy } from "./columns.ts";
import type { Context } from "./context.ts";
import { addDataOptions } from "./data-options.ts";
import { THREADS_FLAGS, addExamples, openSource, withModel } from "./model-verb.ts";
import { openSink } from "./outputs.ts";
import { pour } from "./pour.ts";
import { rowProgress } from "./progress.ts";
import type { TitleOptions, Titles } from "./titles.ts";
import { addTitleOptions, titlesOf } from "./titles.ts";
import { between, count, splitList } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>>, TitleOptions {
  readonly output?: string;
  readonly k: string;
  readonly items?: readonly string[];
  readonly for?: readonly string[];
  readonly diversity: string;
  readonly because: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train … --as interactions")
    .argument("[history]", "a table that says which user has which item")
    .option(
      "-o, --output <file>",
      ".csv .tsv .parquet .ndjson .json (default: CSV on standard output)",
    )
    .option("-k <count>", "items a user", "10")
    .option(
      "--items <names>",
      "instead of HISTORY: what one person has, as A,B,C (titles too, with --titles)",
      repeated,
    )
    .option("--for <users>", "only for these users of HISTORY, as a,b", listed)
    .option("--diversity <0..1>", "0: the likeliest; towards 1: less of what everybody has", "0")
    .option(
      "--because <count>",
      "name so many items of the history that a recommendation rests on, found by leaving each out",
      "0",
    )
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .option(...THREADS_FLAGS)
    .action((model: string, history: string | undefined, options: Options) =>
      run(context, model, history, options),
    );
  addTitleOptions(command);
  addDataOptions(command, [
    "select",
    "drop",
    "text",
    "label",
    "size",
    "imageChannels",
    "array",
    "shape",
    "as",
    "window",
    "stride",
    "key",
    "minUserItems",
    "minItemUsers",
  ]);
  addExamples(command, [
    "ae recommend films.onnx ratings.csv -k 10 -o next.csv",
    "ae recommend films.onnx ratings.csv --for 17 --titles movies.csv --because 2",
    'ae recommend films.onnx --titles movies.csv --items "Alien (1979)" --items "Heat (1995)"',
    "ae recommend songs.onnx plays.parquet --diversity 0.3 -o next.parquet",
  ]);
  command.addHelpText(
    "after",
    `
A line a recommendation, the best of each user first: user, rank, item, title with --titles, and score,
the model's chance that this is the user's next item. Users need not have been there in training: their
history is all that counts. Items that they have are left out; items that the model does not know are
passed over. The columns of HISTORY are called as in training, or named with --user, --item and --weight.

--because adds because_1, factor_1, …: items of the history, and how many times as likely the
recommendation is with them as it would be without. Each item is left out in turn, which is exact and
takes as many runs as the history has items.`,
  );
}

async function run(
  context: Context,
  path: string,
  history: string | undefined,
  options: Options,
): Promise<void> {
  const { terminal, signal } = context;
  const { output, json = false, items, for: only } = options;
  const asked = {
    k: count()(options.k, "-k"),
    diversity: between(0, 1)(options.diversity, "--diversity"),
    because: count(0)(options.because, "--because"),
  };
  requireOne(history, items);
  if (history === undefined && only !== undefined) throw noUsers();
  await withModel(path, options, async (model) => {
    const { schema } = model.info;
    const known = schema.kind === "interactions" ? schema : undefined;
    const titles = known && (await titlesOf(terminal, options, model.info));
    const data =
      history === undefined
        ? [personOf(items ?? [], known, titles)]
        : chosen(await openSource(context, history, options, model), only);
    const batches = model.recommendBatches(data, {
      ...asked,
      signal,
      ...(history === undefined ? {} : { onProgress: rowProgress(terminal, "recommending") }),
    });
    const sink = await openSink(output, { terminal, json, kind: "table", rows: 0 });
    let [users, lines] = [0, 0];
    const tables = async function* (): AsyncIterable<Table> {
      for await (const made of batches) {
        const table = tableOf(made, {
          titles,
          because: asked.because,
          named: history !== undefined,
        });
        users += made.users.length;
        lines += table.rows;
        yield table;
      }
    };
    await pour(tables(), sink);
    if (output === undefined) return;
    terminal.say(
      `${formatCount(lines, "recommendation")} for ${formatCount(users, "user")} written to ${output}`,
    );
    if (json)
      await terminal.out(
        `${JSON.stringify({ model: path, data: history, users, recommendations: lines, output })}\n`,
      );
  });
}

function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function listed(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...splitList(value)];
}

function requireOne(history: string | undefined, items: readonly string[] | undefined): void {
  if ((history === undefined) !== (items === undefined)) return;
  throw inputError("usage", {
    place: "ae recommend",
    expected: "HISTORY, a table of users and items, or --items for one person",
    got: history === undefined ? "neither" : "both",
  });
}

function noUsers(): Error {
  return inputError("options.invalid", {
    place: "--for",
    expected: "HISTORY, the table that has these users",
    got: "--items, what one person has",
    hint: "leave out one of them",
  });
}

/** Items by their names or titles. A title may hold commas: what is one as a whole stays one. */
function personOf(
  given: readonly string[],
  schema: InteractionSchema | undefined,
  titles: Titles | undefined,
): readonly string[] {
  const items = new Set(schema?.items);
  const titled = new Map<string, string[]>();
  for (const [item, title] of titles ?? []) titled.set(title, [...(titled.get(title) ?? []), item]);
  const find = (name: string): string | undefined => {
    if (items.has(name)) return name;
    const called = titled.get(name);
    if (called === undefined) return undefined;
    const known = called.filter((item) => items.has(item));
    if (known.length !== 1) throw notOne(name, called, known);
    return known[0];
  };
  return given.flatMap((value) => {
    const whole = find(value.trim());
    if (whole !== undefined) return [whole];
    return splitList(value).map((name) => {
      const found = find(name);
      if (found !== undefined || schema === undefined) return found ?? name;
      const near = nearestName(name, [...items, ...titled.keys()]);
      throw inputError("data.items", {
        place: "--items",
        expected: "items that the model knows",
        got: name,
        ...(near === undefined
          ? { hint: "ae info MODEL names some; titles are understood with --titles" }
          : { hint: `write ${JSON.stringify(near)} if that is the one you mean` }),
      });
    });
  });
}

/** @param known of the items of that title, those that the model knows */
function notOne(title: string, called: readonly string[], known: readonly string[]): Error {
  return inputError("data.items", {
    place: "--items",
    expected: "titles that one item has, and that the model knows",
    got: `${title}, which ${known.length === 0 ? `nobody had in training (${called.join(", ")})` : `${known.length} items are called`}`,
    hint: known.length === 0 ? "leave it out" : `write which: ${known.join(" or ")}`,
  });
}

function chosen(source: Source, only: readonly string[] | undefined): Source {
  if (only === undefined || source.kind !== "interactions") return source;
  const names = source.data.users ?? [];
  const missing = only.find((user) => !names.includes(user));
  if (missing !== undefined) {
    throw inputError("data.users", {
      place: `${source.name}, --for`,
      expected: "users that are there",
      got: missing,
      hint: `the first are ${names.slice(0, 5).join(", ")}`,
    });
  }
  const places = Int32Array.from(only, (user) => names.indexOf(user));
  const data = takeInteractions(source.data, places);
  return interactionSource(data, { name: source.name, columns: source.columns });
}

function tableOf(
  { users, lists }: Recommendations,
  {
    titles,
    because,
    named,
  }: { readonly titles: Titles | undefined; readonly because: number; readonly named: boolean },
): Table {
  const lines = lists.flatMap((list, user) =>
    list.map((one, i) => ({ ...one, user: users[user] as string, rank: i + 1 })),
  );
  const shown = (item: string | undefined): string | null =>
    item === undefined ? null : (titles?.get(item) ?? item);
  const numbers = (
    name: string,
    type: "number" | "integer",
    values: readonly number[],
  ): Column => ({
    name,
    type,
    values: Float64Array.from(values),
  });
  return {
    kind: "table",
    rows: lines.length,
    columns: [
      ...(named
        ? [
            textColumn(
              "user",
              lines.map(({ user }) => user),
            ),
          ]
        : []),
      numbers(
        "rank",
        "integer",
        lines.map(({ rank }) => rank),
      ),
      textColumn(
        "item",
        lines.map(({ item }) => item),
      ),
      ...(titles === undefined
        ? []
        : [
            textColumn(
              "title",
              lines.map(({ item }) => titles.get(item) ?? null),
            ),
          ]),
      numbers(
        "score",
        "number",
        lines.map(({ chance }) => tidy(chance)),
      ),
      ...Array.from({ length: because }, (_, i) => [
        textColumn(
          `because_${i + 1}`,
          lines.map((line) => shown(line.because?.[i]?.item)),
        ),
        numbers(
          `factor_${i + 1}`,
          "number",
          lines.map((line) => tidy(line.because?.[i]?.factor ?? NaN)),
        ),
      ]).flat(),
    ],
  };
}
