/** The engine of Node: ONNX Runtime in a worker thread. */
import { availableParallelism } from "node:os";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { internalError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { buffersOf } from "./buffers.ts";
import type { Engine, EngineOptions, Fetches, OpenOptions, Session } from "./engine.ts";
import type { Answer, Opened, Request } from "./worker.ts";

/** Node runs the compiled worker also when the tests run this file from its source. */
const WORKER = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/runtime/worker.js", import.meta.url)
  : new URL("./worker.js", import.meta.url);

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly answer: () => Promise<unknown>;
}

/**
 * The native build would note what it runs for its maker, and leaves a log file a process behind.
 * Nothing of that is asked for. Set where the environment is the process's own: in a worker it is a
 * copy that native code does not see.
 */
process.env["ORT_DISABLE_TELEMETRY"] ??= "1";

export function createEngine({ threads = availableParallelism() }: EngineOptions = {}): Engine {
  const worker = new Worker(WORKER, { workerData: { threads } });
  const pending = new Map<number, Pending>();
  let asked = 0;
  let failure: Error | undefined;
  // An idle engine must not keep the process alive.
  worker.unref();
  worker.on("message", ({ id, value, error }: Answer) => {
    const waiting = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) worker.unref();
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(runtimeError(error));
  });
  const fail = (error: Error): void => {
    failure = error;
    for (const waiting of pending.values()) waiting.reject(error);
    pending.clear();
  };
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => fail(runtimeError("the engine has ended")));

  function ask(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (failure !== undefined) return Promise.reject(failure);
    const answer = new Promise((resolve, reject) => {
      const id = asked++;
      if (pending.size === 0) worker.ref();
      pending.set(id, { resolve, reject, answer: () => answer });
      worker.postMessage({ id, request }, [...new Set(transfer)]);
    });
    return answer;
  }

  async function open(
    model: Uint8Array,
    { transfer: moves = false, ...opening }: OpenOptions = {},
  ): Promise<Session> {
    const request = { do: "open", model, options: opening } as const;
    const given = moves && model.buffer instanceof ArrayBuffer ? [model.buffer] : [];
    const { session, inputs, outputs } = (await ask(request, given)) as Opened;
    return {
      inputs,
      outputs,
      run: async (feeds, { transfer = false, ...options } = {}) => {
        const moved = transfer ? Object.values(feeds).flatMap(buffersOf) : [];
        return (await ask({ do: "run", session, feeds, options }, moved)) as Fetches;
      },
      release: async () => void (await ask({ do: "release", session })),
    };
  }

  return {
    open,
    hold: async (name, value, { transfer = false } = {}) => {
      await ask({ do: "hold", name, value }, transfer ? buffersOf(value) : []);
    },
    held: async (name, part) => (await ask({ do: "held", name, part })) as Tensor,
    take: async (name) => (await ask({ do: "take", name })) as Tensor,
    swap: async (one, other) => void (await ask({ do: "swap", one, other })),
    drop: async (names) => void (await ask({ do: "drop", names })),
    close: async () => {
      // Terminating while the runtime runs or opens a graph would abort the process: all that was
      // asked for must have been answered, also where nobody waits for it any more.
      await Promise.allSettled([ask({ do: "drop", names: [] })]);
      while (pending.size > 0)
        await Promise.allSettled([...pending.values()].map(({ answer }) => answer()));
      await worker.terminate();
    },
  };
}

function runtimeError(message: string): Error {
  return internalError("runtime.failed", {
    place: "ONNX Runtime",
    expected: "the graph to run",
    got: message,
    hint: "this is a fault of autoencoders: please report it with the data and options that led here",
  });
}
