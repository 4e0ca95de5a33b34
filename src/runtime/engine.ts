/** What runs a graph. The rest of the package knows only these types, no runtime. */
import type { Tensor } from "../base/tensor.ts";

/** A tensor that lies beside the engine under a name, so that it need not travel. */
export interface Held {
  readonly held: string;
}

export type Feeds = Readonly<Record<string, Tensor | Held>>;
export type Fetches = Readonly<Record<string, Tensor>>;

export interface RunOptions {
  /** Outputs to give back; all that are not kept by default. */
  readonly fetch?: readonly string[];
  /** Outputs to hold beside the engine instead: output name → held name. */
  readonly keep?: Readonly<Record<string, string>>;
}

export interface Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  run(feeds: Feeds, options?: RunOptions): Promise<Fetches>;
  release(): Promise<void>;
}

export interface Engine {
  open(model: Uint8Array): Promise<Session>;
  /**
   * Puts a tensor beside the engine. With `transfer`, its memory moves there and the
   * caller's array becomes empty; otherwise it is copied.
   */
  hold(name: string, value: Tensor, options?: { readonly transfer?: boolean }): Promise<void>;
  /** A copy of a held tensor. */
  held(name: string): Promise<Tensor>;
  drop(names: readonly string[]): Promise<void>;
  /** Ends the engine when nothing runs any more. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Threads inside one operator. Default: all cores. */
  readonly threads?: number;
}
