import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { collect, tableFrom } from "./memory.ts";
import type { Cell } from "./memory-columns.ts";
import { inferRoles } from "./roles.ts";

async function rolesOf(columns: Record<string, ArrayLike<Cell>>) {
  const { columns: kept, leftOut } = inferRoles(await collect(tableFrom(columns)));
  return Object.fromEntries([
    ...kept.map(({ name, role }) => [name, role] as const),
    ...leftOut.map(({ name, reason }) => [name, reason] as const),
  ]);
}

const many = (value: (i: number) => Cell, rows = 178) =>
  Array.from({ length: rows }, (_, i) => value(i));
/** Whole numbers in no order, all different, with gaps. */
const scattered = (i: number) => ((i * 7919) % 1009) * 3 + 200;

describe("roles", () => {
  it("go by type", async () => {
    expect(
      await rolesOf({
        real: many((i) => i * 0.37),
        count: many((i) => i % 5),
        flag: many((i) => i % 2 === 0),
        time: many((i) => new Date(i * 86_400_000)),
        kind: many((i) => `k${i % 4}`),
      }),
    ).toEqual({
      real: "numeric",
      count: "numeric",
      flag: "boolean",
      time: "datetime",
      kind: "categorical",
    });
  });

  it("unique whole numbers are a measurement unless name or pattern says otherwise", async () => {
    const roles = await rolesOf({
      proline: many(scattered),
      patient_id: many(scattered),
      userId: many(scattered),
      valid: many(scattered),
      n: many((i) => i + 1),
      down: many((i) => 1000 - 2 * i),
      shuffled: many((i) => ((i * 31) % 178) + 5),
    });
    expect(roles["proline"]).toBe("numeric");
    expect(roles["valid"]).toBe("numeric");
    expect(roles["patient_id"]).toMatch(/every row has a number of its own, and its name says so/);
    expect(roles["userId"]).toMatch(/identifier/);
    expect(roles["n"]).toMatch(/row number/);
    expect(roles["down"]).toMatch(/row number/);
    expect(roles["shuffled"]).toMatch(/each come once, without gaps/);
  });

  it("floats are never identifiers, few rows prove nothing, repeated ids stay", async () => {
    expect(
      await rolesOf({
        id: many((i) => i + 0.5),
        user_id: many((i) => i % 40),
      }),
    ).toEqual({ id: "numeric", user_id: "numeric" });
    expect(await rolesOf({ a: [1, 2, 3, 4], w: ["p", "q", "r", "s"] })).toEqual({
      a: "numeric",
      w: "categorical",
    });
  });

  it("text that names its row or is prose is left out", async () => {
    const roles = await rolesOf({
      code: many((i) => `c${i}`),
      story: many((i) => `the customer called about matter number ${i % 150} again`, 300).slice(
        0,
        178,
      ),
      city: many((i) => `city ${i % 60}`),
    });
    expect(roles["code"]).toMatch(/every row has a text of its own/);
    expect(roles["story"]).toMatch(/free text: 150 different texts/);
    expect(roles["city"]).toBe("categorical");
  });

  it("constant and missing columns are left out; constant with gaps stays", async () => {
    const roles = await rolesOf({
      same: many(() => 3),
      word: many(() => "x"),
      none: many(() => null),
      gaps: many((i) => (i % 3 === 0 ? "x" : null)),
      once: many((i) => (i === 5 ? 1 : null)),
    });
    expect(roles["same"]).toMatch(/constant/);
    expect(roles["word"]).toMatch(/constant/);
    expect(roles["none"]).toBe("All values are missing.");
    expect(roles["gaps"]).toBe("categorical");
    expect(roles["once"]).toBe("Only one row has a value.");
  });

  it("keep overrides, except where there is nothing", async () => {
    const table = await collect(tableFrom({ id: many((i) => i), none: many(() => null) }));
    const { columns, leftOut } = inferRoles(table, { keep: ["id", "none"] });
    expect(columns).toEqual([{ name: "id", role: "numeric", note: "178 different values" }]);
    expect(leftOut.map(({ name }) => name)).toEqual(["none"]);
  });

  it("says why when nothing is left", async () => {
    const table = await collect(tableFrom({ a: [1, 1], b: [null, null] }));
    expect(() => inferRoles(table, { name: "x.csv" })).toThrow(
      'x.csv: expected at least 1 column to learn from, got none of 2 ("a": It is constant: every row has the same value; "b": All values are missing)',
    );
  });

  it("every column gets a role or a reason, once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.option(fc.oneof(fc.integer(), fc.string(), fc.boolean())), {
            minLength: 4,
            maxLength: 4,
          }),
          { minLength: 1, maxLength: 6 },
        ),
        async (columns) => {
          const named = {
            ...Object.fromEntries(columns.map((cells, i) => [`c${i}`, cells])),
            x: [1, 2, 2, 4],
          };
          const roles = inferRoles(await collect(tableFrom(named)));
          const names = [...roles.columns, ...roles.leftOut].map(({ name }) => name).sort();
          expect(names).toEqual(Object.keys(named).sort());
        },
      ),
    );
  });
});
