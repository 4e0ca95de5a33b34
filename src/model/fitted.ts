/** A fitted model: its file's graph, cut where a verb needs it, run a chunk at a time. */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { inputError } from "../base/errors.ts";
import type { Labels } from "../data/labels.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { preprocessingOf } from "../data/preprocessings.ts";
import { concatRows } from "../data/rows.ts";
import type { Rows } from "../data/source.ts";
import { featuresOf } from "../losses/layout.ts";
import { extractModel } from "../onnx/extract.ts";
import { writeModel } from "../onnx/write.ts";
import type { Engine, Fetches, Session } from "../runtime/engine.ts";
import { createEngine } from "../runtime/node.ts";
import { blameFrom } from "./blame.ts";
import { sourceOf } from "./data.ts";
import { evaluateModel } from "./evaluate.ts";
import type { ModelFile } from "./file.ts";
import { writeFileSafely } from "./file.ts";
import { OUTPUTS } from "./inference.ts";
import { predict } from "./predict.ts";
import { drawCodes, drawLabels } from "./prior.ts";
import { labelRows, labelsOf } from "./labels.ts";
import { reportOn } from "./report.ts";
import { drawRows } from "./sampling.ts";
import type { Data, GenerateOptions, Generative, Model, Scores, VerbOptions } from "./types.ts";

/** What verbs outside this file work with. */
export interface Inner {
  readonly file: ModelFile;
  readonly name: string;
  readonly preprocessing: Preprocessing;
  engine(): Engine;
  chunks(data: Data, options: VerbOptions): AsyncIterable<Chunk>;
}

export interface Chunk {
  readonly rows: Rows;
  /** Of the first row, counted from 0. */
  readonly first: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** Numbers a chunk may hold after preprocessing: 16 MB. */
const CHUNK_NUMBERS = 2 ** 22;
const CHUNK_ROWS = 8192;

export function fittedModel(
  file: ModelFile,
  name: string,
  options: { readonly threads?: number; readonly engine?: Engine } = {},
): Model & Partial<Generative> {
  const { model, info } = file;
  const preprocessing = preprocessingOf(info.schema);
  const features = featuresOf(preprocessing.layout);

  const reconstructionNames = model.graph.outputs
    .map((value) => value.name)
    .filter((output) => !Object.values<string>(OUTPUTS).includes(output));
  let { engine } = options;
  const sessions = new Map<string, Promise<Session>>();

  const inner: Inner = {
    file,
    name,
    preprocessing,
    engine: () => (engine ??= createEngine(options)),
    chunks: async function* chunks(data, { chunk, signal, onProgress }) {
      const source = sourceOf(data);
      const labels = await labelsOf(source, info);
      if (chunk !== undefined) requireWhole("chunk, in rows", chunk, 1);
      const most =
        chunk ?? Math.max(16, Math.min(CHUNK_ROWS, Math.floor(CHUNK_NUMBERS / features)));
      let first = 0;
      for await (const rows of source.read({ chunk: most, ...(signal ? { signal } : {}) })) {
        signal?.throwIfAborted();
        const feeds = preprocessing.feeds(rows, source.name, first);
        yield { rows, first, feeds: { ...feeds, ...labels?.(first, rows.rows) } };
        first += rows.rows;
        onProgress?.({ rows: first, of: source.rows });
      }
    },
  };

  /** The graph from `inputs` to `outputs` alone, opened once. */
  function sessionFor(inputs: readonly string[], outputs: readonly string[]): Promise<Session> {
    const key = [...inputs, "→", ...outputs].join("\n");
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const opened = inner.engine().open(writeModel(extractModel(model, [...inputs], [...outputs])));
    sessions.set(key, opened);
    return opened;
  }

  async function run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Fetches> {
    const session = await sessionFor(Object.keys(feeds), outputs);
    return session.run(feeds, { fetch: outputs });
  }

  async function* encodeBatches(data: Data, verb: VerbOptions = {}): AsyncIterable<Matrix> {
    for await (const { feeds } of inner.chunks(data, verb)) {
      const { latent } = await run(feeds, [OUTPUTS.latent]);
      yield matrixFrom(latent as Tensor<"float32">);
    }
  }

  async function* reconstructBatches(data: Data, verb: VerbOptions = {}): AsyncIterable<Rows> {
    for await (const { feeds, rows } of inner.chunks(data, verb)) {
      yield preprocessing.rows(await run(feeds, reconstructionNames), rows.rows);
    }
  }

  async function* scoreBatches(
    data: Data,
    verb: VerbOptions & { readonly explain?: number } = {},
  ): AsyncIterable<Scores> {
    const { explain = 0 } = verb;
    requireWhole("explain, the number of shares", explain, 0);
    for await (const { feeds, rows } of inner.chunks(data, verb)) {
      if (explain === 0) {
        const { score } = await run(feeds, [OUTPUTS.score]);
        yield { scores: (score as Tensor<"float32">).data };
        continue;
      }
      const out = await run(feeds, [OUTPUTS.score, OUTPUTS.parts, ...reconstructionNames]);
      yield {
        scores: (out["score"] as Tensor<"float32">).data,
        blame: blameFrom(
          preprocessing,
          out["parts"] as Tensor<"float32">,
          rows,
          preprocessing.rows(out, rows.rows),
          explain,
        ),
      };
    }
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
    const most = Math.max(16, Math.min(CHUNK_ROWS, Math.floor(CHUNK_NUMBERS / features)));
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
    { seed = 0, temperature = 1, label, signal }: GenerateOptions = {},
  ): Promise<Rows> {
    requireWhole("count of samples", count, 1);
    requireWhole("seed", seed, 0);
    if (!(temperature >= 0 && temperature < Infinity)) {
      throw inputError("options.invalid", {
        place: "temperature",
        expected: "a number from 0, with 1 as trained",
        got: String(temperature),
      });
    }
    signal?.throwIfAborted();
    const codes = drawCodes(file, count, { seed, temperature });
    const labels = drawLabels(info, count, { seed, temperature, label });
    const drawn = await drawRows(inner, sessions, codes, { seed, temperature, labels, signal });
    return drawn ?? decode(codes, labels === undefined ? {} : { labels });
  }

  async function classesOf({ feeds }: Chunk): Promise<Tensor<"float32">> {
    const { classes } = await run(feeds, [OUTPUTS.classes]);
    return classes as Tensor<"float32">;
  }

  const result: Model & Partial<Generative> = {
    info,
    encodeBatches,
    encode: async (data, verb) =>
      joinMatrices(await gathered(encodeBatches(data, verb)), info.latent),
    reconstructBatches,
    reconstruct: async (data, verb) => concatRows(await gathered(reconstructBatches(data, verb))),
    scoreBatches,
    score: async (data, verb) => joinScores(await gathered(scoreBatches(data, verb))),
    decode,
    evaluate: (data, verb = {}) => evaluateModel(inner, result, data, verb),
    report: (data, verb = {}) => reportOn(inner, result, data, verb),
    bytes: () => writeModel(model),
    save: (path) => writeFileSafely(path, writeModel(model)),
    close: async () => {
      sessions.clear();
      await engine?.close();
      engine = undefined;
    },
    ...(info.can.generate ? { generate } : {}),
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
  return parts[0]?.blame === undefined
    ? { scores }
    : { scores, blame: parts.flatMap(({ blame }) => blame ?? []) };
}

function joinFloats(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function requireWhole(place: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw inputError("options.invalid", {
    place,
    expected: `a whole number from ${least}`,
    got: String(value),
  });
}
