/** All families, by name: adding one is one line here. */
import type { FamilyEntry } from "./family.ts";
import { conditionalEntry } from "./conditional.ts";
import { contractiveEntry } from "./contractive.ts";
import { denoisingEntry } from "./denoising.ts";
import { finiteScalarEntry } from "./finite-scalar.ts";
import { maskedEntry } from "./masked.ts";
import { multDaeEntry } from "./mult-dae.ts";
import { multVaeEntry } from "./mult-vae.ts";
import { regularizedEntry } from "./regularized.ts";
import { semiSupervisedEntry } from "./semi-supervised.ts";
import { sparseEntry } from "./sparse.ts";
import { tabularEntry } from "./tabular.ts";
import { vanillaEntry } from "./vanilla.ts";
import { variationalEntry } from "./variational.ts";
import { vectorQuantizedEntry } from "./vector-quantized.ts";
import { wassersteinEntry } from "./wasserstein.ts";

export const families = {
  vanilla: vanillaEntry,
  sparse: sparseEntry,
  denoising: denoisingEntry,
  contractive: contractiveEntry,
  masked: maskedEntry,
  variational: variationalEntry,
  conditional: conditionalEntry,
  "semi-supervised": semiSupervisedEntry,
  tabular: tabularEntry,
  wasserstein: wassersteinEntry,
  regularized: regularizedEntry,
  "vector-quantized": vectorQuantizedEntry,
  "finite-scalar": finiteScalarEntry,
  "mult-vae": multVaeEntry,
  "mult-dae": multDaeEntry,
} as const satisfies Record<string, FamilyEntry>;

export type FamilyName = keyof typeof families;
export const familyNames = Object.keys(families) as readonly FamilyName[];
