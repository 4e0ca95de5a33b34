/** A fitted model: its file's graph, cut where a verb needs it, run a chunk at a time. */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { inputError } from "../base/errors.ts";
import { alarmsOf } from "../detect/calibration.ts";
import type { Labels } from "../data/labels.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { preprocessingOf } from "../data/preprocessings.ts";
import { concatRows } from "../data/rows.ts";
import type { Rows, SeriesWindows } from "../data/source.ts";
import { featuresOf } from "../losses/layout.ts";
import { extractModel } from "../onnx/extract.ts";
import { modelParts, writeModel } from "../onnx/write.ts";
import type { Engine, Fetches, Session } from "../runtime/engine.ts";
import { createEngine } from "../runtime/node.ts";
import { blameFrom } from "./blame.ts";
import type { Chunk, ChunkOptions } from "./chunks.ts";
import {
  COMPARED_ROWS,
  blockRows,
  chunkRows,
  chunksOf,
  explainedNumbers,
  explainedRows,
  requireWhole,
} from "./chunks.ts";
import type { ModelFile } from "./file.ts";
import { writeFileSafely } from "./file.ts";
import { EXPECTED, OUTPUTS, RECONSTRUCTION, asReconstruction, isOf } from "./inference.ts";
import { predict } from "./predict.ts";
import type { MeasuredBatch } from "./recalibrate.ts";
import { plausible } from "./plausible.ts";
import { drawCodes, drawLabels, originsOf } from "./prior.ts";
import { labelRows } from "./labels.ts";
import { overlapped } from "./overlap.ts";
import type { WindowBatch } from "./score-points.ts";
import { foldedRows, pointScores, requireSeries } from "./score-points.ts";
import { drawRows } from "./sampling.ts";
import type {
  Data,
  DenoiseOptions,
  Denoised,
  GenerateOptions,
  Generative,
  Model,
  ScoreOptions,
  Scores,
  VerbOptions,
} from "./types.ts";

/** What verbs outside this file work with. */
export interface Inner {
  readonly file: ModelFile;
  readonly name: string;
  readonly preprocessing: Preprocessing;
  engine(): Engine;
  chunks(data: Data, options: ChunkOptions): AsyncIterable<Chunk>;
}

/**
 * Parameters up to which several threads in one operator cost more than they help, where each
 * parameter is used once a row.
 */
const LIGHT_PARAMETERS = 2 ** 15;
/** Rows that go through such a network together: what lies between stays in the cache. */
const LIGHT_ROWS = 2048;

export function fittedModel(
  file: ModelFile,
  name: string,
  options: { readonly threads?: number; readonly engine?: Engine } = {},
): Model & Partial<Generative> {
  const { model, info, calibration } = file;
  const preprocessing = preprocessingOf(info.schema);
  const features = featuresOf(preprocessing.layout);

  const outputNames = model.graph.outputs.map((value) => value.name);
  const reconstructionNames = outputNames.filter((output) => isOf(RECONSTRUCTION, output));
  const expectedNames = outputNames.filter((output) => isOf(EXPECTED, output));
  const inputNames = model.graph.inputs.map((value) => value.name);
  const light =
    options.threads === undefined &&
    preprocessing.layout.shape.length === 1 &&
    info.parameters <= LIGHT_PARAMETERS;
  let { engine } = options;
  const sessions = new Map<string, Promise<Session>>();

  const inner: Inner = {
    file,
    name,
    preprocessing,
    engine: () => (engine ??= createEngine(options)),
    chunks: (data, verb) => chunksOf(preprocessing, info, data, verb),
  };

  /** The graph from `inputs` to `outputs` alone, opened once. */
  function sessionFor(inputs: readonly string[], outputs: readonly string[]): Promise<Session> {
    const key = [...inputs, "→", ...outputs].join("\n");
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const cut = writeModel(extractModel(model, [...inputs], [...outputs]));
    const opened = inner.engine().open(cut, { transfer: true, ...(light ? { threads: 1 } : {}) });
    // Looked at where it is used; it may have been opened ahead of that.
    opened.catch(() => {});
    sessions.set(key, opened);
    return opened;
  }

  async function run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
    { transfer = false }: { readonly transfer?: boolean } = {},
  ): Promise<Fetches> {
    const session = await sessionFor(Object.keys(feeds), outputs);
    const block = outputs.includes(OUTPUTS.parts)
      ? blockRows(explainedNumbers(features))
      : outputs.includes(OUTPUTS.score)
        ? COMPARED_ROWS
        : light
          ? LIGHT_ROWS
          : undefined;
    return session.run(feeds, {
      fetch: outputs,
      transfer,
      ...(block === undefined ? {} : { block }),
    });
  }

  /** Runs chunk after chunk, each while the next is read and the last one is used. */
  function runAll<T>(
    data: Data,
    verb: VerbOptions,
    outputs: readonly string[],
    { own, make }: { own: boolean; make: (out: Fetches, rows: Rows, count: number) => T },
  ): AsyncIterable<T> {
    // Opening takes longest at first: it need not wait for the data.
    void sessionFor(inputNames, outputs);
    return overlapped(inner.chunks(data, { ...verb, own }), async ({ feeds, rows }) => {
      const { rows: count } = rows;
      return make(await run(feeds, outputs, { transfer: own }), rows, count);
    });
  }

  async function* encodeBatches(data: Data, verb: VerbOptions = {}): AsyncIterable<Matrix> {
    yield* runAll(data, verb, [OUTPUTS.latent], {
      own: true,
      make: ({ latent }) => matrixFrom(latent as Tensor<"float32">),
    });
  }

  async function* reconstructBatches(data: Data, verb: VerbOptions = {}): AsyncIterable<Rows> {
    yield* runAll(data, verb, reconstructionNames, {
      own: true,
      make: (out, _, count) => preprocessing.rows(out, count),
    });
  }

  async function* denoiseBatches(data: Data, verb: DenoiseOptions = {}): AsyncIterable<Denoised> {
    const denoise = await import("./denoise.ts");
    yield* denoise.denoiseBatches(inner, sessions, data, verb);
  }

  async function* scoreBatches(data: Data, verb: ScoreOptions = {}): AsyncIterable<Scores> {
    const { explain = 0, by = "distance" } = verb;
    requireWhole("explain, the number of shares", explain, 0);
    const output = by === "reconstruction" ? OUTPUTS.reconstruction : OUTPUTS.score;
    const judged = by === "distance" && preprocessing.kind !== "series";
    const scoresOf = (out: Fetches): Scores => {
      const scores = (out[output] as Tensor<"float32">).data;
      return judged ? { scores, ...alarmsOf(scores, calibration, info.alarms) } : { scores };
    };
    if (explain === 0) {
      yield* runAll(data, verb, [output], {
        own: true,
        make: scoresOf,
      });
      return;
    }
    const shares = by === "reconstruction" ? OUTPUTS.reconstructionParts : OUTPUTS.parts;
    const names = judged ? expectedNames : reconstructionNames;
    yield* runAll(data, explained(verb), [output, shares, ...names], {
      // What the rows hold is shown beside what was expected.
      own: false,
      make: (out, rows, count): Scores => ({
        ...scoresOf(out),
        blame: blameFrom(
          preprocessing,
          out[shares] as Tensor<"float32">,
          rows,
          preprocessing.rows(judged ? asReconstruction(out) : out, count),
          explain,
        ),
      }),
    });
  }

  /** Windows with all parts of their scores. */
  async function* windowBatches(data: Data, verb: VerbOptions): AsyncIterable<WindowBatch> {
    yield* runAll(data, explained(verb), [OUTPUTS.score, OUTPUTS.parts], {
      own: true,
      make: ({ score, parts }, rows) => ({
        rows: rows as SeriesWindows,
        scores: (score as Tensor<"float32">).data,
        parts: (parts as Tensor<"float32">).data,
      }),
    });
  }

  /** By the rule and by the family's own loss, of series with all that points need. */
  async function* bothScores(data: Data, verb: VerbOptions): AsyncIterable<MeasuredBatch> {
    const places = preprocessing.kind === "series" ? [OUTPUTS.parts] : [];
    const wide = places.length > 0 ? explained(verb) : verb;
    yield* runAll(data, wide, [OUTPUTS.score, OUTPUTS.reconstruction, ...places], {
      own: true,
      make: (out, rows) => ({
        rows,
        scores: (out[OUTPUTS.score] as Tensor<"float32">).data,
        reconstruction: (out[OUTPUTS.reconstruction] as Tensor<"float32">).data,
        parts: (out[OUTPUTS.parts] as Tensor<"float32"> | undefined)?.data,
      }),
    });
  }

  /** Explained scores take more memory a row. */
  function explained(verb: VerbOptions): VerbOptions {
    return { chunk: explainedRows(features), ...verb };
  }

  async function decode(
    codes: Matrix,
    { labels }: { readonly labels?: Labels } = {},
  ): Promise<Rows> {
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
    const parts: Rows[] = [];
    const most = chunkRows(features);
    for (let row = 0; row < codes.rows; row += most) {
      const rows = Math.min(most, codes.rows - row);
      const data = codes.data.slice(row * codes.columns, (row + rows) * codes.columns);
      const out = await run(
        {
          [OUTPUTS.latent]: tensor("float32", data, [rows, codes.columns]),
          ...(hot === undefined ? {} : { [OUTPUTS.label]: sliceOf(hot, row, rows) }),
        },
        reconstructionNames,
      );
      parts.push(preprocessing.rows(out, rows));
    }
    return concatRows(parts);
  }

  async function generate(
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
    const codes = drawCodes(file, count, { seed, temperature, from });
    const labels = drawLabels(info, count, { seed, temperature, label });
    const drawn = await drawRows(inner, sessions, codes, { seed, temperature, labels, signal });
    const rows = drawn ?? (await decode(codes, labels === undefined ? {} : { labels }));
    return plausible(rows, info.schema);
  }

  async function classesOf({ feeds }: Chunk): Promise<Tensor<"float32">> {
    const { classes } = await run(feeds, [OUTPUTS.classes]);
    return classes as Tensor<"float32">;
  }

  const result: Model & Partial<Generative> = {
    info,
    calibration,
    encodeBatches,
    encode: async (data, verb) =>
      joinMatrices(await gathered(encodeBatches(data, verb)), info.latent),
    reconstructBatches,
    reconstruct: async (data, verb) => concatRows(await gathered(reconstructBatches(data, verb))),
    scoreBatches,
    score: async (data, verb) => joinScores(await gathered(scoreBatches(data, verb))),
    scorePoints: async (data, verb = {}) => {
      const source = requireSeries(data);
      const found = await pointScores(source, windowBatches(source, verb));
      return { ...found, ...alarmsOf(found.scores, calibration, info.alarms) };
    },
    recalibrate: async (data, rule, verb = {}) => {
      const { recalibratedFile } = await import("./recalibrate.ts");
      const changed = await recalibratedFile(file, data, rule, (rows) => bothScores(rows, verb));
      // An engine of its own: either model may be closed before the other.
      return fittedModel(
        changed,
        name,
        options.threads === undefined ? {} : { threads: options.threads },
      );
    },
    heatmap: async (data, verb = {}) => {
      const { heatOf } = await import("./heatmap.ts");
      return heatOf(file, () =>
        runAll(data, verb, reconstructionNames, {
          own: false,
          make: ({ reconstruction }, rows) => ({
            rows,
            shown: reconstruction as Tensor<"float32">,
          }),
        }),
      );
    },
    reconstructPoints: async (data, verb) => {
      const source = requireSeries(data);
      return foldedRows(source, reconstructBatches(source, verb) as AsyncIterable<SeriesWindows>);
    },
    denoiseBatches,
    denoise: async (data, verb) => {
      const { joinDenoised } = await import("./denoise.ts");
      return joinDenoised(await gathered(denoiseBatches(data, verb)), concatRows);
    },
    denoisePoints: async (data, verb = {}) => {
      const { denoisePoints } = await import("./denoise.ts");
      return denoisePoints(inner, sessions, data, verb);
    },
    decode,
    evaluate: async (data, verb = {}) => {
      const { evaluateModel } = await import("./evaluate.ts");
      return evaluateModel(inner, result, data, verb);
    },
    map: async (data, verb = {}) => {
      const { mapOf } = await import("./map.ts");
      return mapOf(inner, result, data, verb);
    },
    dimensions: async (data, verb = {}) => {
      const { dimensionsOf } = await import("./dimensions.ts");
      return dimensionsOf(inner, data, verb);
    },
    report: async (data, verb = {}) => {
      const { reportOn } = await import("./report.ts");
      return reportOn(inner, result, data, verb);
    },
    bytes: () => writeModel(model),
    save: (path) => writeFileSafely(path, modelParts(model)),
    close: async () => {
      sessions.clear();
      await engine?.close();
      engine = undefined;
    },
    origins: originsOf(file),
    generate,
    interpolate: async (a, b, verb = {}) => {
      const { interpolated } = await import("./interpolate.ts");
      return interpolated(result, a, b, verb);
    },
    traverse: async (data, verb = {}) => {
      const { traversed } = await import("./traverse.ts");
      return traversed(file, result, data, verb);
    },
    ...(model.graph.outputs.some(({ name: output }) => output === OUTPUTS.classes)
      ? {
          predict: (data: Data, verb: VerbOptions = {}) =>
            predict(info, inner.chunks(data, verb), classesOf),
        }
      : {}),
  };
  return result;
}

/** Rows `first` to `first + count` of a matrix. */
function sliceOf({ data, shape }: Tensor<"float32">, first: number, count: number): Tensor {
  const columns = shape[1] as number;
  return tensor("float32", data.slice(first * columns, (first + count) * columns), [
    count,
    columns,
  ]);
}

async function gathered<T>(parts: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

function matrixFrom({ data, shape }: Tensor<"float32">): Matrix {
  return { data, rows: shape[0] as number, columns: shape[1] as number };
}

function joinMatrices(parts: readonly Matrix[], columns: number): Matrix {
  return {
    columns,
    rows: parts.reduce((n, { rows }) => n + rows, 0),
    data: joinFloats(parts.map(({ data }) => data)),
  };
}

function joinScores(parts: readonly Scores[]): Scores {
  const scores = joinFloats(parts.map((part) => part.scores));
  const [first] = parts;
  return {
    scores,
    ...(first?.pValues === undefined
      ? {}
      : {
          pValues: joined(new Float64Array(scores.length), parts, ({ pValues }) => pValues),
          alarms: joined(new Uint8Array(scores.length), parts, ({ alarms }) => alarms),
        }),
    ...(first?.blame === undefined ? {} : { blame: parts.flatMap(({ blame }) => blame ?? []) }),
  };
}

function joinFloats(parts: readonly Float32Array[]): Float32Array {
  const size = parts.reduce((n, part) => n + part.length, 0);
  return joined(new Float32Array(size), parts, (part) => part);
}

function joined<T, A extends Float32Array | Float64Array | Uint8Array>(
  all: A,
  parts: readonly T[],
  of: (part: T) => A | undefined,
): A {
  let at = 0;
  for (const part of parts) {
    const some = of(part);
    if (some === undefined) continue;
    all.set(some, at);
    at += some.length;
  }
  return all;
}
