/** A map: two numbers a row, to look at. The latent itself where it has two, else UMAP of it. */
import { inputError } from "../base/errors.ts";
import type { Matrix, Tensor } from "../base/tensor.ts";
import { collect } from "../data/memory.ts";
import { sliceRows } from "../data/rows.ts";
import type { Source } from "../data/source.ts";
import { blockRows } from "../evaluate/blocks.ts";
import { pcaCodes } from "../evaluate/contenders.ts";
import { LEAST_ROWS, comparableRows, neighboursKept } from "../evaluate/metrics/kept-neighbours.ts";
import { exportModel } from "../graph/export.ts";
import { featuresOf } from "../losses/layout.ts";
import { writeModel } from "../onnx/write.ts";
import { flatten } from "../ops/index.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import { pickSource } from "./companions.ts";
import { shortName, sourceOf } from "./data.ts";
import type { Inner } from "./runner.ts";
import { placer } from "./place.ts";
import type { Data, LatentMap, MapOptions, Model } from "./types.ts";

/** More take UMAP longer than a person waits, and fill the picture. */
const MOST_ROWS = 3000;
const MAP_SITE = 0x3a9;

/** @throws `options.invalid`, and what reading the data throws */
export async function mapOf(
  inner: Inner,
  model: Pick<Model, "encode" | "encodeBatches" | "score" | "info">,
  data: Data,
  { seed = 0, limit = MOST_ROWS, onArrange, onProgress, ...verb }: MapOptions,
): Promise<LatentMap> {
  requireWhole("seed", seed, 0);
  requireWhole("limit, the rows to arrange", limit, 1);
  const { signal } = verb;
  const { latent, scores } = model.info;
  const source = sourceOf(data);
  const order = permutation(atSite(keyAt(seed, 0), MAP_SITE), source.rows).slice(0, limit);
  const sample = await pickSource(source, order, signal);
  const codes = await model.encode(sample, verb);
  // UMAP and the plots take longer to load than the rest of the package together.
  const { latentMap } = await import("../report/latent-map.ts");
  const { x, y, rows, method } = await latentMap(codes.data, codes.rows, latent, {
    seed,
    limit: codes.rows,
    ...(signal === undefined ? {} : { signal }),
    ...(onArrange === undefined ? {} : { onStep: onArrange }),
  });
  const how = latent <= 2 ? "latent" : method.startsWith("UMAP") ? "umap" : "pca";
  const positions = interleaved(x, y);
  const place =
    how === "latent" ? itself : placer(() => inner.engine(), rowsOf(codes, rows), positions);
  const points = await placeAll(model, source, place, {
    ...verb,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const trustworthiness =
    latent === 1 ? undefined : await trustOf(inner, sample, rows.toSorted(), points, order);
  const shown = rows.map((at) => order[at] as number);
  const map: LatentMap = {
    points,
    how,
    shown,
    ...(trustworthiness === undefined ? {} : { trustworthiness }),
    notes: notesOf(how, model.info.latent, shown.length, source.rows, trustworthiness),
    place,
    picture: async ({ format = "svg" } = {}) => {
      const { mapPng, mapSvg } = await import("../report/map-picture.ts");
      const labels = await sample.labels?.();
      const svg = mapSvg({
        title: `Map of ${shortName(source.name)}`,
        // Spread sideways at random, where there is one dimension alone.
        x,
        y,
        strip: latent === 1,
        method,
        colour:
          labels === undefined
            ? {
                by: "score",
                unit: scores.unit,
                quantiles: scores.quantiles,
                values: pick((await model.score(sample, verb)).scores, rows),
              }
            : {
                by: "label",
                name: shortName(source.label ?? "label"),
                values: Array.from(rows, (at) => labels[at] ?? null),
              },
        notes: map.notes,
      });
      return format === "png" ? mapPng(svg) : new TextEncoder().encode(svg);
    },
  };
  return map;
}

type Place = LatentMap["place"];

const itself: Place = (codes) =>
  Promise.resolve(
    codes.columns === 2 ? codes : interleaved(codes.data, new Float32Array(codes.rows)),
  );

function interleaved(x: Float32Array, y: Float32Array): Matrix {
  const data = new Float32Array(2 * x.length);
  for (const [i, value] of x.entries()) data.set([value, y[i] as number], 2 * i);
  return { data, rows: x.length, columns: 2 };
}

function pick(values: Float32Array, rows: Int32Array): Float32Array {
  return Float32Array.from(rows, (row) => values[row] as number);
}

function rowsOf({ data, columns }: Matrix, rows: Int32Array): Matrix {
  const some = new Float32Array(rows.length * columns);
  for (const [i, row] of rows.entries())
    some.set(data.subarray(row * columns, (row + 1) * columns), i * columns);
  return { data: some, rows: rows.length, columns };
}

async function placeAll(
  model: Pick<Model, "encodeBatches">,
  source: Source,
  place: Place,
  verb: MapOptions,
): Promise<Matrix> {
  const data = new Float32Array(2 * source.rows);
  let row = 0;
  for await (const codes of model.encodeBatches(source, verb)) {
    data.set((await place(codes)).data, 2 * row);
    row += codes.rows;
  }
  return { data, rows: source.rows, columns: 2 };
}

/** How well the map, and the plane of PCA beside it, keep the neighbours of the features. */
async function trustOf(
  inner: Inner,
  sample: Source,
  rows: Int32Array,
  points: Matrix,
  order: Int32Array,
): Promise<LatentMap["trustworthiness"]> {
  const features = featuresOf(inner.preprocessing.layout);
  const compared = rows.slice(0, comparableRows(features));
  if (compared.length < LEAST_ROWS) return undefined;
  const { x, plane } = await featuresFrom(inner, sample, compared.at(-1) as number);
  const views = [
    rowsOf(
      points,
      compared.map((at) => order[at] as number),
    ),
    ...(plane === undefined ? [] : [rowsOf(plane, compared)]),
  ];
  const [map, pca] = await neighboursKept(inner.engine(), rowsOf(x, compared), views);
  if (map === undefined) return undefined;
  return {
    map: map.trustworthiness,
    ...(pca === undefined ? {} : { pca: pca.trustworthiness }),
  };
}

/** Features of the rows up to `last`, and where the two leading components of PCA put them. */
async function featuresFrom(
  inner: Inner,
  sample: Source,
  last: number,
): Promise<{ readonly x: Matrix; readonly plane: Matrix | undefined }> {
  const { file, name, preprocessing } = inner;
  const inputs = preprocessing.inputs();
  const { x } = preprocessing.batch(preprocessing.compactFrom(inputs), { complete: false });
  const pca = file.pca !== undefined && file.pca.size >= 2 ? file.pca : undefined;
  const program = exportModel({
    name: "features",
    inputs: Object.values(inputs),
    outputs: { x: flatten(x), ...(pca === undefined ? {} : { plane: pcaCodes(pca, x) }) },
  });
  const features = featuresOf(preprocessing.layout);
  const count = last + 1;
  const found = new Float32Array(count * features);
  const plane = new Float32Array(count * 2);
  const rows = await collect(sample);
  const block = blockRows(features);
  const session = await inner.engine().open(writeModel(program));
  try {
    for (let row = 0; row < count; row += block) {
      const some = sliceRows(rows, row, Math.min(count, row + block));
      const out = await session.run(preprocessing.feeds(some, name, row));
      found.set((out["x"] as Tensor<"float32">).data, row * features);
      if (pca === undefined) continue;
      const { data } = out["plane"] as Tensor<"float32">;
      for (let i = 0; i < some.rows; i += 1)
        plane.set(data.subarray(i * pca.size, i * pca.size + 2), 2 * (row + i));
    }
  } finally {
    await session.release();
  }
  return {
    x: { data: found, rows: count, columns: features },
    plane: pca && { data: plane, rows: count, columns: 2 },
  };
}

function notesOf(
  how: LatentMap["how"],
  latent: number,
  shown: number,
  rows: number,
  trustworthiness: LatentMap["trustworthiness"],
): readonly string[] {
  const count = (n: number): string => n.toLocaleString("en");
  const made = {
    latent: latent === 1 ? "The one number of the code." : "The two numbers of the code.",
    umap: `UMAP of the ${latent} numbers of a code: it keeps neighbourhoods; axes and far distances mean nothing.`,
    pca: `The first two principal components of the ${latent} numbers of a code: too few rows for UMAP.`,
  }[how];
  const placed =
    how === "latent"
      ? `${count(shown)} of ${count(rows)} rows drawn, picked at random.`
      : `${count(shown)} of ${count(rows)} rows arranged and drawn, picked at random; the others lie where their nearest codes lie.`;
  return [
    made,
    ...(shown < rows ? [placed] : []),
    ...(trustworthiness === undefined ? [] : [trustSentence(trustworthiness)]),
  ];
}

/** Closer than this, another seed could turn it. */
const EVEN = 0.005;

function trustSentence({ map, pca }: NonNullable<LatentMap["trustworthiness"]>): string {
  if (pca === undefined) return `Trustworthiness ${map.toFixed(3)}.`;
  const who =
    map > pca + EVEN
      ? "The map keeps neighbours better than the plane of PCA"
      : map < pca - EVEN
        ? "The plane of PCA keeps neighbours better than this map"
        : "The map keeps neighbours as well as the plane of PCA";
  return `${who}: trustworthiness ${map.toFixed(3)} against ${pca.toFixed(3)}.`;
}

function requireWhole(place: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw inputError("options.invalid", {
    place,
    expected: `a whole number from ${least}`,
    got: String(value),
  });
}
