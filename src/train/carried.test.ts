import { afterAll, describe, expect, test } from "vitest";
import { smallImages, smallTable } from "../../test/support/small-data.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { conv } from "../bodies/conv.ts";
import { dense } from "../bodies/dense.ts";
import { fitSchema, preprocessingOf } from "../data/preprocessings.ts";
import type { Rows } from "../data/source.ts";
import { vanilla } from "../families/vanilla.ts";
import { variational } from "../families/variational.ts";
import { vectorQuantized } from "../families/vector-quantized.ts";
import { writeModel } from "../onnx/write.ts";
import { adam, adamW } from "../optim/adam.ts";
import { clipByGlobalNorm } from "../optim/clip.ts";
import { sgd } from "../optim/sgd.ts";
import type { Transform } from "../optim/transform.ts";
import { chain } from "../optim/transform.ts";
import { keyAt } from "../random/bits.ts";
import { createEngine } from "../runtime/node.ts";
import { heldParts, holdState, vectorNames } from "./carried.ts";
import { initialVectors } from "./initial-state.ts";
import type { Network } from "./network.ts";
import { STATE, trainingProgram, validationProgram } from "./program.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

const STEPS = 7;
const BATCH = 8;

interface Case {
  readonly name: string;
  readonly rows: Rows;
  readonly network: Pick<Network, "family" | "body">;
  readonly optimizer: Transform;
  /** Vectors of which there are two, each in its turn. */
  readonly twice: readonly string[];
  /** The weights rest on sums over all parameters, or on products in another order. */
  readonly rounded?: true;
}

const body = dense([6, 5]);
const cases: readonly Case[] = [
  {
    name: "vanilla, adam",
    rows: smallTable(),
    network: { family: vanilla(), body },
    optimizer: adam(),
    twice: ["parameters"],
  },
  {
    name: "variational, adamW",
    rows: smallTable(),
    network: { family: variational(), body },
    optimizer: adamW({ weightDecay: 0.1 }),
    twice: ["parameters"],
    rounded: true,
  },
  {
    name: "clipped: every gradient is known before any weight changes",
    rows: smallTable(),
    network: { family: vanilla(), body },
    optimizer: chain(clipByGlobalNorm(0.5), adam()),
    twice: [],
    rounded: true,
  },
  {
    name: "convolutional with momentum",
    rows: smallImages(),
    network: { family: vanilla(), body: conv([4]) },
    optimizer: sgd({ momentum: 0.9, nesterov: true }),
    twice: ["parameters"],
  },
  {
    name: "with buffers",
    rows: smallTable(),
    network: { family: vectorQuantized({ codes: 8 }), body },
    optimizer: adam(),
    twice: ["parameters"],
  },
];

describe("parameters by themselves are trained as in flat vectors", () => {
  test.each(cases)("$name", async ({ rows, network: made, optimizer, twice, rounded }) => {
    const preprocessing = preprocessingOf(fitSchema(rows, { name: "data" }));
    const network: Network = { ...made, preprocessing, latent: 3 };
    const compact = preprocessing.ingest(rows, "data");
    for (const [name, value] of Object.entries(compact)) await engine.hold(`data.${name}`, value);

    const together = await trained(network, optimizer, compact, false);
    const apart = await trained(network, optimizer, compact, true);
    expect(apart.spares).toEqual(twice);
    // The gradient's length is added up in other parts.
    const last = together.losses[0]?.length ?? 0;
    for (const [step, figures] of together.losses.entries()) {
      const other = apart.losses[step] as readonly number[];
      if (rounded === undefined) expect(other.slice(0, -1)).toEqual(figures.slice(0, -1));
      expect((other[last - 1] as number) / (figures[last - 1] as number)).toBeCloseTo(1, 5);
    }
    for (const [name, values] of Object.entries(together.vectors)) {
      const others = apart.vectors[name] as readonly number[];
      if (rounded === undefined) expect(others).toEqual(values);
      else expect(furthest(others, values)).toBeLessThan(1e-6);
    }
    if (rounded === undefined) expect(apart.heldOut).toEqual(together.heldOut);
    // It has moved: equal vectors are not those that it began with.
    const moved = together.vectors["parameters"] as readonly number[];
    expect(moved.filter((value, i) => value !== together.first[i]).length).toBeGreaterThan(
      0.8 * moved.length,
    );
  });
});

function furthest(a: readonly number[], b: readonly number[]): number {
  return a.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (b[i] as number)) / (1 + Math.abs(value))),
    0,
  );
}

async function trained(
  network: Network,
  optimizer: Transform,
  compact: Readonly<Record<string, Tensor>>,
  separate: boolean,
) {
  const options = { optimizer, complete: false, separate };
  const program = trainingProgram(network, options);
  const { spec } = program;
  const names = vectorNames(program);
  const vectors = initialVectors(spec, names, 5);
  const first = [...(vectors[STATE.parameters] as Float32Array)];
  const carried = await holdState(engine, program, { vectors, step: 0 }, { move: separate });
  if (separate) expect(vectors[STATE.parameters]?.length).toBe(0);
  const data = Object.fromEntries(
    Object.keys(compact).map((name) => [`data.${name}`, { held: `data.${name}` }]),
  );
  const session = await engine.open(writeModel(program.model), { lean: separate });
  const losses: (readonly number[])[] = [];
  const width = 1 + spec.schedules.length + program.numbers.length;
  for (let step = 0; step < STEPS; step += 1) {
    const { first: a, second: b } = keyAt(5, step);
    const numbers = program.numbers.map((at) => at(step));
    const out = await session.run(
      {
        ...data,
        ...carried.feeds,
        order: tensor(
          "int32",
          Int32Array.from({ length: BATCH }, (_, i) => (step + 3 * i) % 40),
          [1, BATCH],
        ),
        keys: tensor("uint32", Uint32Array.of(a, b), [1, 2]),
        rates: tensor(
          "float32",
          Float32Array.of(0.01, ...spec.schedules.map(({ at }) => at(step / STEPS)), ...numbers),
          [1, width],
        ),
      },
      { fetch: ["losses"], ...carried.options },
    );
    await carried.settle();
    losses.push([...(out["losses"] as Tensor<"float32">).data]);
  }
  await session.release();

  const validator = await engine.open(writeModel(validationProgram(network, false, { separate })));
  const weights = separate
    ? heldParts(STATE.parameters, spec)
    : { [STATE.parameters]: { held: STATE.parameters } };
  const { losses: heldOut } = await validator.run({
    ...data,
    ...weights,
    ...(spec.buffers.length > 0 ? { [STATE.buffers]: { held: STATE.buffers } } : {}),
    order: tensor(
      "int32",
      Int32Array.from({ length: BATCH }, (_, i) => i),
      [1, BATCH],
    ),
    keys: tensor("uint32", Uint32Array.of(1, 2), [1, 2]),
  });
  await validator.release();

  const after: Record<string, readonly number[]> = {};
  for (const name of names) {
    const values: number[] = [];
    for await (const piece of carried.streamed(name).pieces()) values.push(...piece);
    expect(values.length).toBe(carried.streamed(name).length);
    after[name] = values;
  }
  const spares: string[] = [];
  for (const name of names) {
    const found = await engine.held(`spare.${name}`).then(
      () => true,
      () => false,
    );
    if (found) spares.push(name);
  }
  await carried.drop();
  await expect(engine.held(STATE.parameters)).rejects.toThrow();
  return { vectors: after, losses, heldOut: heldOut?.data, first, spares };
}
