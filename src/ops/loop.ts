/** A body run a number of times, with state carried from turn to turn. */
import { internalError } from "../base/errors.ts";
import { sameShape, showShape } from "../graph/dim.ts";
import type { Body, Op, Value } from "../graph/value.ts";
import { apply, input, scalar, scalarOf } from "../graph/value.ts";
import { identity } from "./pointwise.ts";

export const loopOp: Op<{ readonly body: Body }> = {
  name: "Loop",
  infer: ([trips, , ...initial], { body }) => {
    const carried = body.outputs.slice(1, 1 + initial.length);
    for (const [i, value] of carried.entries()) {
      const first = initial[i];
      if (
        first === undefined ||
        first.dtype !== value.dtype ||
        !sameShape(first.shape, value.shape)
      ) {
        throw internalError("graph.loop", {
          place: `Loop state ${i}`,
          expected: `${first?.dtype}${showShape(first?.shape ?? [])} again`,
          got: `${value.dtype}${showShape(value.shape)}`,
        });
      }
    }
    const scans = body.outputs.slice(1 + initial.length);
    const turns = scalarOf(trips) ?? "turns";
    return [
      ...carried.map(({ dtype, shape }) => ({ dtype, shape })),
      ...scans.map(({ dtype, shape }) => ({ dtype, shape: [turns, ...shape] })),
    ];
  },
  gradient: () => {
    throw internalError("graph.gradient", {
      place: "Loop",
      expected: "gradients taken inside the body",
      got: "a gradient through a loop",
    });
  },
};

export interface LoopResult {
  readonly state: readonly Value[];
  /** What each turn gave, stacked along a new first axis: `trips`, or "turns" where that is computed. */
  readonly scans: readonly Value[];
}

/**
 * Runs `turn` `trips` times.
 *
 * @param trips int64 scalar
 * @param initial state before the first turn
 * @param turn state → next state, and values to keep from each turn; `index` is an int64 scalar.
 *   Values from outside may be used freely; what does not depend on the state is computed once.
 */
export function loop(
  trips: Value,
  initial: readonly Value[],
  turn: (
    index: Value,
    state: readonly Value[],
  ) => { state: readonly Value[]; scans: readonly Value[] },
): LoopResult {
  const index = input("turn", "int64", []);
  const going = input("going", "bool", []);
  const state = initial.map((value, i) => input(`state_${i}`, value.dtype, value.shape));
  const next = turn(index, state);
  const outputs = apply(loopOp, [trips, scalar(1, "bool"), ...initial], {
    body: {
      inputs: [index, going, ...state],
      outputs: [identity(going), ...next.state, ...next.scans],
    },
  });
  return { state: outputs.slice(0, initial.length), scans: outputs.slice(initial.length) };
}
