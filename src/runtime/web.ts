/** The engine of the browser: onnxruntime-web, in the thread that calls it. */
import * as ort from "onnxruntime-web";
import type { Engine, EngineOptions } from "./engine.ts";
import { createLocalEngine } from "./local.ts";

export function createEngine({ threads = 1 }: EngineOptions = {}): Engine {
  ort.env.wasm.numThreads = threads;
  return createLocalEngine(ort, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
    extra: { session: { set_denormal_as_zero: "1" } },
  });
}
