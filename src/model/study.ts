/** What an evaluation asks of a fitted model beyond the one pass: codes of some rows, new rows. */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { concatRows } from "../data/rows.ts";
import type { Rows, Source } from "../data/source.ts";
import { blockRows } from "../evaluate/blocks.ts";
import type { Contender } from "../evaluate/contenders.ts";
import { rawContender } from "../evaluate/contenders.ts";
import type { ContenderName, Study } from "../evaluate/metrics/metric.ts";
import { codesProgram } from "../evaluate/program.ts";
import { exportModel } from "../graph/export.ts";
import { input } from "../graph/value.ts";
import { featuresOf } from "../losses/layout.ts";
import { writeModel } from "../onnx/write.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Network } from "../train/network.ts";
import { partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";
import { pickSource } from "./companions.ts";
import type { Inner } from "./runner.ts";
import type { Generative } from "./types.ts";

const SAMPLE_SEED = 0;

/** The codes of some rows by every contender. */
export function codesOf(
  engine: ReturnType<Inner["engine"]>,
  network: Network,
  contenders: readonly Contender[],
  blocks: (rows: Source) => ReturnType<Inner["chunks"]>,
  signal: AbortSignal | undefined,
): Study["codes"] {
  return async (source, rows, { raw = false } = {}) => {
    const asked = raw ? [...contenders, rawContender(network.preprocessing.layout)] : contenders;
    const session = await engine.open(writeModel(codesProgram(network, asked)));
    const found = new Map<ContenderName, Matrix>(
      asked.map(({ name, latent }) => [
        name,
        { rows: rows.length, columns: latent, data: new Float32Array(rows.length * latent) },
      ]),
    );
    try {
      for await (const { first, feeds } of blocks(await pickSource(source, rows, signal))) {
        const out = await session.run(feeds);
        for (const [name, { data, columns }] of found)
          data.set((out[name] as Tensor<"float32">).data, first * columns);
      }
    } finally {
      await session.release();
    }
    return found;
  };
}

/** New rows of the model, and of the untrained network where its codes need no fitting. */
export async function newRows(
  inner: Inner,
  network: Network,
  untrained: Weights,
  { generate }: Partial<Generative>,
  count: number,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<ContenderName, Rows>> {
  const found = new Map<ContenderName, Rows>();
  if (generate === undefined) return found;
  const seed = { seed: SAMPLE_SEED, ...(signal === undefined ? {} : { signal }) };
  found.set("model", await generate(count, seed));
  if (network.label === undefined && network.family.prior !== "mixture")
    found.set("untrained", await untrainedRows(inner, network, untrained, count));
  return found;
}

async function untrainedRows(
  inner: Inner,
  network: Network,
  untrained: Weights,
  count: number,
): Promise<Rows> {
  const { preprocessing } = inner;
  const codes = input("latent", "float32", ["batch", network.latent]);
  const shown = network.family.decode(partsIn(weightedScope(untrained), network), codes);
  const program = exportModel({
    name: "untrained",
    inputs: [codes],
    outputs: preprocessing.outputs(shown),
  });
  const session = await inner.engine().open(writeModel(program));
  const drawn = normals(keyAt(SAMPLE_SEED, 0), count, network.latent);
  const block = blockRows(featuresOf(preprocessing.layout));
  const parts: Rows[] = [];
  try {
    for (let row = 0; row < count; row += block) {
      const rows = Math.min(block, count - row);
      const some = drawn.slice(row * network.latent, (row + rows) * network.latent);
      const out = await session.run({ latent: tensor("float32", some, [rows, network.latent]) });
      parts.push(preprocessing.rows(out, rows));
    }
  } finally {
    await session.release();
  }
  return concatRows(parts);
}
