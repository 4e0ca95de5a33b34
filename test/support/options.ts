/** For each option of a schema, another value than its default: to see whether it matters. */
import { z } from "zod";

interface Form {
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string;
  readonly anyOf?: readonly Form[];
  readonly items?: Form;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
  readonly needs?: Readonly<Record<string, unknown>>;
}

interface OtherValue {
  readonly name: string;
  readonly value: unknown;
  /** Other options without which this one does nothing, by its schema's `needs`. */
  readonly needs: Readonly<Record<string, unknown>>;
}

/** One entry for each other word of a choice, and for a number, a boolean or a list. */
export function otherValues(schema: z.ZodObject): OtherValue[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" }) as {
    readonly properties?: Readonly<Record<string, Form>>;
  };
  return Object.entries(properties).flatMap(([name, form]) => {
    const { needs = {} } = form;
    // Where the default depends on the data, the schema names values that differ from it.
    const values = (form.examples ?? candidates(form, form.default)).filter(
      (value) => schema.safeParse({ ...needs, [name]: value }).success,
    );
    // An option that no other value is found for would pass without a look.
    if (values.length === 0) throw new Error(`option ${name}: no other value known`);
    return values.map((value) => ({ name, value, needs }));
  });
}

function candidates(form: Form, standard: unknown): readonly unknown[] {
  const other = (values: readonly unknown[]): readonly unknown[] =>
    values.filter((value) => JSON.stringify(value) !== JSON.stringify(standard));
  if (form.anyOf !== undefined) return form.anyOf.flatMap((one) => candidates(one, standard));
  if (form.enum !== undefined) return other(form.enum);
  if (form.const !== undefined) return other([form.const]);
  switch (form.type) {
    case "boolean":
      return other([true, false]);
    case "integer":
      return other([typeof standard === "number" ? standard + 2 : Math.max(1, form.minimum ?? 1)]);
    case "number":
      return other(
        typeof standard === "number" ? [standard / 2 + 0.2, standard / 2 + 0.1] : [0.7],
      ).slice(0, 1);
    case "array":
      return [[7]];
    default:
      return [];
  }
}
