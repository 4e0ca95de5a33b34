/** Which axes of a network's weights are about features, labels and the like, and how scale enters them. */
import { edgesOf } from "../bodies/edges.ts";
import { CENTER } from "../families/sparse.ts";
import { input } from "../graph/value.ts";
import { LOG_VARIANCE_UNIT } from "../losses/gaussian.ts";
import type { NetworkSpec } from "../nn/scope.ts";
import { specOf } from "../nn/scope.ts";
import type { Network } from "../train/network.ts";
import { batchFrom, compactTypes, partsIn } from "../train/network.ts";
import type { Feature, Relation } from "./init-features.ts";
import { featuresAlong, givenAlong, labelWords, readAlong } from "./init-features.ts";

/** What lies along the axes of one tensor. */
export interface Role {
  /** Undefined where an axis is about nothing by name: units of a layer. */
  readonly axes: readonly (readonly Feature[] | undefined)[];
  /** The axis whose features are scaled, and what a change of scale does to a number there. */
  readonly scaled?: {
    readonly axis: number;
    change(value: number, relation: Relation): number;
  };
  /** The bias that takes up what a shift of the features adds. */
  readonly shifts?: string;
  /** Whether a shift of scale can only be followed about the middle of a sample. */
  readonly padded?: boolean;
}

export interface Traced {
  readonly spec: NetworkSpec;
  readonly roles: ReadonlyMap<string, Role>;
  /** Text that is the same for networks whose tensors without names are about the same. */
  readonly rows: string;
  /** Whether the shift of the features is taken out before the encoder. */
  readonly centred: boolean;
  /** Whether lengths of the decoder's weights are fixed, so that no scale can enter them. */
  readonly unitRows: boolean;
}

/** Runs a network to see which parts of its body it gives what. */
export function traced(network: Network): Traced {
  const roles = new Map<string, Role>();
  const { body, label, latent } = network;
  const edges = edgesOf(body);
  const classes = labelWords(label?.classes ?? []);
  let unitRows = false;

  const spec = specOf((scope) => {
    const parts = partsIn(scope, network);
    const compact = Object.fromEntries(
      Object.entries(compactTypes(network)).map(([name, { dtype, shape }]) => [
        name,
        input(name, dtype, ["batch", ...shape]),
      ]),
    );
    network.family.loss(
      {
        ...parts,
        encoder: (x, outputs, name = "encoder") => {
          const shape = x.shape.slice(1) as number[];
          if (edges !== undefined) {
            const { layer, axis } = edges.input;
            const features = readAlong(network, shape.at(-1) as number);
            const axes: (readonly Feature[] | undefined)[] = [];
            axes[axis] = edges
              .places(shape)
              .map(({ at, last }) => placed(features[last] as Feature, at));
            roles.set(`${name}.${layer}.weight`, {
              axes,
              scaled: { axis, change: (value, { slope }) => value / slope },
              shifts: `${name}.${layer}.bias`,
              padded: edges.padded(shape),
            });
          }
          if (name !== "encoder" && outputs === classes.length) {
            const at = roles.get(`${name}.code.weight`);
            roles.set(`${name}.code.weight`, { ...at, axes: [at?.axes[0], classes] });
            roles.set(`${name}.code.bias`, { axes: [classes] });
          }
          return parts.encoder(x, outputs, name);
        },
        decoder: (z, shape = network.preprocessing.layout.shape, within) => {
          if (edges !== undefined) {
            const { layer, axis } = edges.output;
            const features = givenAlong(network, shape.at(-1) as number);
            const along = edges
              .places(shape)
              .map(({ at, last }) => placed(features[last] as Feature, at));
            const axes: (readonly Feature[] | undefined)[] = [];
            axes[axis] = along;
            roles.set(`decoder.${layer}.weight`, {
              axes,
              scaled: { axis, change: (value, { slope }) => value * slope },
            });
            roles.set(`decoder.${layer}.bias`, {
              axes: [along],
              scaled: { axis: 0, change: affine },
            });
            const numbers = z.shape.at(-1) as number;
            if (
              edges.code !== undefined &&
              classes.length > 0 &&
              numbers === latent + classes.length
            ) {
              const name = `decoder.${edges.code.layer}.weight`;
              const before = roles.get(name);
              const code = [...numbered(latent), ...classes];
              roles.set(name, { ...before, axes: [code, ...(before?.axes.slice(1) ?? [])] });
            }
            unitRows ||= within !== undefined && edges.code?.layer === layer;
          }
          return parts.decoder(z, shape, within);
        },
      },
      batchFrom(network, compact, { complete: false }),
    );
  });

  const features = featuresAlong(network.preprocessing);
  const numbers = features.filter(({ scaling }) => scaling !== undefined);
  for (const { name, shape } of [...spec.parameters, ...spec.buffers]) {
    const own = roleBeside(name, shape, features, numbers);
    if (own !== undefined) roles.set(name, own);
    if (name === "label.weight") roles.set(name, { axes: [classes] });
  }
  return {
    spec,
    roles,
    rows: JSON.stringify(network.preprocessing.layout.variables?.map(sizeOfVariable) ?? []),
    centred: spec.buffers.some(({ name }) => name === CENTER.mean),
    unitRows,
  };
}

/** Of tensors that hold a number for each feature, outside the body. */
function roleBeside(
  name: string,
  shape: readonly number[],
  features: readonly Feature[],
  numbers: readonly Feature[],
): Role | undefined {
  const each = (change: (value: number, relation: Relation) => number): Role | undefined =>
    shape[0] === numbers.length ? { axes: [numbers], scaled: { axis: 0, change } } : undefined;
  if (name === CENTER.mean && shape.length === 1 && shape[0] === features.length)
    return { axes: [features], scaled: { axis: 0, change: affine } };
  if (name === "variance.log")
    return each((value, { slope }) => value + (2 * Math.log(slope)) / LOG_VARIANCE_UNIT);
  if (name === "modes.0.center") return each(affine);
  if (name === "modes.0.logWidth") return each((value, { slope }) => value + Math.log(slope));
  return undefined;
}

const affine = (value: number, { slope, offset }: Relation): number => slope * value + offset;

function placed(feature: Feature, at: string): Feature {
  return at === "" ? feature : { ...feature, key: `${at} ${feature.key}` };
}

function numbered(count: number): readonly Feature[] {
  return Array.from({ length: count }, (_, i) => ({ key: `code ${i}` }));
}

function sizeOfVariable(
  variable: NonNullable<Network["preprocessing"]["layout"]["variables"]>[number],
): readonly (number | string)[] {
  return variable.kind === "category"
    ? ["category", variable.size]
    : ["number", variable.low.length, variable.flag === undefined ? 0 : 1];
}
