/** The weights of a body that belong to single features: where it reads a sample, where it gives one. */
import type { Body } from "./body.ts";
import { CELL } from "./spatial.ts";

/** A layer's weight, and the axis of it along which features lie. */
export interface Edge {
  /** Of its scope, below that of the encoder or the decoder. */
  readonly layer: string;
  readonly axis: number;
}

/** What lies at a place along such an axis. */
export interface Place {
  /** Where in the sample, or in what is looked at together: empty for rows of numbers. */
  readonly at: string;
  /** Place along the sample's last axis. */
  readonly last: number;
}

export interface Edges {
  readonly input: Edge;
  readonly output: Edge;
  /** Where the decoder reads the code, a number a row; absent: in no such layer, or in several. */
  readonly code?: Edge;
  /** What lies along the axis of either edge, for samples of that shape. */
  places(shape: readonly number[]): readonly Place[];
  /** Whether it sees zeros beyond the ends of a sample, which stand for no value of the data. */
  padded(shape: readonly number[]): boolean;
}

/** Undefined for bodies that are not known here: none of their weights is then a feature's own. */
export function edgesOf({ name, options }: Body): Edges | undefined {
  switch (name) {
    case "dense": {
      const deep = (options["hidden"] as readonly number[]).length > 0;
      return {
        input: { layer: deep ? "0" : "code", axis: 0 },
        output: { layer: "output", axis: 1 },
        code: { layer: deep ? "0" : "output", axis: 0 },
        places: (shape) =>
          positions(shape.slice(0, -1)).flatMap((at) => channels(at, shape.at(-1) as number)),
        padded: () => false,
      };
    }
    case "conv":
      return {
        input: { layer: "0", axis: 2 },
        output: { layer: "output", axis: 2 },
        code: { layer: options["hidden"] === undefined ? "start" : "hidden", axis: 0 },
        places: (shape) => channels("", shape.at(-1) as number),
        padded: () => true,
      };
    case "spatial":
      return {
        input: { layer: "start", axis: 2 },
        output: { layer: "output", axis: 3 },
        places: (shape) =>
          positions([CELL, CELL]).flatMap((at) => channels(at, shape.at(-1) as number)),
        padded: () => true,
      };
    case "sequence": {
      const span = options["span"] as number;
      return {
        input: { layer: "start", axis: 0 },
        output: { layer: "output", axis: 1 },
        ...(options["cell"] === "conv" ? { code: { layer: "start", axis: 0 } } : {}),
        places: (shape) => positions([span]).flatMap((at) => channels(at, shape.at(-1) as number)),
        padded: ([window = 0]) => window % span !== 0,
      };
    }
    default:
      return undefined;
  }
}

function positions(shape: readonly number[]): readonly string[] {
  return shape.reduce<readonly string[]>(
    (before, size) =>
      before.flatMap((at) =>
        Array.from({ length: size }, (_, i) => (at === "" ? String(i) : `${at},${i}`)),
      ),
    [""],
  );
}

function channels(at: string, count: number): readonly Place[] {
  return Array.from({ length: count }, (_, last) => ({ at, last }));
}
