/** What the doctor measures of a recommender: its lists beside the same list for everybody, and its code. */
import type { Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import type { InteractionSchema } from "../../data/preprocessing.ts";
import { rankingLoss } from "../../families/choices.ts";
import { exportModel } from "../../graph/export.ts";
import type { Value } from "../../graph/value.ts";
import { constant, input } from "../../graph/value.ts";
import { featuresOf } from "../../losses/layout.ts";
import type { NetworkSpec } from "../../nn/scope.ts";
import { createScope } from "../../nn/scope.ts";
import type { OnnxModel } from "../../onnx/messages.ts";
import { writeModel } from "../../onnx/write.ts";
import {
  broadcastLike,
  cast,
  gatherElements,
  greater,
  greaterOrEqual,
  mean,
  smallest,
  sum,
  topK,
  where,
} from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Network } from "../network.ts";
import { batchFrom, gatherRows, partsIn, residentInputs } from "../network.ts";
import { nextChunk, stretches } from "../plan.ts";
import type { RunData, RunResult } from "../run.ts";
import { heldData } from "../stepper.ts";
import type { Probed } from "./evidence.ts";
import { codeFrom, dropWeights, heldWeights } from "./probe.ts";

export interface ProbedChoices {
  readonly rows: number;
  /** NDCG@100 of what rows hold out, of the network and of showing everybody the most popular. */
  readonly ranking: { readonly own: number; readonly popular: number };
  /** Of the first 20 of each row, the share that are the most popular ones it does not have. */
  readonly alike: number;
  readonly code: Pick<Probed["code"], "variance" | "kl">;
}

const LIST = 20;
/** Numbers a batch may hold. */
const BATCH_NUMBERS = 2 ** 22;
const BATCH = 256;

export async function probeChoices(
  engine: Engine,
  network: Network,
  data: RunData,
  result: Pick<RunResult, "spec" | "parameters" | "buffers">,
  rows: Int32Array,
): Promise<ProbedChoices> {
  const { spec } = result;
  const session = await engine.open(writeModel(program(network, spec, data.complete)));
  const weights = await heldWeights(engine, spec, result);
  const totals = { missed: 0, popular: 0, alike: 0 };
  const codes: Float32Array[] = [];
  let kl: number[] | undefined;
  const most = Math.max(
    16,
    Math.min(BATCH, Math.floor(BATCH_NUMBERS / featuresOf(network.preprocessing.layout))),
  );
  const plan = stretches(rows.length, most);
  let done = 0;
  for (let chunk = nextChunk(plan, 0, 1); chunk; chunk = nextChunk(plan, done, 1)) {
    const { batch, row } = chunk;
    const out = await session.run({
      ...heldData(data),
      ...weights,
      rows: tensor("int32", rows.slice(row, row + batch)),
    });
    const read = (name: string): Float32Array => (out[name] as Tensor<"float32">).data;
    for (const name of ["missed", "popular", "alike"] as const)
      totals[name] += batch * (read(name)[0] as number);
    codes.push(read("code"));
    if (out["kl"] !== undefined) {
      const found = read("kl");
      kl = Array.from(found, (x, i) => x / rows.length + (kl?.[i] ?? 0));
    }
    done += 1;
  }
  await dropWeights(engine);
  await session.release();
  const share = (total: number): number => total / rows.length;
  return {
    rows: rows.length,
    ranking: { own: 1 - share(totals.missed), popular: 1 - share(totals.popular) },
    alike: share(totals.alike),
    code: { variance: codeFrom(codes, rows.length).variance, kl },
  };
}

function program(network: Network, spec: NetworkSpec, complete: boolean): OnnxModel {
  const { family, preprocessing } = network;
  const { items, users } = preprocessing.schema as InteractionSchema;
  const data = residentInputs(network);
  const rows = input("rows", "int32", ["batch"]);
  const inputsOf = (prefix: string, specs: NetworkSpec["buffers"]) =>
    new Map(specs.map(({ name, shape }) => [name, input(`${prefix}.${name}`, "float32", shape)]));
  const [weights, buffers] = [
    inputsOf("parameter", spec.parameters),
    inputsOf("buffer", spec.buffers),
  ];
  const scope = createScope({
    parameter: ({ name }) => weights.get(name) as Value,
    buffer: ({ name }) => buffers.get(name) as Value,
    training: false,
  });
  const parts = partsIn(scope, network);
  const batch = batchFrom(network, gatherRows(network, data, rows), { complete, heldOut: true });
  const code = family.encode(parts, batch);
  const shown = family.decode(parts, code);
  const popularity = broadcastLike(
    constant(tensor("float32", Float32Array.from(users), [1, items.length]), "popularity"),
    shown,
  );
  const list = Math.min(LIST, items.length);
  const first = (scores: Value) => topK(where(greater(batch.x, 0), -3e38, scores), list, 1);
  const least = smallest(first(popularity).values, { axes: [1], keep: true });
  const common = greaterOrEqual(gatherElements(popularity, first(shown).index, 1), least);
  return exportModel({
    name: "choice-probe",
    inputs: [...Object.values(data), rows, ...weights.values(), ...buffers.values()],
    outputs: {
      missed: mean(rankingLoss(batch, shown, preprocessing.layout)),
      popular: mean(rankingLoss(batch, popularity, preprocessing.layout)),
      alike: mean(cast(common, "float32")),
      code,
      ...(family.divergence === undefined
        ? {}
        : { kl: sum(family.divergence(parts, batch), { axes: [0] }) }),
    },
  });
}
