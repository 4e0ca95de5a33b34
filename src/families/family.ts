/**
 * What a family of autoencoders is: an objective. It says how a batch becomes loss
 * terms, a code and a score; the network around the code is the body's affair, the
 * sums, gradients and logs the trainer's.
 */
import type { z } from "zod";
import type { Body } from "../bodies/body.ts";
import type { Value } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import type { Scope } from "../nn/scope.ts";

/** What a family builds with. */
export interface Parts {
  readonly scope: Scope;
  readonly layout: Layout;
  readonly latent: number;
  /**
   * Features → numbers about the code, `[batch, outputs]`, by the body's encoder.
   *
   * @param name default `encoder`; another one is a second network with its own weights
   */
  encoder(x: Value, outputs: number, name?: string): Value;
  /**
   * Numbers about the code, `[batch, any]` → `[batch, …shape]`, by the body's decoder.
   *
   * @param shape default: one number a feature, `layout.shape`
   * @param within the scope that the decoder takes its weights from, made of its own
   */
  decoder(z: Value, shape?: readonly number[], within?: (scope: Scope) => Scope): Value;
}

/** A term of the loss: a value a sample, and its weight in the sum. */
export interface Term {
  /** `[batch]`, or a scalar where the term is about the batch as a whole. */
  readonly value: Value;
  /** 1 by default. Terms are logged without their weights. */
  readonly weight?: Value | number;
}

/** The network that a family takes when its user says nothing. */
export interface Suggestion {
  readonly body?: Body | undefined;
  readonly latent?: number | undefined;
}

/** Codes in a finite alphabet. */
export interface Symbols {
  /** int64 `[batch, positions]`, in [0, size). */
  readonly index: Value;
  readonly size: number;
}

export interface Family<T extends string = string, G extends boolean = boolean> {
  readonly name: string;
  /** Plain JSON, enough to make the family again by name. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Absent: chosen from the data. */
  readonly body: Body | undefined;
  /** Size of the code; absent: chosen from the data. */
  readonly latent: number | undefined;
  /** What to take where `body` or `latent` is absent; absent: what suits any family. */
  suggest?(layout: Layout): Suggestion;
  /** Every loss term with its unit, as `"nats"` or `"squared error"`. */
  readonly terms: Readonly<Record<T, string>>;
  /** What the family can do beyond encode, reconstruct and score. */
  readonly can: { readonly generate: G };
  /**
   * Where codes of new samples come from: the standard normal (the default), or a Gaussian
   * mixture fitted to the codes of the training rows once training is over.
   */
  readonly prior?: "normal" | "mixture";
  /**
   * What the family does with labels: `required` in every row, or `optional` (unknown for some).
   * Absent: it never sees them.
   */
  readonly label?: "required" | "optional";
  /** It is for interactions, which no other family takes: their rows are counts of many things. */
  readonly takes?: "interactions";
  /** Nothing but the size of its code keeps the family from copying its input. */
  readonly copies?: true;
  /** It is trained to fill in what is hidden: PCA of the whole row is no yardstick for it. */
  readonly fillsIn?: true;
  /** A linear part goes beside the network where held-out users are served better with it. */
  readonly linearPart?: boolean;
  /** Whether it learns from noisy/clean pairs: `batch.target` is then the clean side. */
  readonly pairs?: boolean;
  /** The training objective. `parts.scope.random` holds. */
  loss(parts: Parts, batch: Batch): Readonly<Record<T, Term>>;
  /**
   * What decides which weights are kept and when training ends, `[batch]`, smaller is better, on rows
   * with something held out; without chance. Absent: the loss.
   */
  judge?(parts: Parts, batch: Batch): Value;
  /** The code, `[batch, latent]`, without chance. */
  encode(parts: Parts, batch: Batch): Value;
  /**
   * One draw of the code, `[batch, latent]`, for families whose codes are uncertain: what the decoder
   * learned to read, of which `encode` is the middle. `parts.scope.random` holds.
   */
  drawCode?(parts: Parts, batch: Batch): Value;
  /**
   * Code → means of the features, `[batch, …layout.shape]`, without chance.
   *
   * @param label one-hot `[batch, classes]`, for families that take labels
   */
  decode(parts: Parts, z: Value, label?: Value): Value;
  /**
   * Code → one draw of the features, for families whose samples are draws of the likelihood and
   * not its means. `parts.scope.random` holds.
   *
   * @param temperature a scalar: spread of the draw, 0 = the mode or mean, 1 = as trained
   */
  sample?(parts: Parts, z: Value, temperature: Value, label?: Value): Value;
  /** KL of the code to its prior a dimension, `[batch, latent]` in nats, for families that have one. */
  divergence?(parts: Parts, batch: Batch): Value;
  /**
   * log p(x, z) − log q(z | x) at one draw of z, `[batch]` in nats, for families with a
   * likelihood: what importance sampling averages. `parts.scope.random` holds.
   */
  logWeight?(parts: Parts, batch: Batch): Value;
  /** Chances of the classes, `[batch, classes]`, without chance, for families that predict labels. */
  classify?(parts: Parts, batch: Batch): Value;
  /** The code as symbols, for families whose codes are discrete. */
  symbols?(parts: Parts, batch: Batch): Symbols;
  /**
   * Each part of the sample as it is expected from the others alone, `[batch, …layout.shape]`, without
   * chance, for families that learn that. What `denoise` gives then.
   */
  guess?(parts: Parts, batch: Batch): Value;
  /**
   * How unusual each sample is, without chance; higher = more unusual.
   *
   * @returns `score` `[batch]`, and `parts` `[batch, parts]`: the share of each part of the
   *   sample's reconstruction, in the layout's order
   */
  score(parts: Parts, batch: Batch): { readonly score: Value; readonly parts: Value };
}

/** What a family is asked for besides its own options. */
export interface CommonOptions {
  /** Size of the code. Default: chosen from the data. */
  readonly latent?: number | undefined;
  /** The network around the code. Default: one that suits the data. */
  readonly body?: Body | undefined;
}

/** A family in the table: how to make it by name. */
export interface FamilyEntry {
  readonly summary: string;
  /** As of the family. */
  readonly takes?: "interactions";
  /** Own options with their checks, defaults and help. */
  readonly options: z.ZodObject;
  create(options: Readonly<Record<string, unknown>>, common: CommonOptions): Family;
}

/** Binds a body to a scope. */
export function partsOf(scope: Scope, body: Body, layout: Layout, latent: number): Parts {
  return {
    scope,
    layout,
    latent,
    encoder: (x, outputs, name = "encoder") =>
      body.encode(scope.child(name), x, outputs, layout.bounded ? 0.5 : 1),
    decoder: (z, shape = layout.shape, within = (own) => own) =>
      body.decode(within(scope.child("decoder")), z, shape),
  };
}
