/**
 * New rows against held-out rows, both seen through a fixed encoder: the principal components of
 * the training rows that lie in the model file, or the codes of a model that was named.
 *
 *   frechet: `frechet.ts`; density, coverage: `neighbours.ts`
 *
 * The model's own codes would not do: to a collapsed encoder all rows look alike, and the worst
 * model would have the best figure.
 */
import { tensor } from "../../base/tensor.ts";
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { pickRows } from "../../data/pick.ts";
import { sliceRows } from "../../data/rows.ts";
import type { Rows } from "../../data/source.ts";
import { exportModel } from "../../graph/export.ts";
import { constant } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { flatten, gemm, sub } from "../../ops/index.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import type { Network } from "../../train/network.ts";
import type { Pca } from "../pca.ts";
import { MOST_COLUMNS, frechetDistance } from "./frechet.ts";
import type { ContenderName, Encoder, Figures, MetricGroup, Study } from "./metric.ts";
import { LEAST_ROWS, neighbourhoods } from "./neighbours.ts";

/** Of the note that says in which space. */
export const SAMPLES_COMPARED = "samples were compared with as many rows by";

const MOST_ROWS = 5000;
const ROWS_SITE = 0x5a3;

export const samples: MetricGroup = {
  title: "New samples",
  metrics: {
    frechet: {
      label: "Fréchet distance",
      unit: "",
      better: "lower",
      compare: "ratio",
      help: "between samples and rows as Gaussians; 0 = alike",
    },
    density: {
      label: "Density",
      unit: "",
      better: "higher",
      compare: "difference",
      help: "samples lie where rows lie; real rows have 1",
    },
    coverage: {
      label: "Coverage",
      unit: "",
      better: "higher",
      compare: "difference",
      share: true,
      help: "rows that have a sample near",
    },
  },
  conclude: async (study) => {
    const { source, network } = study;
    if (!network.family.can.generate) return new Map();
    if (source.rows < LEAST_ROWS) {
      study.note(`Samples were not compared with rows: that takes ${LEAST_ROWS} rows.`);
      return new Map();
    }
    const encoder = study.request.encoder ?? componentsEncoder(study);
    if (encoder === undefined) {
      study.note("Samples were not compared with rows: that takes an encoder, by --encoder.");
      return new Map();
    }
    return compare(study, encoder);
  },
};

async function compare(
  study: Study,
  encoder: Encoder,
): Promise<ReadonlyMap<ContenderName, Figures>> {
  const { source } = study;
  const count = Math.min(MOST_ROWS, source.rows);
  const chosen = permutation(atSite(keyAt(0, 0), ROWS_SITE), source.rows).slice(0, count);
  const rows = leading(await encoder.encode(await pickRows(source, chosen)));
  const drawn = [...(await study.generate(count))];
  const clouds: Matrix[] = [];
  for (const [, sample] of drawn) clouds.push(leading(await encoder.encode(sample)));
  const near = await neighbourhoods(study.engine, rows, clouds);
  study.note(`${count.toLocaleString("en")} ${SAMPLES_COMPARED} ${encoder.name}.`);
  return new Map(
    drawn.map(([name], i) => [
      name,
      { frechet: frechetDistance(rows, clouds[i] as Matrix), ...near[i] },
    ]),
  );
}

/** As many of the first columns as can be compared in reasonable time. */
function leading({ data, rows, columns }: Matrix): Matrix {
  if (columns <= MOST_COLUMNS) return { data, rows, columns };
  const kept = new Float32Array(rows * MOST_COLUMNS);
  for (let row = 0; row < rows; row += 1)
    kept.set(data.subarray(row * columns, row * columns + MOST_COLUMNS), row * MOST_COLUMNS);
  return { data: kept, rows, columns: MOST_COLUMNS };
}

/** Rows → their principal components, in the engine. */
function componentsEncoder(study: Study): Encoder | undefined {
  const { pca, engine, network } = study;
  if (pca === undefined) return undefined;
  const size = Math.min(pca.size, MOST_COLUMNS);
  const model = writeModel(componentsProgram(network, pca));
  return {
    name: `the first ${size === 1 ? "principal component" : `${size} principal components`} of the training rows`,
    encode: async (rows: Rows) => {
      const session = await engine.open(model);
      try {
        const data = new Float32Array(rows.rows * pca.size);
        for (let row = 0; row < rows.rows; row += study.blockRows) {
          const some = sliceRows(rows, row, Math.min(rows.rows, row + study.blockRows));
          const out = await session.run(network.preprocessing.feeds(some, "the samples", row));
          data.set((out["codes"] as Tensor<"float32">).data, row * pca.size);
        }
        return { rows: rows.rows, columns: pca.size, data };
      } finally {
        await session.release();
      }
    },
  };
}

function componentsProgram({ preprocessing }: Network, { mean, components, size }: Pca) {
  const inputs = preprocessing.inputs();
  const { x } = preprocessing.batch(preprocessing.compactFrom(inputs), { complete: false });
  const basis = constant(tensor("float32", components, [mean.length, size]));
  return exportModel({
    name: "components",
    inputs: Object.values(inputs),
    outputs: { codes: gemm(sub(flatten(x), constant(tensor("float32", mean))), basis) },
  });
}
