/**
 * The thread that ONNX Runtime runs in: `session.run()` of the native build blocks
 * its thread, and the caller's must stay free.
 */
import { parentPort, workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import type { Tensor } from "../base/tensor.ts";
import { buffersOf } from "./buffers.ts";
import type { Feeds, Fetches, Held, OpenOptions, RunOptions, Session } from "./engine.ts";
import { createLocalEngine } from "./local.ts";

export type Request =
  | { readonly do: "open"; readonly model: Uint8Array; readonly options: OpenOptions }
  | {
      readonly do: "run";
      readonly session: number;
      readonly feeds: Feeds;
      readonly options: RunOptions;
    }
  | { readonly do: "release"; readonly session: number }
  | { readonly do: "hold"; readonly name: string; readonly value: Tensor }
  | { readonly do: "held"; readonly name: string; readonly part: Held["part"] }
  | { readonly do: "take"; readonly name: string }
  | { readonly do: "swap"; readonly one: string; readonly other: string }
  | { readonly do: "drop"; readonly names: readonly string[] };

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export interface Opened {
  readonly session: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const { threads } = workerData as { readonly threads: number };
const engine = createLocalEngine(
  ort,
  {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    // Weights that fade to denormals slow every product down by an order of magnitude.
    extra: { session: { set_denormal_as_zero: "1" } },
  },
  true,
);
const sessions = new Map<number, Session>();
let opened = 0;

function sessionOf(id: number): Session {
  const session = sessions.get(id);
  if (session === undefined) throw new Error(`session ${id} is not open`);
  return session;
}

async function answer(request: Request): Promise<unknown> {
  switch (request.do) {
    case "open": {
      const session = await engine.open(request.model, request.options);
      const id = opened++;
      sessions.set(id, session);
      return { session: id, inputs: session.inputs, outputs: session.outputs } satisfies Opened;
    }
    case "run":
      return sessionOf(request.session).run(request.feeds, request.options);
    case "release":
      await sessionOf(request.session).release();
      sessions.delete(request.session);
      return undefined;
    case "hold":
      return engine.hold(request.name, request.value);
    case "held":
      return engine.held(request.name, request.part);
    case "take":
      return engine.take(request.name);
    case "swap":
      return engine.swap(request.one, request.other);
    case "drop":
      return engine.drop(request.names);
  }
}

async function serve(id: number, request: Request): Promise<void> {
  try {
    const value = await answer(request);
    parentPort?.postMessage({ id, value } satisfies Answer, movedBy(request, value));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    parentPort?.postMessage({ id, error } satisfies Answer);
  }
}

/** Nothing here keeps what goes out: it moves, and is not copied. */
function movedBy(request: Request, value: unknown): ArrayBuffer[] {
  if (request.do === "held" || request.do === "take") return buffersOf(value as Tensor);
  if (request.do !== "run") return [];
  return [...new Set(Object.values(value as Fetches).flatMap(buffersOf))];
}

parentPort?.on("message", ({ id, request }: { id: number; request: Request }) => {
  void serve(id, request);
});
