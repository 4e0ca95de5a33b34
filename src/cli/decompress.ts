/** `ae decompress`: the data of a compressed file, or some of its rows. */
import type { Command } from "commander";
import { inputError } from "../base/errors.ts";
import { formatCount } from "../report/format.ts";
import type { Context } from "./context.ts";
import { addExamples } from "./model-verb.ts";
import { openSink, requireFolder } from "./outputs.ts";
import { pour } from "./pour.ts";

interface Options {
  readonly output?: string;
  readonly rows?: string;
  readonly model?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument("<file>", "a file made by ae compress")
    .option(
      "-o, --output <file>",
      "arrays: .npy, .f32, .f64 or .u8; tables: .csv .tsv .parquet .ndjson .json (default: CSV on standard output); images: .npy, a folder/ of .png, or .png for a sheet",
    )
    .option(
      "--rows <a:b>",
      "only rows from a, counted from 0, to before b: other blocks are not read",
    )
    .option("--model <file>", "the model, where it does not come along")
    .option("--json", "rows as JSON on standard output; with -o, a summary")
    .action((file: string, options: Options) => run(context, file, options));
  addExamples(command, [
    "ae decompress field.aez -o field.npy",
    "ae decompress field.aez --rows 100:200 -o part.npy",
    "ae decompress payments.aez -o payments.csv",
    "ae decompress weather.aez --model weather.onnx -o weather.npy",
  ]);
}

async function run(
  { terminal, signal }: Context,
  path: string,
  { output, rows, model, json = false }: Options,
): Promise<void> {
  const range = rows === undefined ? undefined : rowsOf(rows);
  if (output !== undefined && !/[/\\]$/.test(output)) {
    // A folder is written to by images alone; whoever opens it says so.
    if (/\.\w+$/.test(output)) await requireFolder(output);
  }
  const { openCompressed } = await import("../uses/compression/open.ts");
  const { keepsType, restoredRows, writeArray } = await import("../uses/compression/decompress.ts");
  const file = await openCompressed(path, model === undefined ? {} : { model });
  try {
    const { info } = file;
    const picked = range === undefined ? {} : { rows: rangeIn(range, info.rows) };
    const asked = { ...picked, signal };
    const count = picked.rows === undefined ? info.rows : picked.rows[1] - picked.rows[0];
    if (output !== undefined && keepsType(file, output)) {
      await writeArray(file, output, {
        ...asked,
        onProgress: (done, of) =>
          terminal.status(`decompressing  ${Math.floor((100 * done) / Math.max(1, of))}%`),
      });
      terminal.status("");
    } else {
      const sink = await openSink(output, { terminal, json, kind: info.kind, rows: count });
      await pour(restoredRows(file, asked), sink);
    }
    if (output === undefined) return;
    terminal.say(`${formatCount(count, "row")} of ${info.source} written to ${output}`);
    if (json)
      await terminal.out(`${JSON.stringify({ ...info, file: path, rows: count, output })}\n`);
  } finally {
    await file.close();
  }
}

/** `a:b`, either side may be left out. */
function rowsOf(text: string): readonly [number, number | undefined] {
  const [, from = "", to = ""] = /^(\d*):(\d*)$/.exec(text.trim()) ?? [];
  if (from === "" && to === "") {
    throw inputError("options.invalid", {
      place: "--rows",
      expected: "a:b, as 0:100 for the first hundred rows",
      got: text,
      hint: "the first counts from 0, the last is not included; 100: is all from row 100",
    });
  }
  return [Number(from), to === "" ? undefined : Number(to)];
}

function rangeIn(
  [from, to]: readonly [number, number | undefined],
  rows: number,
): readonly [number, number] {
  const end = to ?? rows;
  if (from <= end && end <= rows) return [from, end];
  throw inputError("compressed.rows", {
    place: "--rows",
    expected: `rows within 0:${rows}`,
    got: `${from}:${end}`,
    hint: "the first counts from 0, the last is not included",
  });
}
