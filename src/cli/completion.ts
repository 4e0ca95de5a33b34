/** `ae completion`: scripts that complete verbs, options, their words, and files. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { Context } from "./context.ts";
import { addExamples } from "./model-verb.ts";
import type { Vocabulary } from "./shells.ts";
import { shells } from "./shells.ts";

export function define(command: Command, context: Context): void {
  const names = Object.keys(shells);
  command.argument("<shell>", names.join(", ")).action(async (shell: string) => {
    const script = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
    if (script === undefined) {
      throw inputError("options.invalid", {
        place: "ae completion",
        expected: `one of ${names.join(", ")}`,
        got: JSON.stringify(shell),
      });
    }
    await context.terminal.out(script(await vocabulary(context)));
  });
  addExamples(command, [
    'eval "$(ae completion bash)"              # in ~/.bashrc',
    'eval "$(ae completion zsh)"               # in ~/.zshrc, after compinit',
    "ae completion fish > ~/.config/fish/completions/ae.fish",
  ]);
}

async function vocabulary(context: Context): Promise<Vocabulary> {
  const { buildProgram } = await import("./program.ts");
  const { families } = await import("../families/index.ts");
  const { bodies } = await import("../bodies/index.ts");
  const { demoNames } = await import("../data/demo.ts");
  const { usualNames } = await import("../families/usual-names.ts");
  const words: Readonly<Record<string, readonly string[]>> = {
    "--family": [...Object.keys(families), ...Object.keys(usualNames)],
    "--body": Object.keys(bodies),
    "--optimizer": ["adam", "adamw", "sgd"],
    "--pretrain": ["layerwise"],
    "--as": ["table", "images", "array", "series", "interactions"],
  };
  const program = await buildProgram(context, "all");
  const verbs = program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    words: command.name() === "completion" ? Object.keys(shells) : [],
    options: command.options.map(({ long, short, description, flags, required }) => ({
      long: long ?? "",
      short: short ?? "",
      help: description,
      takesValue: required,
      // Flags such as `--likelihood <gaussian|bernoulli>` say their words themselves.
      words: words[long ?? ""] ?? wordsIn(flags),
    })),
  }));
  return { verbs, data: demoNames.map((name) => `demo:${name}`) };
}

function wordsIn(flags: string): readonly string[] {
  const [, inner = ""] = /<([^>]*\|[^>]*)>/.exec(flags) ?? [];
  return inner
    .split("|")
    .filter((word) => word !== "" && !["number", "count", "value"].includes(word));
}
