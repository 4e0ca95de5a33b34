/**
 * The training program in a browser: headless Chromium, onnxruntime-web (wasm), through the
 * engine of src/runtime/web.ts. Skipped, with the reason, where there is no Chromium.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Tensor } from "../src/base/tensor.ts";
import { tensor } from "../src/base/tensor.ts";
import type { Body } from "../src/bodies/body.ts";
import { conv } from "../src/bodies/conv.ts";
import { dense } from "../src/bodies/dense.ts";
import { fitSchema, preprocessingOf } from "../src/data/preprocessings.ts";
import type { Family } from "../src/families/family.ts";
import { contractive } from "../src/families/contractive.ts";
import { sparse } from "../src/families/sparse.ts";
import { tabular } from "../src/families/tabular.ts";
import { vanilla } from "../src/families/vanilla.ts";
import { variational } from "../src/families/variational.ts";
import { vectorQuantized } from "../src/families/vector-quantized.ts";
import { exportModel } from "../src/graph/export.ts";
import { input } from "../src/graph/value.ts";
import { writeModel } from "../src/onnx/write.ts";
import { add } from "../src/ops/index.ts";
import { adam } from "../src/optim/adam.ts";
import { atSite, bitsAt, keyAt } from "../src/random/bits.ts";
import { bits, normalLike, uniformLike } from "../src/random/graph.ts";
import { normals, permutation, uniforms } from "../src/random/numbers.ts";
import { initialVectors } from "../src/train/initial-state.ts";
import { optimizerStateName, STATE, trainingProgram } from "../src/train/program.ts";
import { runModel } from "./runtime.ts";
import { expectClose } from "./support/compare.ts";
import { smallData } from "./support/small-data.ts";
import { BROWSER } from "./tolerance.ts";

const found = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path) => path !== undefined && existsSync(path),
);
const missing = found === undefined ? " (skipped: no chromium; CHROMIUM=path names one)" : "";

type Feeds = Readonly<Record<string, Tensor>>;

/** A graph, what it carries from call to call, and what each call is given. */
interface Job {
  readonly model: Uint8Array;
  readonly state: Feeds;
  readonly calls: readonly Feeds[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

describe.skipIf(found === undefined)(`in headless Chromium${missing}`, () => {
  const jobs = new Map<string, Job>();
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = createServer((request, response) => {
      serve(request.url ?? "/", jobs).then(
        ({ type, body }) => response.writeHead(200, { "content-type": type }).end(body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({
      executablePath: found as string,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  async function runInBrowser(job: Job): Promise<readonly Feeds[]> {
    const name = `/job/${jobs.size}`;
    jobs.set(name, job);
    return page.evaluate(
      `import("/test/fixtures/run-in-browser.mjs").then(({ run }) => run("${name}"))`,
    );
  }

  test.each<[string, keyof typeof smallData, Family, Body]>([
    ["vanilla, dense", "vectors", vanilla({ latent: 3 }), dense([16])],
    [
      "variational, dense",
      "table",
      variational({ latent: 3 }),
      dense([16], { activation: "gelu" }),
    ],
    ["variational, conv", "images", variational({ latent: 3, likelihood: "bernoulli" }), conv([4])],
    ["sparse", "vectors", sparse({ latent: 12 }), dense([])],
    ["contractive", "vectors", contractive({ latent: 3 }), dense([16])],
    ["vector-quantized", "images", vectorQuantized({ latent: 4, codes: 32 }), dense([16])],
    ["tabular", "table", tabular({ latent: 3 }), dense([16])],
  ])("100 steps of training follow Node's: %s", async (_, kind, family, body) => {
    const job = trainingJob(kind, family, body);
    const here = await runHere(job);
    const there = await runInBrowser(job);
    expect(there).toHaveLength(job.calls.length);
    for (const [i, { losses }] of there.entries()) {
      expectClose(losses as Tensor, here[i]?.["losses"] as Tensor, BROWSER, `call ${i}, losses`);
    }
    const [first] = there.map(({ losses }) => Number((losses as Tensor).data[0]));
    const last = lossesOf(there.at(-1) as Feeds);
    expect(last).toBeLessThan(0.9 * (first as number));
  });

  test("random bits are exactly those of TypeScript, and numbers to the last few bits", async () => {
    const key = keyAt(2 ** 40 + 3, 17);
    const [rows, width, site] = [257, 33, 5];
    const keyInput = input("key", "uint32", [2]);
    const positions = input("positions", "uint32", [rows * width]);
    const like = input("like", "float32", [rows, width]);
    const model = exportModel({
      name: "random",
      inputs: [keyInput, positions, like],
      outputs: {
        bits: bits(keyInput, site, positions),
        uniform: add(uniformLike(keyInput, site, like), 0),
        normal: normalLike(keyInput, site, like),
      },
    });
    const count = rows * width;
    const [out] = await runInBrowser({
      model: writeModel(model),
      state: {},
      calls: [
        {
          key: tensor("uint32", Uint32Array.of(key.first, key.second)),
          positions: tensor(
            "uint32",
            Uint32Array.from({ length: count }, (_, i) => i),
          ),
          like: tensor("float32", new Float32Array(count), [rows, width]),
        },
      ],
    });
    const here = atSite(key, site);
    expect(out?.["bits"]?.data).toEqual(Array.from({ length: count }, (_, i) => bitsAt(here, i)));
    expect(out?.["uniform"]?.data).toEqual(Array.from(uniforms(here, count)));
    const expected = { shape: [rows, width], data: normals(here, rows, width) };
    expectClose(out?.["normal"] as Tensor, expected, 1e-6, "normal");
  });
});

const STEPS = 25;
const CALLS = 4;
const BATCH = 32;

/** Four calls of 25 steps each, with the parameters as they begin. */
function trainingJob(kind: keyof typeof smallData, family: Family, body: Body): Job {
  const rows = smallData[kind]();
  const preprocessing = preprocessingOf(fitSchema(rows, { name: kind }));
  const network = { family, body, preprocessing, latent: family.latent ?? 3 };
  const program = trainingProgram(network, { optimizer: adam(), complete: false });
  const { schedules } = program.spec;
  const names = [STATE.parameters, ...program.optimizerState.map(optimizerStateName)];
  const vectors = initialVectors(program.spec, names, 1);
  const data = Object.entries(preprocessing.ingest(rows, kind)).map(
    ([name, value]) => [`data.${name}`, value] as const,
  );
  const calls = Array.from({ length: CALLS }, (_, call): Feeds => {
    const steps = Array.from({ length: STEPS }, (__, i) => call * STEPS + i);
    const picked = steps.flatMap((step) =>
      Array.from(permutation(keyAt(2, step), rows.rows).slice(0, BATCH)),
    );
    const keys = steps.flatMap((step) => Object.values(keyAt(3, step)));
    const rates = steps.flatMap((step) => [
      0.01,
      ...schedules.map(({ at }) => at(step / (STEPS * CALLS))),
      ...program.numbers.map((at) => at(step)),
    ]);
    return {
      order: tensor("int32", Int32Array.from(picked), [STEPS, BATCH]),
      keys: tensor("uint32", Uint32Array.from(keys), [STEPS, 2]),
      rates: tensor("float32", Float32Array.from(rates), [STEPS, rates.length / STEPS]),
    };
  });
  return {
    model: writeModel(program.model),
    calls,
    state: {
      ...Object.fromEntries(data),
      [STATE.step]: tensor("int64", BigInt64Array.of(0n), []),
      ...Object.fromEntries(
        Object.entries(vectors).map(([name, values]) => [name, tensor("float32", values)]),
      ),
    },
  };
}

async function runHere({ model, state, calls }: Job): Promise<readonly Feeds[]> {
  let held = state;
  const results: Feeds[] = [];
  for (const feeds of calls) {
    const outputs = await runModel(model, { ...held, ...feeds });
    results.push(outputs);
    held = Object.fromEntries(
      Object.entries(held).map(([name, value]) => [name, outputs[`next.${name}`] ?? value]),
    );
  }
  return results;
}

function lossesOf({ losses }: Feeds): number {
  const { data, shape } = losses as Tensor<"float32">;
  return data[data.length - (shape[1] as number)] as number;
}

/** The page, the jobs, and of the repository only what the page needs. */
async function serve(
  url: string,
  jobs: ReadonlyMap<string, Job>,
): Promise<{ readonly type: string; readonly body: string | Buffer }> {
  if (url === "/") {
    const imports = { "onnxruntime-web": "/node_modules/onnxruntime-web/dist/ort.bundle.min.mjs" };
    const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
    return { type: "text/html", body: `<!doctype html><title>test</title>${map}` };
  }
  const job = jobs.get(url);
  if (job !== undefined) {
    const { model, state, calls } = job;
    const body = { model: Buffer.from(model).toString("base64"), state, calls };
    return { type: "application/json", body: JSON.stringify(body, plainly) };
  }
  const allowed = /^\/(dist|test\/fixtures|node_modules\/onnxruntime-web\/dist)\/[\w./-]+$/;
  if (!allowed.test(url) || url.includes("..")) throw new Error(`no ${url}`);
  const type = TYPES[extname(url)] ?? "application/octet-stream";
  return { type, body: await readFile(root + url.slice(1)) };
}

/** Typed arrays as lists; what JSON has no number for as text. */
function plainly(_key: string, value: unknown): unknown {
  if (typeof value === "bigint" || Number.isNaN(value)) return String(value);
  return ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
}
