import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSettings } from "./settings.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-settings-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe("flags", () => {
  test("become the library's options", async () => {
    const settings = await readSettings(
      {
        data: "../in/payments.csv",
        family: "variational",
        latent: "8",
        beta: "4",
        hidden: "64,32",
        set: ["warm-up=0", "normalize=true"],
        epochs: "5",
        learningRate: "0.01",
        time: "5m",
        drop: ["id", "a,b"],
        label: "fraud",
      },
      undefined,
    );
    expect(settings).toMatchObject({
      data: "../in/payments.csv",
      output: "payments.onnx",
      open: { drop: ["id", "a,b"], label: "fraud" },
      options: { epochs: 5, learningRate: 0.01, time: 300 },
    });
    const { family } = settings;
    expect(family).toMatchObject({ name: "variational", latent: 8 });
    expect(family.options).toMatchObject({ beta: 4, warmUp: 0 });
    expect(family.body?.options).toMatchObject({ hidden: [64, 32], normalize: true });
  });

  test("left out, they stay the data's to decide", async () => {
    const { family, options, open } = await readSettings({ data: "a.csv" }, undefined);
    expect(family).toMatchObject({ name: "vanilla", latent: undefined, body: undefined });
    expect({ options, open }).toEqual({ options: {}, open: {} });
  });

  test.each([
    [{}, "DATA"],
    [{ data: "a", epochs: "many" }, "--epochs: expected a whole number"],
    [{ data: "a", family: "vea" }, "--family: expected one of vanilla, "],
    [{ data: "a", set: ["beta"] }, "--set: expected name=value"],
    [{ data: "a", family: "variational", beta: "-1" }, "variational, option beta"],
    [{ data: "a", hidden: "0" }, "dense, option hidden"],
  ])("%#: %j is refused", async (flags, words) => {
    await expect(readSettings(flags, undefined)).rejects.toThrow(words);
  });
});

describe("a configuration file", () => {
  const yaml = `
data: payments.csv
drop: [id]
family: { name: variational, latent: 8, beta: 4, body: { name: dense, hidden: [64, 32] } }
epochs: 50
learning-rate: 0.002
time: 5m
`;
  const toml = `
data = "payments.csv"
drop = ["id"]
epochs = 50
learningRate = 0.002
time = "5m"
[family]
name = "variational"
latent = 8
beta = 4
body = { name = "dense", hidden = [64, 32] }
`;
  const json = JSON.stringify({
    data: "payments.csv",
    drop: ["id"],
    family: "variational",
    latent: 8,
    beta: 4,
    body: "dense",
    hidden: [64, 32],
    epochs: 50,
    learningRate: 0.002,
    time: 300,
  });

  test.each([
    ["run.yaml", yaml],
    ["run.toml", toml],
    ["run.json", json],
  ])("%s holds the same options by name", async (name, text) => {
    const settings = await readSettings({}, await file(name, text));
    const { family } = settings;
    expect(settings).toMatchObject({
      data: "payments.csv",
      open: { drop: ["id"] },
      options: { epochs: 50, learningRate: 0.002, time: 300 },
    });
    expect(family).toMatchObject({ name: "variational", latent: 8, options: { beta: 4 } });
    expect(family.body).toMatchObject({ name: "dense", options: { hidden: [64, 32] } });
  });

  test("gives way to flags", async () => {
    const path = await file("under.yaml", yaml);
    const settings = await readSettings({ epochs: "2", beta: "1", data: "other.csv" }, path);
    expect(settings).toMatchObject({ data: "other.csv", options: { epochs: 2, time: 300 } });
    expect(settings.family.options).toMatchObject({ beta: 1 });
  });

  test.each([
    [
      "a.yaml",
      "data: a\nepoch: 3",
      /a\.yaml: expected names of options.*"epoch".*\n.*Write epochs/,
    ],
    ["b.yaml", "data: a\nepochs: many", /b\.yaml, epochs: expected a whole number/],
    [
      "c.yaml",
      "data: a\nfamily: { name: vanilla, beta: 2 }",
      /c\.yaml, family\.beta: expected an option/,
    ],
    ["d.yaml", "data: [", /d\.yaml: expected YAML that can be read/],
    ["e.json", "{", /e\.json: expected JSON that can be read/],
    ["f.toml", "a = ", /f\.toml: expected TOML that can be read/],
    ["g.yaml", "- a", /g\.yaml: expected options by name.*got a list/],
    ["h.yaml", "", /h\.yaml: expected options by name.*got nothing/],
    ["i.ini", "a=1", /i\.ini: expected a name that ends in \.yaml, \.toml or \.json/],
  ])("%s with a mistake is named", async (name, text, words) => {
    await expect(readSettings({}, await file(name, text))).rejects.toThrow(words);
  });
});
