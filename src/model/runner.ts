/** The graph of a model file, cut where a verb needs it, run a chunk at a time. */
import type { Tensor } from "../base/tensor.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { preprocessingOf } from "../data/preprocessings.ts";
import type { Rows } from "../data/source.ts";
import { featuresOf } from "../losses/layout.ts";
import { extractModel } from "../onnx/extract.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { writeModel } from "../onnx/write.ts";
import type { Engine, Fetches, OpenOptions, Session } from "../runtime/engine.ts";
import { createEngine } from "../runtime/node.ts";
import type { Chunk, ChunkOptions } from "./chunks.ts";
import { COMPARED_ROWS, blockRows, chunksOf, explainedNumbers } from "./chunks.ts";
import type { ModelFile } from "./file.ts";
import { OUTPUTS } from "./inference.ts";
import { overlapped } from "./overlap.ts";
import type { Data, VerbOptions } from "./verb-options.ts";

/** What verbs in files of their own work with. */
export interface Inner {
  readonly file: ModelFile;
  readonly name: string;
  readonly preprocessing: Preprocessing;
  engine(): Engine;
  /** A graph of our own beside the file's, made and opened once and closed with the model. */
  opened(key: string, make: () => OnnxModel, options?: OpenOptions): Promise<Session>;
  chunks(data: Data, options: ChunkOptions): AsyncIterable<Chunk>;
}

export interface Runner extends Inner {
  /** The outputs of the graph from `feeds` on. */
  readonly run: (
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
    options?: {
      readonly transfer?: boolean;
      /** Not cut into blocks of rows: not all feeds have a row each. */
      readonly whole?: boolean;
    },
  ) => Promise<Fetches>;
  /** Runs chunk after chunk, each while the next is read and the last one is used. */
  readonly runAll: <T>(
    data: Data,
    verb: VerbOptions,
    outputs: readonly string[],
    use: {
      /** Whether the numbers that go in may be given away. */
      readonly own: boolean;
      readonly make: (out: Fetches, rows: Rows, count: number) => T;
    },
  ) => AsyncIterable<T>;
  close(): Promise<void>;
}

export interface RunnerOptions {
  readonly threads?: number;
  readonly engine?: Engine;
}

/**
 * Parameters up to which several threads in one operator cost more than they help, where each
 * parameter is used once a row.
 */
const LIGHT_PARAMETERS = 2 ** 15;
/** Rows that go through such a network together: what lies between stays in the cache. */
const LIGHT_ROWS = 2048;

export function runnerOf(file: ModelFile, name: string, options: RunnerOptions = {}): Runner {
  const { model, info } = file;
  const preprocessing = preprocessingOf(info.schema);
  const features = featuresOf(preprocessing.layout);
  // Without those that have defaults.
  const inputNames = Object.keys(preprocessing.inputs()).concat(info.label?.input ?? []);
  const light =
    options.threads === undefined &&
    preprocessing.layout.shape.length === 1 &&
    info.parameters <= LIGHT_PARAMETERS;
  let { engine } = options;
  const sessions = new Map<string, Promise<Session>>();

  function engineOf(): Engine {
    return (engine ??= createEngine(options));
  }

  function opened(key: string, make: () => OnnxModel, how?: OpenOptions): Promise<Session> {
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const session = engineOf().open(writeModel(make()), how);
    // Looked at where it is used; it may have been opened ahead of that.
    session.catch(() => {});
    sessions.set(key, session);
    return session;
  }

  /** The graph from `inputs` to `outputs` alone. */
  function sessionFor(inputs: readonly string[], outputs: readonly string[]): Promise<Session> {
    const key = [...inputs, "→", ...outputs].join("\n");
    return opened(key, () => extractModel(model, [...inputs], [...outputs]), {
      transfer: true,
      ...(light ? { threads: 1 } : {}),
    });
  }

  async function run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
    {
      transfer = false,
      whole = false,
    }: { readonly transfer?: boolean; readonly whole?: boolean } = {},
  ): Promise<Fetches> {
    const session = await sessionFor(Object.keys(feeds), outputs);
    const block = whole
      ? undefined
      : outputs.includes(OUTPUTS.parts)
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

  function runAll<T>(
    data: Data,
    verb: VerbOptions,
    outputs: readonly string[],
    { own, make }: { own: boolean; make: (out: Fetches, rows: Rows, count: number) => T },
  ): AsyncIterable<T> {
    // Opening takes longest at first: it need not wait for the data.
    void sessionFor(inputNames, outputs);
    return overlapped(chunks(data, { ...verb, own }), async ({ feeds, rows }) => {
      const { rows: count } = rows;
      return make(await run(feeds, outputs, { transfer: own }), rows, count);
    });
  }

  function chunks(data: Data, verb: ChunkOptions): AsyncIterable<Chunk> {
    return chunksOf(preprocessing, info, data, verb);
  }

  return {
    file,
    name,
    preprocessing,
    engine: engineOf,
    opened,
    chunks,
    run,
    runAll,
    close: async () => {
      sessions.clear();
      await engine?.close();
      engine = undefined;
    },
  };
}
