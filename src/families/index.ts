/** All families, by name: adding one is one line here. */
import type { FamilyEntry } from "./family.ts";
import { vanillaEntry } from "./vanilla.ts";
import { variationalEntry } from "./variational.ts";

export const families = {
  vanilla: vanillaEntry,
  variational: variationalEntry,
} as const satisfies Record<string, FamilyEntry>;

export type FamilyName = keyof typeof families;
export const familyNames = Object.keys(families) as readonly FamilyName[];
