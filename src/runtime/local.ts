/** An engine in the calling thread, over any build of ONNX Runtime. */
import type * as Ort from "onnxruntime-node";
import { internalError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Engine, Feeds, Fetches, RunOptions, Session } from "./engine.ts";

export type OrtModule = Pick<typeof Ort, "InferenceSession" | "Tensor">;

/** `Ort.Tensor` and ours name types and lay out data alike. */
export function createLocalEngine(
  ort: OrtModule,
  options: Ort.InferenceSession.SessionOptions,
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
    open: async (model) => {
      const session = await ort.InferenceSession.create(model, options);
      return wrap(ort, session, find, (name, value) => store.set(name, value));
    },
    hold: async (name, value) => {
      store.set(name, toOrt(ort, value));
    },
    held: async (name) => fromOrt(find(name)),
    drop: async (names) => {
      for (const name of names) store.delete(name);
    },
    close: async () => store.clear(),
  };
}

function wrap(
  ort: OrtModule,
  session: Ort.InferenceSession,
  find: (name: string) => Ort.Tensor,
  keep: (name: string, value: Ort.Tensor) => void,
): Session {
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: async (feeds: Feeds, options: RunOptions = {}): Promise<Fetches> => {
      requireNames(session.inputNames, Object.keys(feeds));
      const kept = options.keep ?? {};
      const fetch = options.fetch ?? session.outputNames.filter((name) => !(name in kept));
      const given: Record<string, Ort.Tensor> = {};
      for (const [name, value] of Object.entries(feeds)) {
        given[name] = "held" in value ? find(value.held) : toOrt(ort, value);
      }
      const results = await session.run(given, [...new Set([...fetch, ...Object.keys(kept)])]);
      for (const [output, name] of Object.entries(kept)) keep(name, results[output] as Ort.Tensor);
      return Object.fromEntries(fetch.map((name) => [name, fromOrt(results[name] as Ort.Tensor)]));
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

function fromOrt(value: Ort.Tensor): Tensor {
  return tensor(value.type as "float32", value.data as Float32Array, value.dims);
}
