/**
 * A warm start: the first weights of a run from an older model, also with other columns.
 *
 * Tensors are matched by name and shape, and where an axis is about features, feature by feature. As
 * the new data are scaled anew, weights that read or give a column are changed so that the network
 * is the same function of raw values as before: with y' = a · y + b for the new scaled value y' of
 * what was y,
 *
 *   reads:  W'_i = W_i / a_i,  bias' = bias − Σ_i b_i / a_i · W_i
 *   gives:  W'_j = a_j · W_j,  bias'_j = a_j · bias_j + b_j
 */
import { inputError } from "../base/errors.ts";
import type { Schema } from "../data/preprocessing.ts";
import type { Scaling } from "../data/scaling.ts";
import { CENTER } from "../families/sparse.ts";
import type { BufferSpec } from "../nn/scope.ts";
import { countOf } from "../nn/scope.ts";
import { initialVectors } from "../train/initial-state.ts";
import type { Network } from "../train/network.ts";
import { STATE } from "../train/program.ts";
import type { Vectors } from "../train/run.ts";
import type { Weights } from "../train/weights.ts";
import { shortName } from "./data.ts";
import { parseModelFile, readModelBytes } from "./file.ts";
import type { Feature, Relation } from "./init-features.ts";
import { SAME, relationOf } from "./init-features.ts";
import type { Role, Traced } from "./init-roles.ts";
import { traced } from "./init-roles.ts";
import { networkFrom, weightsFrom } from "./restore.ts";
import type { Inherited } from "./init-text.ts";
import type { Model } from "./types.ts";

export interface WarmStart {
  /** All first weights: those that were taken, and others as drawn from the seed. */
  readonly vectors: Vectors;
  readonly info: Inherited;
}

/** An older model with its weights. */
export interface Elder {
  readonly name: string;
  readonly network: Network;
  readonly weights: Weights;
  /** Of new data, what they are fitted to with what cannot be changed of the older model's. */
  schemaFor(now: Schema): Schema;
}

/** @throws `model.*` for what is no model file of ours */
export async function elderFrom(init: string | Pick<Model, "bytes" | "info">): Promise<Elder> {
  const bytes = typeof init === "string" ? await readModelBytes(init) : init.bytes();
  const name = typeof init === "string" ? init : `the model of ${init.info.training.data}`;
  const { model, info } = parseModelFile(bytes, name);
  const network = networkFrom(info, name);
  return {
    name: typeof init === "string" ? shortName(init) : name,
    network,
    weights: weightsFrom(model, network, name),
    schemaFor: (now) => withBends(now, info.schema),
  };
}

/**
 * The first weights of a network from those of an older one.
 *
 * @throws `train.init` where no weight fits
 */
export function warmStart(network: Network, seed: number, elder: Elder): WarmStart {
  const now = traced(network);
  const then = traced(elder.network);
  const { spec } = now;
  const vectors = initialVectors(spec, [STATE.parameters], seed);
  const old = new Map([
    ...tensorsOf(elder.weights.spec.parameters, elder.weights.parameters),
    ...tensorsOf(elder.weights.spec.buffers, elder.weights.buffers),
  ]);
  const fresh = new Map([
    ...tensorsOf(spec.parameters, vectors[STATE.parameters] as Float32Array),
    ...tensorsOf(spec.buffers, vectors[STATE.buffers] ?? new Float32Array(0)),
  ]);
  const near = new Set<string>();
  const taken = new Set<string>();
  // A bias says nothing without the weights that it was learned with: those first.
  const names = [...fresh.keys()].sort((a, b) => Number(isBias(a)) - Number(isBias(b)));
  const shifts: (() => void)[] = [];
  for (const name of names) {
    const target = fresh.get(name) as Tensor;
    const source = old.get(name);
    const lone = isBias(name) && fresh.has(weightOf(name)) && !taken.has(weightOf(name));
    if (source === undefined || lone || !sameMeaning(name, now, then)) continue;
    const maps = matched(target, source, now.roles.get(name), then.roles.get(name));
    if (maps === undefined) continue;
    copy(target, source, maps, now.roles.get(name));
    taken.add(name);
    for (const column of bent(maps, now, now.roles.get(name))) near.add(column);
    const bias = fresh.get(now.roles.get(name)?.shifts ?? "");
    // After the bias itself was taken.
    if (bias !== undefined) shifts.push(() => shift(target, bias, source, maps, now));
  }
  for (const act of shifts) act();
  // A running mean that was taken is one of many batches, and not forgotten at the first.
  if (taken.has(CENTER.mean)) fresh.get(CENTER.steps)?.data.fill(CENTER.most);

  const kept = spec.parameters.filter(({ name }) => taken.has(name)).length;
  if (kept === 0) throw nothingFits(network, elder);
  return {
    vectors,
    info: {
      from: elder.name,
      taken: kept,
      of: spec.parameters.length,
      ...columnsBetween(elder.network, network),
      near: [...near],
    },
  };
}

/**
 * A schema fitted to new data, in which columns that the older model saw through a bend keep it: no
 * change of weights makes one bend into another, or into a line.
 */
function withBends(now: Schema, then: Schema): Schema {
  if (now.kind === "table" && then.kind === "table") {
    const before = new Map(
      then.columns.flatMap((column) =>
        "scaling" in column ? [[column.name, column.scaling] as const] : [],
      ),
    );
    const columns = now.columns.map((column) =>
      "scaling" in column
        ? { ...column, scaling: bentAs(column.scaling, before.get(column.name)) }
        : column,
    );
    return { ...now, columns };
  }
  if (now.kind === "array" && then.kind === "array") {
    const alike = (now.shape.length === 1) === (then.shape.length === 1);
    const scalings = now.scalings.map((scaling, i) =>
      bentAs(scaling, alike ? then.scalings[i] : undefined),
    );
    return { ...now, scalings };
  }
  return now;
}

function bentAs(now: Scaling, then: Scaling | undefined): Scaling {
  if (then?.tail !== true) return now;
  const { center, scale, tail, mean, deviation } = then;
  return { ...now, center, scale, tail, mean, deviation };
}

interface Tensor {
  readonly shape: readonly number[];
  /** Part of the vector that holds all. */
  readonly data: Float32Array;
}

function tensorsOf(
  specs: readonly BufferSpec[],
  flat: Float32Array,
): (readonly [string, Tensor])[] {
  let at = 0;
  return specs.map((spec) => {
    const data = flat.subarray(at, (at += countOf([spec])));
    return [spec.name, { shape: spec.shape, data }] as const;
  });
}

const isBias = (name: string): boolean => name.endsWith(".bias");
const weightOf = (bias: string): string => bias.replace(/\.bias$/, ".weight");

/** What draws rows of a table is about bins and words in their order: it fits those columns alone. */
function sameMeaning(name: string, now: Traced, then: Traced): boolean {
  return !name.startsWith("row.") || now.rows === then.rows;
}

/** For each place along an axis, the place in the old tensor, or −1, and how its scale changed. */
interface AxisMap {
  readonly from: Int32Array;
  readonly relations?: readonly Relation[];
  readonly features?: readonly Feature[];
  readonly before?: readonly Feature[];
}

/** Undefined where the tensors have nothing in common. */
function matched(
  target: Tensor,
  source: Tensor,
  now: Role | undefined,
  then: Role | undefined,
): readonly AxisMap[] | undefined {
  if (target.shape.length !== source.shape.length) return undefined;
  const maps: AxisMap[] = [];
  for (const [axis, size] of target.shape.entries()) {
    const [features, before] = [now?.axes[axis], then?.axes[axis]];
    if ((features === undefined) !== (before === undefined)) return undefined;
    if (features === undefined || before === undefined) {
      if (size !== source.shape[axis]) return undefined;
      maps.push({ from: Int32Array.from({ length: size }, (_, i) => i) });
      continue;
    }
    const places = new Map(before.map(({ key }, i) => [key, i]));
    const from = Int32Array.from(features, ({ key }) => places.get(key) ?? -1);
    if (from.every((place) => place < 0)) return undefined;
    const relations = features.map(({ scaling }, i) =>
      relationOf(before[from[i] as number]?.scaling, scaling),
    );
    maps.push({ from, relations, features, before });
  }
  return maps;
}

/** Calls for each number of a tensor that has one in the old tensor. */
function eachPair(
  { shape }: Tensor,
  source: Tensor,
  maps: readonly AxisMap[],
  act: (at: number, from: number, places: readonly number[]) => void,
): void {
  const places = shape.map(() => 0);
  const walk = (axis: number, at: number, from: number): void => {
    if (axis === shape.length) return act(at, from, places);
    const size = shape[axis] as number;
    for (let i = 0; i < size; i += 1) {
      const place = maps[axis]?.from[i] as number;
      if (place < 0) continue;
      places[axis] = i;
      walk(axis + 1, at * size + i, from * (source.shape[axis] as number) + place);
    }
  };
  walk(0, 0, 0);
}

function copy(target: Tensor, source: Tensor, maps: readonly AxisMap[], role?: Role): void {
  const { scaled } = role ?? {};
  const relations = scaled && maps[scaled.axis]?.relations;
  eachPair(target, source, maps, (at, from, places) => {
    const value = source.data[from] as number;
    target.data[at] =
      scaled === undefined || relations === undefined
        ? value
        : scaled.change(value, relations[places[scaled.axis] as number] ?? SAME);
  });
}

/** Brings what a shift of the features adds to the sums into the bias, and into flags of missing values. */
function shift(
  weight: Tensor,
  bias: Tensor,
  source: Tensor,
  maps: readonly AxisMap[],
  { centred }: Traced,
): void {
  const axis = maps.findIndex(({ relations }) => relations !== undefined);
  const { relations = [], features = [], from, before: old = [] } = maps[axis] as AxisMap;
  const outputs = bias.data.length;
  // The features are centred before: nothing is left to be shifted.
  if (centred) return;
  const sums = new Float64Array(outputs);
  eachPair(weight, source, maps, (at, place, places) => {
    const { slope, offset } = relations[places[axis] as number] ?? SAME;
    const out = at % outputs;
    sums[out] = (sums[out] as number) - (offset / slope) * (source.data[place] as number);
  });
  for (const [i, sum] of sums.entries()) bias.data[i] = (bias.data[i] as number) + sum;
  // A missing value is a zero in either scale: the flag takes back what the bias was given for it.
  if (weight.shape.length !== 2 || maps[1]?.features !== undefined) return;
  const places = new Map(features.map(({ key }, i) => [key, i]));
  for (const [i, { key, flagOf }] of features.entries()) {
    const number = flagOf === undefined ? undefined : places.get(flagOf);
    const row = number === undefined ? -1 : (from[number] as number);
    if (number === undefined || row < 0) continue;
    const { slope, offset } = relations[number] ?? SAME;
    const flag = old.findIndex((feature) => feature.key === key);
    for (let out = 0; out < outputs; out += 1) {
      const held = flag < 0 ? 0 : (source.data[flag * outputs + out] as number);
      weight.data[i * outputs + out] =
        held + (offset / slope) * (source.data[row * outputs + out] as number);
    }
  }
}

/** Columns whose change of scale a tensor cannot follow everywhere. */
function bent(maps: readonly AxisMap[], now: Traced, role: Role | undefined): readonly string[] {
  if (role?.scaled === undefined) return [];
  const { features = [], relations = [] } = maps[role.scaled.axis] ?? {};
  const reads = role.shifts !== undefined;
  const flagged = new Set(features.map(({ flagOf }) => flagOf));
  return features.flatMap(({ key, column, scaling }, i) => {
    if (scaling === undefined || column === undefined) return [];
    const { exact, slope, offset } = relations[i] ?? SAME;
    const padded = role.padded === true && offset !== 0;
    const unit = !reads && now.unitRows && slope !== 1;
    // Features that are centred have no bias that a flag could take back.
    const gap = reads && now.centred && offset !== 0 && flagged.has(key);
    return !exact || padded || unit || gap ? [column] : [];
  });
}

/** Columns and channels that have a name. */
function namedColumns({ preprocessing }: Network): ReadonlyMap<string, string> {
  const { schema, columns } = preprocessing;
  if (schema.kind === "table")
    return new Map(
      schema.columns.map((column) => [column.name, "scaling" in column ? "number" : "category"]),
    );
  return new Map(schema.kind === "series" ? columns.map((name) => [name, "number"]) : []);
}

function columnsBetween(then: Network, now: Network): Pick<Inherited, "added" | "gone"> {
  const [before, after] = [namedColumns(then), namedColumns(now)];
  const without = (
    some: ReadonlyMap<string, string>,
    others: ReadonlyMap<string, string>,
  ): readonly string[] =>
    [...some].flatMap(([name, role]) => (others.get(name) === role ? [] : [name]));
  return { added: without(after, before), gone: without(before, after) };
}

function nothingFits(network: Network, elder: Elder) {
  const told = ({ family, body, latent, preprocessing }: Network): string =>
    `${family.name}, ${body.name} body ${JSON.stringify(body.options)}, latent ${latent}, ${preprocessing.kind}`;
  return inputError("train.init", {
    place: elder.name,
    expected: `a model that shares weights with this one: ${told(network)}`,
    got: told(elder.network),
    hint: "give the body and its widths as the older model has them (ae info shows them), or leave out --init",
  });
}
