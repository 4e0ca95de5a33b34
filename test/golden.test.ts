/**
 * The graphs that families become, as text: a refactor that claims to change nothing must leave
 * these files as they are. A change on purpose: `npx vitest run test/golden.test.ts -u`, and the
 * difference is read like code.
 */
import { describe, expect, test } from "vitest";
import type { Body } from "../src/bodies/body.ts";
import { conv } from "../src/bodies/conv.ts";
import { dense } from "../src/bodies/dense.ts";
import type { LabelSchema } from "../src/data/labels.ts";
import type { Schema } from "../src/data/preprocessing.ts";
import { preprocessingOf } from "../src/data/preprocessings.ts";
import { families } from "../src/families/index.ts";
import { inferenceModel } from "../src/model/inference.ts";
import { countOf } from "../src/nn/scope.ts";
import { printModel } from "../src/onnx/print.ts";
import { adam } from "../src/optim/adam.ts";
import { networkSpec } from "../src/train/network.ts";
import { trainingProgram, validationProgram } from "../src/train/program.ts";

const scaling = {
  center: 1.5,
  scale: 2,
  tail: false,
  mean: 0,
  deviation: 1,
  low: -4,
  high: 6,
  integer: false,
};

/** A number with gaps, a heavy-tailed whole number, a category, a boolean. */
const table: Schema = {
  kind: "table",
  label: undefined,
  leftOut: [],
  columns: [
    { name: "width", input: "width", role: "numeric", missing: true, scaling },
    {
      name: "price",
      input: "price",
      role: "numeric",
      missing: false,
      scaling: { ...scaling, tail: true, mean: 0.5, deviation: 1.25, integer: true },
    },
    { name: "kind", input: "kind", role: "categorical", missing: true, words: ["a", "b"] },
    { name: "new", input: "new", role: "boolean", missing: false, words: ["true", "false"] },
  ],
};

const label: LabelSchema = {
  name: "grade",
  input: "grade",
  classes: ["low", "high"],
  shares: [0.75, 0.25],
  required: false,
};

const cases: readonly (readonly [string, Schema, Body])[] = [
  ["table-dense", table, dense([3])],
  [
    "images-conv",
    { kind: "images", height: 4, width: 4, channels: 1 },
    conv([2], { activation: "relu" }),
  ],
];

const choices: Schema = {
  kind: "interactions",
  user: "user",
  item: "item",
  items: ["tea", "jam", "oil"],
  users: [3, 2, 1],
  weighted: true,
};
const ofChoices: typeof cases = [["interactions-dense", choices, dense([3])]];

describe.each(Object.entries(families))("%s", (name, entry) => {
  test.each(entry.takes === "interactions" ? ofChoices : cases)(
    "%s",
    async (kind, schema, body) => {
      const family = entry.create({}, {});
      const network = {
        family,
        body,
        latent: 2,
        preprocessing: preprocessingOf(schema),
        ...(family.label === undefined ? {} : { label }),
      };
      const spec = networkSpec(network, false);
      const weights = {
        spec,
        parameters: new Float32Array(countOf(spec.parameters)),
        buffers: new Float32Array(countOf(spec.buffers)),
      };
      const training = trainingProgram(network, { optimizer: adam(), complete: false });
      const graphs = {
        training: training.model,
        validation: validationProgram(network, false),
        inference: inferenceModel(network, weights, {}),
      };
      for (const [graph, model] of Object.entries(graphs)) {
        const path = `golden/${name}-${kind}.${graph}.txt`;
        await expect(printModel(model)).toMatchFileSnapshot(path);
      }
    },
  );
});
