/** A mixture as text for the metadata of a model file, and back. */
import { inputError } from "../base/errors.ts";
import type { Mixture } from "../evaluate/mixture.ts";
import { base64, floats } from "./base64.ts";

/** Numbers as base64 of little-endian float32, as in the rest of the file. */
export function mixtureToJson({ size, weights, means, factors, classes }: Mixture): string {
  return JSON.stringify({
    size,
    weights: base64(weights),
    means: base64(means),
    factors: base64(factors),
    ...(classes === undefined ? {} : { classes: Array.from(classes) }),
  });
}

/**
 * @param name of the file, for errors
 * @throws `model.version` when the text is no mixture, or one that could not be drawn from
 */
export function mixtureFromJson(text: string, name: string): Mixture {
  const held = parsed(text);
  const size = Number(held["size"]);
  const weights = floats(held["weights"]);
  const means = floats(held["means"]);
  const factors = floats(held["factors"]);
  const classes = classesOf(held["classes"]);
  const components = weights.length;
  const fits =
    Number.isSafeInteger(size) &&
    size > 0 &&
    components > 0 &&
    means.length === components * size &&
    (classes === undefined || classes.length === components) &&
    factors.length === components * size * size;
  const sound =
    [weights, means, factors].every((values) => values.every(Number.isFinite)) &&
    weights.every((weight) => weight >= 0) &&
    weights.some((weight) => weight > 0);
  if (!fits || !sound) {
    throw inputError("model.version", {
      place: `${name}, metadata`,
      expected: "a mixture: finite weights, means and factors of sizes that fit",
      got: fits ? "weights, means or factors that are none" : "others",
      hint: "the file was written by another version or has been changed: train it again",
    });
  }
  return { size, weights, means, factors, ...(classes === undefined ? {} : { classes }) };
}

/** Those of a list of none would fit no number of components. */
function classesOf(value: unknown): Int32Array | undefined {
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const sound = list.every((one) => Number.isSafeInteger(one) && Number(one) >= 0);
  return Int32Array.from(sound ? list : [], Number);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
