/** One evaluation: a pass over the rows for all contenders, then what takes all rows at once. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { writeModel } from "../onnx/write.ts";
import { keyAt } from "../random/bits.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import type { Contender } from "./contenders.ts";
import { metricGroups } from "./metrics/index.ts";
import type { ContenderName, Figures, Study, Sums, Totals } from "./metrics/metric.ts";
import { addSums, evaluationProgram } from "./program.ts";

/** The draws of an evaluation are fixed: the same model and data give the same figures. */
const EVALUATION_SEED = 0xe7a1;

/** Rows as feeds of a program over raw data. */
export interface Block {
  /** Of the first row, counted from 0. */
  readonly first: number;
  readonly rows: { readonly rows: number };
  readonly feeds: Readonly<Record<string, Tensor>>;
}

export interface Measured {
  readonly rows: number;
  readonly figures: ReadonlyMap<ContenderName, Figures>;
  readonly dimensions: Readonly<Record<string, readonly number[]>>;
}

/** @param contenders the model first */
export async function measureAll(
  engine: Engine,
  network: Network,
  contenders: readonly Contender[],
  blocks: AsyncIterable<Block>,
  study: Study,
): Promise<Measured> {
  const { request } = study;
  const program = evaluationProgram(network, contenders, request);
  const { rows, sums } = await summed(engine, writeModel(program), blocks);
  const figures = new Map<ContenderName, Record<string, number>>();
  const dimensions: Record<string, readonly number[]> = {};
  for (const { name, latent, family } of contenders) {
    const totals: Totals = {
      rows,
      latent,
      sums: sums[name] ?? {},
      layout: network.preprocessing.layout,
      ...(family === undefined ? {} : { family }),
    };
    const found: Record<string, number> = {};
    for (const group of metricGroups) {
      Object.assign(found, group.figures?.(totals, request));
      if (name === "model") Object.assign(dimensions, group.dimensions?.(totals));
    }
    figures.set(name, found);
  }
  for (const group of metricGroups) {
    for (const [name, more] of (await group.conclude?.(study)) ?? []) {
      figures.set(name, { ...figures.get(name), ...more });
    }
  }
  return { rows, figures: comparable(figures), dimensions };
}

async function summed(
  engine: Engine,
  program: Uint8Array,
  blocks: AsyncIterable<Block>,
): Promise<{ readonly rows: number; readonly sums: Readonly<Record<string, Sums>> }> {
  const session = await engine.open(program);
  const sums: Record<string, Record<string, number[]>> = {};
  let count = 0;
  try {
    for await (const { first, rows, feeds } of blocks) {
      const key = keyAt(EVALUATION_SEED, first);
      const out = await session.run({
        ...feeds,
        key: tensor("uint32", Uint32Array.of(key.first, key.second), [2]),
      });
      addSums(sums, out);
      count += rows.rows;
    }
  } finally {
    await session.release();
  }
  return { rows: count, sums };
}

/** In the order of the metrics; of the controls what the model has too. */
function comparable(all: ReadonlyMap<ContenderName, Figures>): ReadonlyMap<ContenderName, Figures> {
  const order = metricGroups.flatMap(({ metrics }) => Object.keys(metrics));
  const own = all.get("model") ?? {};
  const place = (name: string): number => {
    const at = order.indexOf(name);
    // Terms that no metric is named after stand where the loss does.
    return at < 0 ? order.indexOf("kl") + 0.5 : at;
  };
  const names = Object.keys(own)
    .filter((name) => Number.isFinite(own[name]))
    .toSorted((a, b) => place(a) - place(b));
  return new Map(
    [...all].map(([contender, figures]) => [
      contender,
      Object.fromEntries(
        names.flatMap((name) => {
          const value = figures[name];
          return value === undefined || !Number.isFinite(value) ? [] : [[name, value] as const];
        }),
      ),
    ]),
  );
}
