/** `ae export`: a half of a model as an ONNX file for other software. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import type { ModelPart, Port } from "../model/part.ts";
import { formatBytes } from "../base/byte-count.ts";
import type { Context } from "./context.ts";
import { addExamples, withModel } from "./model-verb.ts";
import { requireFolder } from "./outputs.ts";
import { oneOf } from "./values.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly part: string;
  readonly output?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<model>", "a model made by ae train")
    .option(
      "--part <encoder|decoder>",
      "encoder: raw rows to codes; decoder: codes to raw rows",
      "encoder",
    )
    .option("-o, --output <file>", "the ONNX file (default: MODEL's name with .encoder.onnx)")
    .option("--json", "one object: the file, its inputs and outputs")
    .action((model: string, options: Options) => run(context, model, options));
  addExamples(command, [
    "ae export payments.onnx --part encoder -o encoder.onnx",
    "ae export digits.onnx --part decoder -o decoder.onnx --json",
  ]);
  command.addHelpText(
    "after",
    `
The file is plain ONNX: whatever runs ONNX runs it, without this package. The encoder takes raw values by the
names of the model's inputs, scales them itself and gives "latent", as ae encode does; the decoder takes
"latent" and gives rows in raw units. Scores, alarms and what a model says about itself are left out, so
ae and load() do not take the file for a model.

In Python:
  session = onnxruntime.InferenceSession("encoder.onnx")
  (codes,) = session.run(["latent"], {"amount": amounts, "kind": kinds})`,
  );
}

async function run({ terminal }: Context, path: string, options: Options): Promise<void> {
  const { json = false } = options;
  const { partNames } = await import("../model/part.ts");
  const part = oneOf(partNames)(options.part, "--part");
  const output = options.output ?? `${path.replace(/\.onnx$/, "")}.${part}.onnx`;
  requireOther(path, output);
  await requireFolder(output);
  await withModel(path, options, async (model) => {
    const made = await model.part(part);
    await made.save(output);
    if (json) {
      const { inputs, outputs } = made;
      const told = { model: path, part, output, inputs, outputs };
      await terminal.out(`${JSON.stringify(told, null, 2)}\n`);
      return;
    }
    for (const line of wordsOf(made, output)) terminal.say(line);
  });
}

/** The model itself is not to be lost. */
function requireOther(model: string, output: string): void {
  if (resolve(model) !== resolve(output)) return;
  throw inputError("output.folder", {
    place: `-o ${output}`,
    expected: "another file than the model",
    got: "the model itself, which would be lost",
  });
}

function wordsOf(made: ModelPart, output: string): readonly string[] {
  const { part, inputs, outputs } = made;
  const size = formatBytes(made.bytes().byteLength);
  return [
    `${part} written to ${output}, ${size}`,
    ...inputs.map((port) => `  takes  ${portText(port)}`),
    ...outputs.map((port) => `  gives  ${portText(port)}`),
  ];
}

function portText({ name, dtype, shape }: Port): string {
  return `${name}  ${dtype} [${shape.join(", ")}]`;
}
