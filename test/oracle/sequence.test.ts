/** The sequence body against PyTorch's Conv1d and GRU in float64 (sequence.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Body } from "../../src/bodies/body.ts";
import { sequence } from "../../src/bodies/sequence.ts";
import { vanilla } from "../../src/families/vanilla.ts";
import { numbersLayout } from "../../src/losses/layout.ts";
import type { RecordedFamily } from "../support/family-oracle.ts";
import { compareFamily } from "../support/family-oracle.ts";

const { families } = JSON.parse(
  readFileSync(new URL("recorded/sequence.json", import.meta.url), "utf8"),
) as { readonly families: Readonly<Record<string, RecordedFamily>> };

const bodies: Readonly<Record<string, Body>> = {
  conv: sequence([3, 3, 4], { span: 2 }),
  "conv.steps": sequence([2], { span: 1, kernel: 5, activation: "tanh" }),
  gru: sequence([3, 2], { cell: "gru", span: 2 }),
  "gru.steps": sequence([2], { cell: "gru", span: 1 }),
};

test("every recorded body is compared", () => {
  expect(Object.keys(bodies)).toEqual(Object.keys(families));
});

describe.each(Object.entries(bodies))("%s in float64", (name, body) => {
  const layout = numbersLayout([11, 2], false);
  compareFamily(families[name] as RecordedFamily, { family: vanilla(), layout, body });
});
