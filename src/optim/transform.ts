/**
 * Gradient transforms that chain: gradients in, updates out, state in, state out. After optax:
 * an optimizer is nothing but a chain.
 */
import type { Value } from "../graph/value.ts";
import { mul, neg } from "../ops/arithmetic.ts";

/** One value a part of the parameters, in the order and shapes of `StepContext.parameters`. */
export type PartValues = readonly Value[];

export interface StepContext {
  /** The parameters, in parts of any shape. */
  readonly parameters: PartValues;
  /**
   * A number that hangs on the step alone, as a float scalar. It is computed beside the graph:
   * ten ops on single numbers would cost a small model as much as its matrix products.
   *
   * @param at from the steps done before this one to the number
   */
  readonly number: (at: (step: number) => number) => Value;
  /** Rate of this step, float scalar. */
  readonly learningRate: Value;
  /** How far weight decay applies, a part each: 0, 1, or both, one number a parameter. */
  readonly decays: readonly (Value | 0 | 1)[];
}

export interface Transformed {
  readonly update: PartValues;
  readonly state: readonly PartValues[];
}

export interface Transform {
  /** Names of what is carried from step to step: each is as large as the parameters, zeros at first. */
  readonly state: readonly string[];
  /** @param state in the order of the names */
  apply(update: PartValues, state: readonly PartValues[], context: StepContext): Transformed;
}

/** The transforms one after the other. */
export function chain(...transforms: readonly Transform[]): Transform {
  return {
    state: transforms.flatMap(({ state }, i) => state.map((name) => `${i}.${name}`)),
    apply: (first, state, context) => {
      let update = first;
      let used = 0;
      const next: PartValues[] = [];
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

/** What becomes of one part, given its values of the state in the order of their names. */
export type PartRule = (
  update: Value,
  state: readonly Value[],
) => { readonly update: Value; readonly state: readonly Value[] };

/** A transform that treats every part alike and by itself. */
export function elementwise(
  state: readonly string[],
  rule: (context: StepContext) => PartRule,
): Transform {
  return {
    state,
    apply: (update, held, context) => {
      const apply = rule(context);
      const results = update.map((part, i) =>
        apply(
          part,
          held.map((values) => values[i] as Value),
        ),
      );
      return {
        update: results.map((result) => result.update),
        state: state.map((_, k) => results.map((result) => result.state[k] as Value)),
      };
    },
  };
}

/** A transform without state. */
export function stateless(
  apply: (update: PartValues, context: StepContext) => PartValues,
): Transform {
  return {
    state: [],
    apply: (update, _state, context) => ({ update: apply(update, context), state: [] }),
  };
}

/** Makes a step of an update: times minus the learning rate. */
export const scaleByLearningRate: Transform = stateless((update, { learningRate }) => {
  const factor = neg(learningRate);
  return update.map((part) => mul(part, factor));
});
