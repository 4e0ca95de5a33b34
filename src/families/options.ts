/** Checks options against their schema, with errors in the project's form. */
import type { z } from "zod";
import { inputError } from "../base/errors.ts";

/**
 * @param place what the options belong to, as `variational`
 * @throws `options.invalid`, naming the option, what was expected and what came
 */
export function parseOptions<S extends z.ZodType>(
  place: string,
  schema: S,
  given: unknown,
): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join(".") ?? "";
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys : [];
  const known = "shape" in schema ? Object.keys(schema.shape as object) : [];
  if (unknown.length > 0) {
    throw inputError("options.unknown", {
      place,
      expected: known.length === 0 ? "no options of its own" : `options among ${known.join(", ")}`,
      got: unknown.join(", "),
    });
  }
  throw inputError("options.invalid", {
    place: path === "" ? place : `${place}, option ${path}`,
    expected: (issue?.message ?? "a valid value").replace(
      /^(Invalid (input|option)|Too (small|big)): expected /,
      "",
    ),
    got: JSON.stringify(valueAt(given, issue?.path ?? [])),
  });
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    given,
  );
}
