/** An engine in the calling thread, over any build of ONNX Runtime. */
import type * as Ort from "onnxruntime-node";
import { internalError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { sizeOf, tensor } from "../base/tensor.ts";
import type { Engine, Feeds, Fetches, Held, RunOptions, Session } from "./engine.ts";
import { inBlocks } from "./in-blocks.ts";

export type OrtModule = Pick<typeof Ort, "InferenceSession" | "Tensor">;

/** `Ort.Tensor` and ours name types and lay out data alike. */
/**
 * @param writesInto the build writes an output into the memory of a given tensor; otherwise it is
 *   copied there
 */
export function createLocalEngine(
  ort: OrtModule,
  options: Ort.InferenceSession.SessionOptions,
  writesInto = false,
): Engine {
  const store = new Map<string, Ort.Tensor>();
  const find = (name: string): Ort.Tensor => {
    const value = store.get(name);
    if (value === undefined) {
      throw internalError("runtime.held", {
        place: `held tensor "${name}"`,
        expected: "to be held",
        got: "nothing",
      });
    }
    return value;
  };
  return {
    open: async (model, { threads, lean = false } = {}) => {
      const session = await ort.InferenceSession.create(model, {
        ...options,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
        // What a run takes piece by piece, the next would take again in one piece, beside them.
        ...(lean ? { enableMemPattern: false } : {}),
      });
      return wrap(ort, session, store, find, writesInto);
    },
    hold: async (name, value) => {
      store.set(name, toOrt(ort, value));
    },
    held: async (name, part) => {
      const value = find(name);
      return copyOf(part === undefined ? value : partOf(ort, value, part));
    },
    take: async (name) => {
      const value = find(name);
      store.delete(name);
      return fromOrt(value);
    },
    swap: async (one, other) => {
      const [first, second] = [find(one), find(other)];
      store.set(one, second).set(other, first);
    },
    drop: async (names) => {
      for (const name of names) store.delete(name);
    },
    close: async () => store.clear(),
  };
}

function wrap(
  ort: OrtModule,
  session: Ort.InferenceSession,
  store: Map<string, Ort.Tensor>,
  find: (name: string) => Ort.Tensor,
  writesInto: boolean,
): Session {
  const heldOf = ({ held, part }: Held): Ort.Tensor =>
    part === undefined ? find(held) : partOf(ort, find(held), part);
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: async (feeds: Feeds, options: RunOptions = {}): Promise<Fetches> => {
      requireNames(session.inputNames, Object.keys(feeds));
      const { keep: kept = {}, into = {} } = options;
      const fetch =
        options.fetch ?? session.outputNames.filter((name) => !(name in kept) && !(name in into));
      const given: Record<string, Ort.Tensor> = {};
      for (const [name, value] of Object.entries(feeds)) {
        given[name] = "held" in value ? heldOf(value) : toOrt(ort, value);
      }
      if (options.block !== undefined) {
        const wanted = Object.fromEntries(fetch.map((name) => [name, null]));
        const part = (whole: Ort.Tensor, from: number, shape: readonly number[]) =>
          partOf(ort, whole, { from, shape });
        return inBlocks(given, options.block, part, (some) => session.run(some, wanted));
      }
      const targets = Object.entries(into).map(([name, held]) => [name, heldOf(held)] as const);
      const results = await session.run(given, {
        ...Object.fromEntries([...fetch, ...Object.keys(kept)].map((name) => [name, null])),
        ...Object.fromEntries(targets.map(([name, to]) => [name, writesInto ? to : null])),
      });
      if (!writesInto) {
        for (const [name, to] of targets) numbersOf(to).set(numbersOf(results[name] as Ort.Tensor));
      }
      for (const [output, name] of Object.entries(kept)) {
        store.set(name, results[output] as Ort.Tensor);
      }
      return Object.fromEntries(
        fetch.map((name) => {
          const result = results[name] as Ort.Tensor;
          return [name, name in kept ? copyOf(result) : fromOrt(result)];
        }),
      );
    },
    release: () => session.release(),
  };
}

/** ONNX Runtime passes over names it does not know, so we look first. */
function requireNames(expected: readonly string[], got: readonly string[]): void {
  const missing = expected.filter((name) => !got.includes(name));
  const extra = got.filter((name) => !expected.includes(name));
  if (missing.length + extra.length > 0) {
    throw internalError("runtime.feeds", {
      place: "inputs of a graph",
      expected: expected.join(", "),
      got: [...missing.map((name) => `no ${name}`), ...extra.map((name) => `extra ${name}`)].join(
        ", ",
      ),
    });
  }
}

function toOrt(ort: OrtModule, value: Tensor): Ort.Tensor {
  const shape = [...value.shape];
  // Each dtype has its own overload; the union has none.
  return new ort.Tensor(value.dtype as "float32", value.data as Float32Array, shape);
}

/** A view: what is written into it is written into `whole`. */
function partOf(
  ort: OrtModule,
  whole: Ort.Tensor,
  { from, shape }: NonNullable<Held["part"]>,
): Ort.Tensor {
  const end = from + sizeOf(shape);
  const data = Array.isArray(whole.data)
    ? (whole.data.slice(from, end) as unknown as Float32Array)
    : numbersOf(whole).subarray(from, end);
  return toOrt(ort, tensor(whole.type as "float32", data, shape));
}

/** What has no words in it. */
function numbersOf(value: Ort.Tensor): Float32Array {
  return value.data as Float32Array;
}

/** What others get belongs to them, so that it may move to another thread. */
function copyOf(value: Ort.Tensor): Tensor {
  return tensor(value.type as "float32", (value.data as Float32Array).slice(), value.dims);
}

function fromOrt(value: Ort.Tensor): Tensor {
  return tensor(value.type as "float32", value.data as Float32Array, value.dims);
}
