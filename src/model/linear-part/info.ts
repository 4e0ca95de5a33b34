/** What a model file tells of the linear part, and the schema that a file is checked against. */
import { z } from "zod";

export interface LinearPartInfo {
  /** Directions that it goes through. */
  readonly rank: number;
  /** λ: what is added to the squares of each, so that rare items say less. */
  readonly lambda: number;
  /** What its scores are times, beside the logarithms of the network's chances. */
  readonly weight: number;
  /** What both are times, so that chances mean what they say. */
  readonly temperature: number;
  /** NDCG@100 of held-out users, with it and without. */
  readonly heldOut: { readonly users: number; readonly both: number; readonly network: number };
}

export const linearPartSchema = z.object({
  rank: z.number().int().positive(),
  lambda: z.number().positive(),
  weight: z.number().positive(),
  temperature: z.number().positive(),
  heldOut: z.object({
    users: z.number().int().nonnegative(),
    both: z.number(),
    network: z.number(),
  }),
});

/** A line on it for the person at the terminal. */
export function linearPartWords({ heldOut, rank, weight }: LinearPartInfo): string {
  const { both, network, users } = heldOut;
  return `${rank.toLocaleString("en")} directions, weight ${weight}: NDCG@100 of ${users.toLocaleString("en")} held-out users ${both.toFixed(3)}, ${network.toFixed(3)} by the network alone`;
}
