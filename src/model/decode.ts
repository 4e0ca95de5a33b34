/** Codes, given or drawn, to rows. */
import { inputError } from "../base/errors.ts";
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Labels } from "../data/labels.ts";
import { concatRows } from "../data/rows.ts";
import type { Rows } from "../data/source.ts";
import { featuresOf } from "../losses/layout.ts";
import { chunkRows, requireWhole } from "./chunks.ts";
import { OUTPUTS, reconstructionNames } from "./inference.ts";
import { labelRows } from "./labels.ts";
import { plausible } from "./plausible.ts";
import { drawCodes, drawLabels } from "./prior.ts";
import type { Runner } from "./runner.ts";
import { drawRows } from "./sampling.ts";
import type { GenerateOptions } from "./verb-options.ts";

/** Codes → rows in raw units. */
export async function decode(
  { file, preprocessing, run }: Runner,
  codes: Matrix,
  labels?: Labels,
): Promise<Rows> {
  const { info } = file;
  if (codes.columns !== info.latent) {
    throw inputError("model.latent", {
      place: "codes",
      expected: `${info.latent} columns, the size of the latent`,
      got: String(codes.columns),
    });
  }
  requireWhole("rows of codes", codes.rows, 1);
  if (codes.data.length !== codes.rows * codes.columns) {
    throw inputError("model.latent", {
      place: "codes",
      expected: `${codes.rows} × ${codes.columns} numbers`,
      got: String(codes.data.length),
    });
  }
  const hot = labelRows(info, labels, codes.rows);
  const names = reconstructionNames(file);
  const parts: Rows[] = [];
  const most = chunkRows(featuresOf(preprocessing.layout));
  for (let row = 0; row < codes.rows; row += most) {
    const rows = Math.min(most, codes.rows - row);
    const data = codes.data.slice(row * codes.columns, (row + rows) * codes.columns);
    const out = await run(
      {
        [OUTPUTS.latent]: tensor("float32", data, [rows, codes.columns]),
        ...(hot === undefined ? {} : { [OUTPUTS.label]: sliceOf(hot, row, rows) }),
      },
      names,
    );
    parts.push(preprocessing.rows(out, rows));
  }
  return concatRows(parts);
}

/** New rows in raw units. */
export async function generate(
  runner: Runner,
  count: number,
  { seed = 0, temperature = 1, from, label, signal }: GenerateOptions = {},
): Promise<Rows> {
  requireWhole("count of samples", count, 1);
  requireWhole("seed", seed, 0);
  if (from !== undefined && from !== "prior" && from !== "mixture") {
    throw inputError("options.invalid", {
      place: "from",
      expected: "prior or mixture",
      got: String(from),
    });
  }
  if (!(temperature >= 0 && temperature < Infinity)) {
    throw inputError("options.invalid", {
      place: "temperature",
      expected: "a number from 0, with 1 as trained",
      got: String(temperature),
    });
  }
  signal?.throwIfAborted();
  const { file } = runner;
  const labels = drawLabels(file.info, count, { seed, temperature, label });
  const codes = drawCodes(file, count, { seed, temperature, from, labels });
  const drawn = await drawRows(runner, codes, {
    seed,
    temperature,
    labels,
    signal,
  });
  const rows = drawn ?? (await decode(runner, codes, labels));
  return plausible(rows, file.info.schema);
}

/** Rows `first` to `first + count` of a matrix. */
function sliceOf({ data, shape }: Tensor<"float32">, first: number, count: number): Tensor {
  const columns = shape[1] as number;
  return tensor("float32", data.slice(first * columns, (first + count) * columns), [
    count,
    columns,
  ]);
}
