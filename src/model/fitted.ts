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
import { modelParts, writeModel } from "../onnx/write.ts";
import type { Engine, Fetches, Session } from "../runtime/engine.ts";
import { createEngine } from "../runtime/node.ts";
import { blameFrom } from "./blame.ts";
import { sourceOf } from "./data.ts";
import type { ModelFile } from "./file.ts";
import { writeFileSafely } from "./file.ts";
import { OUTPUTS } from "./inference.ts";
import { predict } from "./predict.ts";
import { drawCodes, drawLabels } from "./prior.ts";
import { labelRows, labelsOf } from "./labels.ts";
import { movable } from "./movable.ts";
import { overlapped } from "./overlap.ts";
import { drawRows } from "./sampling.ts";
import type { Data, GenerateOptions, Generative, Model, Scores, VerbOptions } from "./types.ts";

/** What verbs outside this file work with. */
export interface Inner {
  readonly file: ModelFile;
  readonly name: string;
  readonly preprocessing: Preprocessing;
  engine(): Engine;
  /** With `own`, the feeds' memory may be given away, and `rows` may lose theirs with it. */
  chunks(data: Data, options: VerbOptions & { readonly own?: boolean }): AsyncIterable<Chunk>;
}

export interface Chunk {
  readonly rows: Rows;
  /** Of the first row, counted from 0. */
  readonly first: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/**
 * Parameters up to which several threads in one operator cost more than they help, where each
 * parameter is used once a row.
 */
const LIGHT_PARAMETERS = 2 ** 15;

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
    chunks: async function* chunks(data, { chunk, signal, onProgress, own = false }) {
      const source = sourceOf(data);
      const labels = await labelsOf(source, info);
      if (chunk !== undefined) requireWhole("chunk, in rows", chunk, 1);
      const most =
        chunk ?? Math.max(16, Math.min(CHUNK_ROWS, Math.floor(CHUNK_NUMBERS / features)));
      let first = 0;
      for await (const rows of source.read({ chunk: most, own, ...(signal ? { signal } : {}) })) {
        signal?.throwIfAborted();
        const made = preprocessing.feeds(rows, source.name, first);
        const feeds = own ? movable(made, rows) : made;
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
    return session.run(feeds, { fetch: outputs, transfer });
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

  async function* scoreBatches(
    data: Data,
    verb: VerbOptions & { readonly explain?: number } = {},
  ): AsyncIterable<Scores> {
    const { explain = 0 } = verb;
    requireWhole("explain, the number of shares", explain, 0);
    const scoresOf = ({ score }: Fetches): Float32Array => (score as Tensor<"float32">).data;
    if (explain === 0) {
      yield* runAll(data, verb, [OUTPUTS.score], {
        own: true,
        make: (out): Scores => ({ scores: scoresOf(out) }),
      });
      return;
    }
    yield* runAll(data, verb, [OUTPUTS.score, OUTPUTS.parts, ...reconstructionNames], {
      // What the rows hold is shown beside what was expected.
      own: false,
      make: (out, rows, count): Scores => ({
        scores: scoresOf(out),
        blame: blameFrom(
          preprocessing,
          out["parts"] as Tensor<"float32">,
          rows,
          preprocessing.rows(out, count),
          explain,
        ),
      }),
    });
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
    evaluate: async (data, verb = {}) => {
      const { evaluateModel } = await import("./evaluate.ts");
      return evaluateModel(inner, result, data, verb);
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
