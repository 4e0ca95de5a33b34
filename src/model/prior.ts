/** Where the codes of new samples come from. */
import { inputError } from "../base/errors.ts";
import type { Matrix } from "../base/tensor.ts";
import type { Labels } from "../data/labels.ts";
import { requireClass } from "../data/labels.ts";
import { mixtureSamples } from "../evaluate/mixture.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals, uniforms } from "../random/numbers.ts";
import type { ModelFile } from "./file.ts";
import type { ModelInfo } from "./types.ts";

interface Draw {
  readonly seed: number;
  /** Spread of the draws: 0 = the likeliest, 1 = as trained. */
  readonly temperature: number;
}

const LABEL_SITE = 0x1abe1;

export function drawCodes(
  { info, mixture }: ModelFile,
  count: number,
  { seed, temperature }: Draw,
): Matrix {
  if (mixture !== undefined) return mixtureSamples(mixture, count, { seed, temperature });
  const data = normals(keyAt(seed, 0), count, info.latent).map((x) => x * temperature);
  return { rows: count, columns: info.latent, data };
}

/**
 * Labels for new samples: all of one class, or drawn as often as in training. The temperature
 * sharpens their shares, as p^(1 / temperature).
 */
export function drawLabels(
  { label, family }: ModelInfo,
  count: number,
  { seed, temperature, label: asked }: Draw & { readonly label: string | undefined },
): Labels | undefined {
  if (label === undefined) {
    if (asked === undefined) return undefined;
    throw inputError("options.invalid", {
      place: "label",
      expected: "a family that takes labels, such as conditional",
      got: `a ${family.name} autoencoder, which knows none`,
    });
  }
  if (asked !== undefined) {
    requireClass(asked, "label", label.classes);
    return Array.from({ length: count }, () => asked);
  }
  const [most = 1] = label.shares;
  const sharpened = label.shares.map((share, i) =>
    temperature === 0 ? Number(i === 0) : (share / most) ** (1 / temperature),
  );
  const total = sharpened.reduce((sum, share) => sum + share, 0);
  const draws = uniforms(atSite(keyAt(seed, 0), LABEL_SITE), count);
  return Array.from(draws, (u) => {
    let left = u * total;
    const at = sharpened.findIndex((share) => (left -= share) < 0);
    return label.classes[at < 0 ? 0 : at] ?? null;
  });
}
