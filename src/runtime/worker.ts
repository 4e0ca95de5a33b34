/**
 * The thread that ONNX Runtime runs in: `session.run()` of the native build blocks
 * its thread, and the caller's must stay free.
 */
import { parentPort, workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import type { Tensor } from "../base/tensor.ts";
import type { Feeds, RunOptions, Session } from "./engine.ts";
import { createLocalEngine } from "./local.ts";

export type Request =
  | { readonly do: "open"; readonly model: Uint8Array }
  | {
      readonly do: "run";
      readonly session: number;
      readonly feeds: Feeds;
      readonly options: RunOptions;
    }
  | { readonly do: "release"; readonly session: number }
  | { readonly do: "hold"; readonly name: string; readonly value: Tensor }
  | { readonly do: "held"; readonly name: string }
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
const engine = createLocalEngine(ort, {
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 3,
  // Weights that fade to denormals slow every product down by an order of magnitude.
  extra: { session: { set_denormal_as_zero: "1" } },
});
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
      const session = await engine.open(request.model);
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
      return engine.held(request.name);
    case "drop":
      return engine.drop(request.names);
  }
}

async function serve(id: number, request: Request): Promise<Answer> {
  try {
    return { id, value: await answer(request) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on("message", ({ id, request }: { id: number; request: Request }) => {
  void serve(id, request).then((reply) => parentPort?.postMessage(reply));
});
