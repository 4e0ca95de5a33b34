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
  /** Features → numbers about the code, `[batch, outputs]`, by the body's encoder. */
  encoder(x: Value, outputs: number): Value;
  /** Code `[batch, latent]` → one number a feature, `[batch, …layout.shape]`, by the body's decoder. */
  decoder(z: Value): Value;
}

/** A term of the loss: a value a sample, and its weight in the sum. */
export interface Term {
  /** `[batch]`, or a scalar where the term is about the batch as a whole. */
  readonly value: Value;
  /** 1 by default. Terms are logged without their weights. */
  readonly weight?: Value | number;
}

export interface Family<T extends string = string, G extends boolean = boolean> {
  readonly name: string;
  /** Plain JSON, enough to make the family again by name. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Absent: chosen from the data. */
  readonly body: Body | undefined;
  /** Size of the code; absent: chosen from the data. */
  readonly latent: number | undefined;
  /** Every loss term with its unit. */
  readonly terms: Readonly<Record<T, "nats" | "squared error">>;
  /** What the family can do beyond encode, reconstruct and score. */
  readonly can: { readonly generate: G };
  /** The training objective. `parts.scope.random` holds. */
  loss(parts: Parts, batch: Batch): Readonly<Record<T, Term>>;
  /** The code, `[batch, latent]`, without chance. */
  encode(parts: Parts, x: Value): Value;
  /** Code → means of the features, `[batch, …layout.shape]`. */
  decode(parts: Parts, z: Value): Value;
  /** KL of the code to its prior a dimension, `[batch, latent]` in nats, for families that have one. */
  divergence?(parts: Parts, x: Value): Value;
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
    encoder: (x, outputs) => body.encode(scope.child("encoder"), x, outputs),
    decoder: (z) => body.decode(scope.child("decoder"), z, layout.shape),
  };
}
