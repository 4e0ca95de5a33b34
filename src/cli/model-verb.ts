/** What the verbs that put a model to use have in common. */
import type { Command } from "commander";
import type { Source } from "../data/source.ts";
import type { Generative, Model } from "../model/types.ts";
import type { Context } from "./context.ts";
import { openForModel, readDataOptions } from "./data-options.ts";
import { count } from "./values.ts";

export type LoadedModel = Model & Partial<Generative>;

export const THREADS_FLAGS = ["--threads <count>", "threads (default: all cores)"] as const;

/** `-h` shows examples below the options. */
export function addExamples(command: Command, lines: readonly string[]): void {
  command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

/** Opens a model, acts, and frees the engine whatever happens. */
export async function withModel<T>(
  path: string,
  options: Readonly<Record<string, unknown>>,
  act: (model: LoadedModel) => Promise<T>,
): Promise<T> {
  const threads =
    options["threads"] === undefined ? {} : { threads: count()(options["threads"], "--threads") };
  const { load } = await import("../model/load.ts");
  const model = await load(path, threads);
  try {
    return await act(model);
  } finally {
    await model.close();
  }
}

/** Data for a model, with what the reader noticed said to the user. */
export async function openSource(
  { terminal }: Context,
  path: string,
  options: Readonly<Record<string, unknown>>,
  model: Pick<Model, "info">,
): Promise<Source> {
  const source = await openForModel(path, readDataOptions(options), model.info);
  for (const note of source.notes) terminal.say(terminal.colors.dim(note));
  return source;
}
