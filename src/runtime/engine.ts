/** What runs a graph. The rest of the package knows only these types, no runtime. */
import type { Tensor } from "../base/tensor.ts";

/** A tensor that lies beside the engine under a name, so that it need not travel. */
export interface Held {
  readonly held: string;
  /** Only these numbers of it, from the `from`th on, in this shape: the memory stays shared. */
  readonly part?: { readonly from: number; readonly shape: readonly number[] };
}

export type Feeds = Readonly<Record<string, Tensor | Held>>;
export type Fetches = Readonly<Record<string, Tensor>>;

export interface RunOptions {
  /** Outputs to give back; all that are not kept by default. */
  readonly fetch?: readonly string[];
  /** Outputs to hold beside the engine instead: output name → held name. */
  readonly keep?: Readonly<Record<string, string>>;
  /**
   * Outputs to write into the memory of tensors that are held, so that no other is taken: into
   * that of an input only where the graph is known to have read it by then.
   */
  readonly into?: Readonly<Record<string, Held>>;
  /** The memory of the feeds moves to the engine: the caller's arrays become empty. */
  readonly transfer?: boolean;
  /**
   * Rows that go through the graph together, for graphs that have as many rows at all inputs and
   * outputs: where what lies between is wide, few rows of it stay in the processor's cache.
   */
  readonly block?: number;
}

export interface OpenOptions {
  /** Threads inside one operator, if not the engine's own number. */
  readonly threads?: number;
  /** The memory of the bytes moves to the engine: the caller's array becomes empty. */
  readonly transfer?: boolean;
  /** Takes only the memory that is asked for: for graphs of few operators on large values. */
  readonly lean?: boolean;
}

export interface Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  run(feeds: Feeds, options?: RunOptions): Promise<Fetches>;
  release(): Promise<void>;
}

export interface Engine {
  open(model: Uint8Array, options?: OpenOptions): Promise<Session>;
  /**
   * Puts a tensor beside the engine. With `transfer`, its memory moves there and the
   * caller's array becomes empty; otherwise it is copied.
   */
  hold(name: string, value: Tensor, options?: { readonly transfer?: boolean }): Promise<void>;
  /** A copy of a held tensor, or of a part of it. */
  held(name: string, part?: Held["part"]): Promise<Tensor>;
  /** Gives a tensor back that was held with `transfer`: its memory is the caller's again. */
  take(name: string): Promise<Tensor>;
  /** Each of two held tensors under the other's name. */
  swap(one: string, other: string): Promise<void>;
  drop(names: readonly string[]): Promise<void>;
  /** Ends the engine when nothing runs any more. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Threads inside one operator. Default: all cores. */
  readonly threads?: number;
}
