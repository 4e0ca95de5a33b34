/**
 * How fast each lowering of a convolution is, for the rules in src/ops/conv-lowering.ts and
 * the table in docs/decisions/convolution.md:
 *
 *     npx tsc -p tsconfig.json --noEmit false --outDir node_modules/.cache/bench
 *     node node_modules/.cache/bench/bench/conv-lowering.js [threads] [rounds]
 *
 * Every way of a shape runs in turn inside a `Loop`, round after round; the table shows
 * the quartile of faster rounds, less what the same Loop takes without the convolution.
 * On one thread it counts the time of the processor, which other programs hardly change;
 * on more the clock, which wants an idle machine.
 */
import process from "node:process";
import * as ort from "onnxruntime-node";
import { exportModel } from "../src/graph/export.ts";
import type { Op, Value } from "../src/graph/value.ts";
import { applyOne, input, integers, scalar } from "../src/graph/value.ts";
import { writeModel } from "../src/onnx/write.ts";
import { add, loop, mul, reshape } from "../src/ops/index.ts";
import type { Lowering, Sizes } from "../src/ops/conv-geometry.ts";
import { geometryOf } from "../src/ops/conv-geometry.ts";
import { byNative } from "../src/ops/conv-native.ts";
import { byPatches } from "../src/ops/conv-patches.ts";

const BATCH = 128;
const TURNS = 3;
const [threads = 1, rounds = 15] = process.argv.slice(2).map(Number);

/** Side of the large image, its channels, channels of the small image, kernel, stride. */
const SHAPES: readonly (readonly [number, number, number, number, number])[] = [
  [28, 1, 16, 3, 2],
  [14, 16, 64, 3, 2],
  [32, 3, 16, 3, 2],
  [16, 16, 64, 3, 2],
  [28, 1, 32, 3, 2],
  [28, 1, 32, 4, 2],
  [28, 1, 16, 3, 1],
  [32, 3, 32, 3, 2],
  [64, 3, 32, 3, 2],
  [28, 8, 16, 3, 2],
  [28, 16, 32, 3, 2],
  [14, 16, 16, 3, 1],
  [14, 24, 48, 3, 2],
  [14, 32, 64, 3, 2],
  [14, 32, 64, 4, 2],
  [32, 32, 64, 3, 2],
  [7, 64, 64, 3, 1],
  [7, 64, 128, 3, 2],
];

interface Trio {
  readonly x: Value;
  readonly w: Value;
  readonly y: Value;
}

/** The first element, which the runtime cannot have without computing them all. */
const firstOp: Op = {
  name: "Slice",
  infer: ([x]) => [{ dtype: x?.dtype ?? "float32", shape: [1] }],
};

function first(value: Value): Value {
  const [one, none] = [integers([1]), integers([0])];
  return reshape(applyOne(firstOp, [reshape(value, [-1]), none, one, none, one], {}), []);
}

/** Milliseconds a turn takes. */
async function timer(sizes: Sizes, build: (trio: Trio) => readonly Value[]) {
  const { large, small, kernel, channels } = sizes;
  const shapes = {
    x: [BATCH, ...large, channels[0]],
    w: [...kernel, ...channels],
    y: [BATCH, ...small, channels[1]],
  };
  const [x, w, y] = (["x", "w", "y"] as const).map((name) => input(name, "float32", shapes[name]));
  const { state } = loop(scalar(TURNS, "int64"), [scalar(0)], (_turn, [carried]) => {
    // What depends on the state is computed every turn, what does not is computed once.
    const moved = (value: Value | undefined): Value => add(value as Value, carried as Value);
    const results = build({ x: moved(x), w: moved(w), y: moved(y) });
    return {
      state: [
        mul(
          results.map(first).reduce((a, b) => add(a, b)),
          1e-20,
        ),
      ],
      scans: [],
    };
  });
  const model = exportModel({
    name: "bench",
    inputs: [x, w, y] as Value[],
    outputs: { state: state[0] as Value },
  });
  const session = await ort.InferenceSession.create(writeModel(model), {
    intraOpNumThreads: threads,
  });
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
      return [name, new ort.Tensor("float32", data, shape)];
    }),
  );
  return async (): Promise<number> => {
    const [clock, used] = [performance.now(), process.cpuUsage()];
    await session.run(feeds);
    if (threads > 1) return (performance.now() - clock) / TURNS;
    const { user, system } = process.cpuUsage(used);
    return (user + system) / 1000 / TURNS;
  };
}

const none = ({ x, w, y }: Trio): readonly Value[] => [x, w, y];
const conv =
  (how: Lowering, sizes: Sizes) =>
  ({ x, w, y }: Trio): readonly Value[] => [how.conv(x, w, undefined, sizes), y];
const both =
  (forward: Lowering, backward: Lowering, sizes: Sizes) =>
  ({ x, w, y }: Trio): readonly Value[] => [
    forward.conv(x, w, undefined, sizes),
    backward.weight(x, y, sizes),
  ];
const transposed =
  (how: Lowering, sizes: Sizes) =>
  ({ x, w, y }: Trio): readonly Value[] => [x, how.transposed(y, w, undefined, sizes)];

console.log(
  "| image → | channels | kernel | conv: patches | native | conv + weight: patches | native | native + patches | transposed: patches | native |",
);
console.log("|---|---|---|---|---|---|---|---|---|---|");
for (const [side, from, to, kernel, stride] of SHAPES) {
  const geometry = geometryOf([side, side], [kernel, kernel], [stride, stride], "same");
  const sizes: Sizes = { ...geometry, channels: [from, to] };
  const ways = [
    none,
    conv(byPatches, sizes),
    conv(byNative, sizes),
    both(byPatches, byPatches, sizes),
    both(byNative, byNative, sizes),
    both(byNative, byPatches, sizes),
    transposed(byPatches, sizes),
    transposed(byNative, sizes),
  ];
  const timers = [];
  for (const way of ways) timers.push(await timer(sizes, way));
  for (const time of timers) await time();
  const taken = timers.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, time] of timers.entries()) taken[i]?.push(await time());
  }
  const [base = 0, ...found] = taken.map((all) => all.toSorted((a, b) => a - b)[rounds >> 2] ?? 0);
  const cells = found.map((ms) => (ms - base).toFixed(2)).join(" | ");
  console.log(`| ${side}² → ${geometry.small[0]}² | ${from} → ${to} | ${kernel} | ${cells} |`);
}
