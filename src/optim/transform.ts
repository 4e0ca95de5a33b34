/**
 * Gradient transforms that chain, on flat vectors: gradient in, update out, state in,
 * state out. After optax: an optimizer is nothing but a chain.
 */
import type { Value } from "../graph/value.ts";
import { mul, neg } from "../ops/arithmetic.ts";

export interface StepContext {
  /** All parameters as one vector, `[parameters]`. */
  readonly parameters: Value;
  /** Steps done before this one, float scalar. */
  readonly step: Value;
  /** Rate of this step, float scalar. */
  readonly learningRate: Value;
  /** 1 where weight decay applies, `[parameters]`. */
  readonly decays: Value;
}

export interface Transform {
  /** Names of the state vectors, each `[parameters]`, zeros at first. */
  readonly state: readonly string[];
  apply(
    update: Value,
    state: readonly Value[],
    context: StepContext,
  ): { readonly update: Value; readonly state: readonly Value[] };
}

/** The transforms one after the other. */
export function chain(...transforms: readonly Transform[]): Transform {
  return {
    state: transforms.flatMap(({ state }, i) => state.map((name) => `${i}.${name}`)),
    apply: (first, state, context) => {
      let update = first;
      let used = 0;
      const next: Value[] = [];
      for (const transform of transforms) {
        const mine = state.slice(used, used + transform.state.length);
        used += mine.length;
        const result = transform.apply(update, mine, context);
        update = result.update;
        next.push(...result.state);
      }
      return { update, state: next };
    },
  };
}

/** Makes a step of an update: times minus the learning rate. */
export const scaleByLearningRate: Transform = stateless((update, { learningRate }) =>
  mul(update, neg(learningRate)),
);

/** A transform without state. */
export function stateless(apply: (update: Value, context: StepContext) => Value): Transform {
  return {
    state: [],
    apply: (update, _state, context) => ({ update: apply(update, context), state: [] }),
  };
}
