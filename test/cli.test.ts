/** `ae` from the outside: what it prints where, what it writes, and how it ends. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Evaluation } from "../src/evaluate/evaluation.ts";
import type { Summary } from "../src/evaluate/summary.ts";
import { readModel } from "../src/onnx/read.ts";
import { commandLine, main } from "./support/command-line.ts";

let folder: string;
const { ae, ok } = commandLine(() => folder);

const lines = (text: string): string[] => text.trimEnd().split("\n");
const rowsOf = (csv: string): string[][] => lines(csv).map((line) => line.split(","));

/** The same numbers everywhere, in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function paymentsCsv(rows: number): string {
  const next = random(1);
  const body = Array.from({ length: rows }, (_, row) => {
    const kind = ["card", "cash", "wire"][Math.floor(next() * 3)] as string;
    const amount = (kind === "wire" ? 900 : 20) * (0.5 + next());
    const shown = row % 17 === 3 ? "" : amount.toFixed(2);
    return [1000 + row, kind, shown, amount > 100, row % 2 === 0 ? "yes" : "no"].join(",");
  });
  return `id,kind,amount,large,fraud\n${body.join("\n")}\n`;
}

function idx(images: number, size: number): Buffer {
  const next = random(2);
  const header = Buffer.alloc(16);
  [0x803, images, size, size].forEach((value, i) => header.writeUInt32BE(value, 4 * i));
  const pixels = Array.from({ length: images }, () => {
    const bar = Math.floor(next() * size);
    return Array.from({ length: size * size }, (_, i) => (i % size === bar ? 200 : 10));
  });
  return Buffer.concat([header, Buffer.from(pixels.flat())]);
}

function npy(rows: number, columns: number): Buffer {
  const next = random(3);
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const header = Buffer.alloc(128, " ");
  header.write("\x93NUMPY\x01\x00\x76\x00", "latin1");
  header.write(text, 10, "latin1");
  header.write("\n", 127);
  const values = Float32Array.from({ length: rows * columns }, (_, i) =>
    i % columns < 2 ? next() : next() * 0.01,
  );
  return Buffer.concat([header, Buffer.from(values.buffer)]);
}

const write = (name: string, data: string | Buffer): Promise<void> =>
  writeFile(join(folder, name), data);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-cli-"));
  await write("payments.csv", paymentsCsv(300));
  await write("bars-idx3-ubyte", idx(80, 8));
  await write("features.npy", npy(6000, 6));
  await ok("train payments.csv --label fraud --epochs 20 --latent 2 --seed 1 --hidden 16");
  await ok(
    "train bars-idx3-ubyte --family variational --likelihood bernoulli --latent 2 --hidden 16 --epochs 4 -o bars.onnx",
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("help", () => {
  test("lists the verbs, without loading what they need", async () => {
    const { out } = await ok("--help");
    for (const verb of "train info encode reconstruct score generate evaluate report demo completion".split(
      " ",
    )) {
      expect(out).toMatch(new RegExp(`^  ${verb} `, "m"));
    }
    expect((await ok("")).out).toBe(out);
  });

  test("of a verb shows options, defaults and examples", async () => {
    const { out } = await ok("train --help");
    expect(out).not.toContain("--warm-up <number>");
    const own = (await ok("train --family beta-vae --help")).out;
    expect(own).toContain("Options of the variational family:");
    expect(own).toContain("--warm-up <number>");
    expect(out).toContain("(default: vanilla, for interactions mult-vae)");
    expect(out).toContain("Examples:\n  ae train payments.csv");
    expect((await ok("help score")).out).toContain("data rows counted from 1");
  });

  test("the version is the package's", async () => {
    const { version } = JSON.parse(
      await readFile(new URL("../package.json", import.meta.url), "utf8"),
    ) as { version: string };
    expect((await ok("--version")).out).toBe(`${version}\n`);
  });
});

describe("train", () => {
  test("says what it decided and what comes next, on standard error only", async () => {
    const { out, err } = await ok(
      "train payments.csv --label fraud --drop large --epochs 2 -o said.onnx",
    );
    expect(out).toBe("");
    expect(err).toContain("payments.csv: a table of 300 rows, 3 columns");
    expect(err).toMatch(/left out "id": .*identifier|left out "id": .*row number/);
    expect(err).toMatch(/vanilla autoencoder, dense body/);
    expect(err).toMatch(/epoch 2\/2: loss .*, held out /);
    expect(err).toMatch(/best epoch \d: held-out loss/);
    expect(err).toContain("ae report said.onnx payments.csv --drop large --label fraud");
    expect(existsSync(join(folder, "said.onnx.checkpoint"))).toBe(false);
  });

  test("--json gives one object; a configuration file is the same as flags", async () => {
    await write(
      "run.yaml",
      "data: payments.csv\nlabel: fraud\nepochs: 3\nfamily: { name: variational, latent: 2 }\n",
    );
    const byFile = JSON.parse(
      (await ok("train --config run.yaml --json -o by-file.onnx")).out,
    ) as Record<string, unknown>;
    const byFlags = JSON.parse(
      (
        await ok(
          "train payments.csv --label fraud --epochs 3 --family variational --latent 2 --json -o by-flags.onnx",
        )
      ).out,
    ) as Record<string, unknown>;
    expect(byFile).toMatchObject({
      model: "by-file.onnx",
      family: "variational",
      latent: 2,
      epochs: 3,
      rows: 270,
      validationRows: 30,
    });
    expect(byFile["terms"]).toEqual(byFlags["terms"]);
    expect(byFile["validationLoss"]).toBe(byFlags["validationLoss"]);
  });

  test("Ctrl-C keeps the state, and --resume ends at the weights of a run left alone", async () => {
    const line = "train features.npy --epochs 40 --latent 2 --hidden 32 --seed 5 --threads 1";
    let sent = false;
    const stopped = await ae(`${line} -o stopped.onnx`, {
      watch: (err, kill) => {
        if (sent || !err.includes("epoch 1/40")) return;
        sent = true;
        kill("SIGINT");
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain("stopped; the state is kept in stopped.onnx.checkpoint");
    expect(stopped.err).toContain(`ae ${line} -o stopped.onnx --resume`);
    expect(existsSync(join(folder, "stopped.onnx"))).toBe(false);

    const forgotten = await ae(`${line} -o stopped.onnx`);
    expect(forgotten).toMatchObject({ code: 1 });
    expect(forgotten.err).toContain("--resume to go on");

    expect((await ok(`${line} -o stopped.onnx --resume`)).err).toContain("going on after step");
    await ok(`${line} -o alone.onnx`);
    const [resumed, alone] = await Promise.all(
      ["stopped.onnx", "alone.onnx"].map(async (name) =>
        readModel(await readFile(join(folder, name)), name),
      ),
    );
    expect(resumed?.graph.initializers.length).toBeGreaterThan(4);
    expect(resumed?.graph.initializers).toEqual(alone?.graph.initializers);
    expect(existsSync(join(folder, "stopped.onnx.checkpoint"))).toBe(false);
  });

  test("a second Ctrl-C ends at once", async () => {
    let sent = 0;
    const { code } = await ae("train features.npy --epochs 4000 -o never.onnx", {
      watch: (err, kill) => {
        if (sent > 0 || !err.includes("epoch 1/")) return;
        sent += 1;
        kill("SIGINT");
        kill("SIGTERM");
      },
    });
    // Either the state was kept by then, or the second signal came first.
    expect([130, 143, null]).toContain(code);
    expect(existsSync(join(folder, "never.onnx"))).toBe(false);
  });
});

describe("a model at work", () => {
  test("info says what it is", async () => {
    const { out } = await ok("info payments.onnx");
    expect(out).toMatch(/family +vanilla/);
    expect(out).toMatch(/kind +categorical: /);
    expect(out).toMatch(/fraud +label, not trained on/);
    const info = JSON.parse((await ok("info payments.onnx --json")).out) as Record<string, unknown>;
    expect(info).toMatchObject({
      model: "payments.onnx",
      format: 1,
      latent: 2,
      family: { name: "vanilla" },
    });
  });

  test("score writes row, score, p-value, alarm and the label; a summary goes to standard error", async () => {
    const { out, err } = await ok("score payments.onnx payments.csv --label fraud");
    const [head, ...rows] = rowsOf(out);
    expect(head).toEqual(["row", "score", "p_value", "alarm", "fraud"]);
    expect(rows.map(([row]) => Number(row))).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(rows.every(([, score]) => Number(score) >= 0)).toBe(true);
    const raised = rows.filter(([, , , alarm]) => alarm === "true").length;
    expect(rows.every(([, , p]) => Number(p) > 0 && Number(p) <= 1)).toBe(true);
    // 30 rows were held out: 1 in 31 is as strict as they allow.
    expect(err).toMatch(
      /\d+ of 300 rows \(.*%\) raise an alarm, with a score above .*; if nothing were odd, about 10 would/,
    );
    expect(err.startsWith(`${raised} of 300 rows`)).toBe(true);
  });

  test("score --top with reasons: the largest of all scores, largest first", async () => {
    const all = rowsOf((await ok("score payments.onnx payments.csv")).out).slice(1);
    const top = rowsOf((await ok("score payments.onnx payments.csv --top 5 --explain 2")).out);
    expect(top[0]).toEqual([
      "row",
      "score",
      "p_value",
      "alarm",
      ..."column_1,share_1,actual_1,expected_1,column_2,share_2,actual_2,expected_2".split(","),
    ]);
    const expected = all.toSorted((a, b) => Number(b[1]) - Number(a[1])).slice(0, 5);
    expect(top.slice(1).map(([row, score]) => [row, Number(score).toPrecision(5)])).toEqual(
      expected.map(([row, score]) => [row, Number(score).toPrecision(5)]),
    );
    for (const row of top.slice(1)) expect(["kind", "amount", "large"]).toContain(row[4]);
  });

  test("scores do not depend on the order of columns", async () => {
    const reordered = rowsOf(paymentsCsv(300)).map((row) => row.toReversed().join(","));
    await write("reordered.csv", `${reordered.join("\n")}\n`);
    const { out } = await ok("score payments.onnx payments.csv");
    expect((await ok("score payments.onnx reordered.csv")).out).toBe(out);
  });

  test("encode: one row a sample, to CSV, Parquet and .npy", async () => {
    const csv = rowsOf((await ok("encode payments.onnx payments.csv --label fraud")).out);
    expect(csv[0]).toEqual(["latent0", "latent1", "fraud"]);
    expect(csv.length).toBe(301);
    expect(csv[1]?.[2]).toBe("yes");
    await ok("encode payments.onnx payments.csv --label fraud -o codes.parquet");
    const again = JSON.parse(
      (await ok("train codes.parquet --drop fraud --epochs 1 -o codes.onnx --json")).out,
    ) as { rows: number };
    expect(again.rows).toBe(270);
    await ok("encode payments.onnx payments.csv -o codes.npy");
    const bytes = await readFile(join(folder, "codes.npy"));
    const codes = new Float32Array(Uint8Array.from(bytes.subarray(-300 * 2 * 4)).buffer);
    expect(Math.fround(Number(csv[1]?.[0]))).toBe(codes[0]);
    expect(Math.fround(Number(csv[300]?.[1]))).toBe(codes[599]);
  });

  test("encode --map: a picture, positions beside the codes, and both in .npy", async () => {
    const { out, err } = await ok("encode payments.onnx payments.csv --label fraud --map map.svg");
    expect(out).toBe("");
    expect(err).toContain("map of 300 rows written to map.svg");
    expect(err).toMatch(/The two numbers of the code\.[^]*trustworthiness 0\.\d{3}/);
    const svg = await readFile(join(folder, "map.svg"), "utf8");
    expect(svg).toMatch(/^<svg xmlns=/);
    // The legend: how many rows have each label.
    expect(svg).toMatch(/>fraud<[^]*>no<[^]*>yes</);
    expect(svg).not.toContain("var(--");
    const plain = rowsOf((await ok("encode payments.onnx payments.csv")).out);
    await ok("encode payments.onnx payments.csv --map map.png -o mapped.csv");
    expect((await readFile(join(folder, "map.png"))).subarray(1, 4).toString()).toBe("PNG");
    const mapped = rowsOf(await readFile(join(folder, "mapped.csv"), "utf8"));
    expect(mapped[0]).toEqual(["latent0", "latent1", "map_x", "map_y"]);
    // A latent of two numbers is its own map.
    expect(mapped.slice(1)).toEqual(plain.slice(1).map((codes) => [...codes, ...codes]));
    await ok("encode payments.onnx payments.csv --map map.svg -o mapped.npy");
    const bytes = await readFile(join(folder, "mapped.npy"));
    const all = new Float32Array(Uint8Array.from(bytes.subarray(-300 * 4 * 4)).buffer);
    expect([...all.subarray(0, 2)]).toEqual([...all.subarray(2, 4)]);
    expect(Math.fround(Number(plain[300]?.[1]))).toBe(all[4 * 300 - 1]);
    const json = JSON.parse(
      (await ok("encode payments.onnx payments.csv --map map.svg --json")).out,
    ) as { how: string; output?: string };
    expect(json).toMatchObject({ map: "map.svg", how: "latent", rows: 300 });
    expect(json.output).toBeUndefined();
  });

  test("dimensions: in words, as JSON, as a table; pictures of images alone", async () => {
    const { out } = await ok("dimensions payments.onnx payments.csv --top 2");
    expect(out).toMatch(/^payments\.onnx: 2 dimensions, on payments\.csv, a mean over 300 rows$/m);
    expect(out).toMatch(/^latent[01] {2}\d+(?:\.\d+)?% of the reconstruction, from .+ to .+$/m);
    expect(out).toMatch(/^ {2}(kind|large) +\S+ \d+% → \d+%/m);
    const found = JSON.parse((await ok("dimensions payments.onnx payments.csv --json")).out) as {
      dimensions: { share: number; moves: { column: string }[] }[];
    };
    expect(found.dimensions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    await ok("dimensions payments.onnx payments.csv --top 1 -o dimensions.csv");
    const [head, ...lines] = rowsOf(await readFile(join(folder, "dimensions.csv"), "utf8"));
    expect(head?.slice(0, 5)).toEqual(["dimension", "share", "low", "high", "column"]);
    expect(new Set(lines.map(([dimension]) => dimension))).toEqual(new Set(["latent0", "latent1"]));
    await ok("dimensions bars.onnx bars-idx3-ubyte -o sheet.png");
    expect((await readFile(join(folder, "sheet.png"))).subarray(1, 4).toString()).toBe("PNG");
  });

  test("reconstruct gives back the table's own columns and words", async () => {
    const [head, ...rows] = rowsOf((await ok("reconstruct payments.onnx payments.csv")).out);
    expect(head).toEqual(["kind", "amount", "large"]);
    expect(rows.length).toBe(300);
    for (const [kind, amount, large] of rows) {
      expect(["card", "cash", "wire"]).toContain(kind);
      expect(amount === "" || Number.isFinite(Number(amount))).toBe(true);
      expect(["true", "false"]).toContain(large);
    }
  });

  test("predict names rows where classes were learned, and says why not elsewhere", async () => {
    const flags = "--family semi-supervised --label kind --epochs 3 --seed 1 --no-resume";
    await ok(`train payments.csv ${flags} -o named.onnx`);
    const [head, ...rows] = rowsOf((await ok("predict named.onnx payments.csv --drop kind")).out);
    expect(head?.toSorted()).toEqual(["kind", "p(card)", "p(cash)", "p(wire)"]);
    expect(rows.length).toBe(300);
    for (const [kind, ...chances] of rows) {
      const most = Math.max(...chances.map(Number));
      expect(`p(${kind})`).toBe(head?.[1 + chances.map(Number).indexOf(most)]);
    }
    expect((await ok("info named.onnx")).out).toContain("label, learned from");
    const { code, err } = await ae("predict payments.onnx payments.csv");
    expect(code).toBe(1);
    expect(err).toContain("a vanilla autoencoder");
  });

  test("interpolate and traverse: tables as tables, images as sheets", async () => {
    const table = async (line: string) => rowsOf((await ok(line)).out);
    const rows = "payments.onnx payments.csv";
    const way = await table(`interpolate ${rows} --from-row 2 --to-row 9 --steps 4`);
    expect(way.length).toBe(5);
    // The ends are the two rows as the model sees them.
    const [head, ...again] = await table(`reconstruct ${rows}`);
    expect(way[0]).toEqual(head);
    const near = (line: readonly string[] = [], expected: readonly string[] = []) => {
      expect(line.length).toBe(expected.length);
      for (const [i, cell] of line.entries())
        // Decimals are those of the data here.
        if (Number.isNaN(Number(cell))) expect(cell).toBe(expected[i]);
        else expect(Math.abs(Number(cell) - Number(expected[i]))).toBeLessThan(0.5);
    };
    near(way[1], again[1]);
    near(way[4], again[8]);
    const arc = await table(
      `interpolate ${rows} payments.csv --to-row 9 --path spherical --steps 3`,
    );
    near(arc[1], again[0]);
    near(arc[3], again[8]);

    const [names, ...lines] = await table(`traverse ${rows} --row 2 --steps 3`);
    expect(names).toEqual(["dimension", "quantile", "value", ...(head ?? [])]);
    expect(lines.map(([dimension, quantile]) => `${dimension} ${quantile}`)).toEqual(
      ["latent0", "latent1"].flatMap((d) => ["5%", "50%", "95%"].map((q) => `${d} ${q}`)),
    );
    for (const d of [0, 3]) {
      const values = lines.slice(d, d + 3).map(([, , value]) => Number(value));
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      expect(values[0]).toBeLessThan(values[2] as number);
    }
    // One dimension alone, and from what the file knows.
    expect((await table("traverse payments.onnx --dimensions 1 --steps 2")).length).toBe(3);

    await ok("interpolate bars.onnx bars-idx3-ubyte --to-row 5 --steps 6 -o strip.png");
    await ok("traverse bars.onnx bars-idx3-ubyte --dimensions 0,1 --steps 5 -o lines.png");
    for (const [name, wide, high] of [
      ["strip.png", 6, 1],
      ["lines.png", 5, 2],
    ] as const) {
      const picture = await readFile(join(folder, name));
      const side = (at: number) => picture.readUInt32BE(at);
      // Pictures of 8 × 8 with a seam of one pixel, all enlarged alike.
      expect(side(16) / side(20)).toBeCloseTo((9 * wide + 1) / (9 * high + 1), 5);
    }
  });

  test("images: reconstructed to a folder, generated to a sheet, the same for the same seed", async () => {
    await ok("reconstruct bars.onnx bars-idx3-ubyte -o again/");
    expect((await readdir(join(folder, "again"))).length).toBe(80);
    await ok("generate bars.onnx -n 9 --seed 7 -o one.png");
    await ok("generate bars.onnx -n 9 --seed 7 -o two.png");
    await ok("generate bars.onnx -n 9 --seed 8 -o three.png");
    const [one, two, three] = await Promise.all(
      ["one.png", "two.png", "three.png"].map((name) => readFile(join(folder, name))),
    );
    expect(one?.subarray(1, 4).toString()).toBe("PNG");
    expect(one?.equals(two as Buffer)).toBe(true);
    expect(one?.equals(three as Buffer)).toBe(false);
  });

  test("evaluate --json is one object of the named parts", async () => {
    const { out } = await ok("evaluate bars.onnx bars-idx3-ubyte --json");
    const result = JSON.parse(out) as Record<string, Record<string, unknown>>;
    expect(Object.keys(result)).toEqual([
      "model",
      "data",
      "rows",
      "metrics",
      "controls",
      "dimensions",
      "notes",
      "findings",
      "verdict",
    ]);
    expect(result).toMatchObject({
      model: { family: "variational", body: "dense", latent: 2 },
      data: "bars-idx3-ubyte",
      rows: 80,
      metrics: { mse: expect.any(Number) as number, kl: expect.any(Number) as number },
      controls: {
        pca: { mse: expect.any(Number) as number },
        untrained: { mse: expect.any(Number) as number },
      },
      dimensions: { kl: [expect.any(Number), expect.any(Number)] as number[] },
      verdict: expect.any(String) as string,
    });
    const { out: words } = await ok("evaluate bars.onnx bars-idx3-ubyte");
    expect(words).toMatch(/^ +model +pca +untrained +better$/m);
    expect(words).toMatch(/^Reconstruction\n +mse +[\d.]+ +[\d.]+ +[\d.]+ +lower +a number/m);
    expect(words).toMatch(/^ +coverage +[\d.]+% +– +[\d.]+% +higher +rows that have/m);
    expect(words).toMatch(/^KL a dimension in nats, largest first: [\d.]+ [\d.]+ \(\d of 2/m);
  });

  test("evaluate: a label, factors and rows to fit on bring their figures", async () => {
    const options = "--label fraud --factors large,kind --probe-train payments.csv --json";
    const { out } = await ok(`evaluate payments.onnx payments.csv ${options}`);
    const { metrics, controls, notes } = JSON.parse(out) as Evaluation;
    for (const figures of [metrics, controls["pca"], controls["untrained"]]) {
      expect(figures?.["probeAccuracy"]).toBeGreaterThan(0.3);
      expect(figures?.["mig"]).toBeGreaterThanOrEqual(0);
    }
    expect(notes[0]).toBe("The linear probe was fitted on payments.csv.");
    const { err } = await ae("evaluate bars.onnx bars-idx3-ubyte --factors a");
    expect(err).toContain("--factors-from");
  });

  test("evaluate: several models of one kind give means and intervals", async () => {
    await ok(
      "train payments.csv --label fraud --epochs 20 --latent 2 --seed 2 --hidden 16 -o other.onnx",
    );
    const { out } = await ok("evaluate payments.onnx other.onnx payments.csv --json");
    const summary = JSON.parse(out) as Summary & { readonly evaluations: readonly Evaluation[] };
    const [one = 0, two = 0] = summary.evaluations.map(({ metrics }) => metrics["mse"]);
    expect(one).not.toBe(two);
    const { mean = 0, low = 0, high = 0 } = summary.metrics["mse"] ?? {};
    expect(mean).toBeCloseTo((one + two) / 2, 10);
    // Two values: s / √2 is half their distance, and Student's point is 12.706.
    expect(high - mean).toBeCloseTo((12.7062 * Math.abs(one - two)) / 2, 8);
    expect(mean - low).toBeCloseTo(high - mean, 10);
    const { out: words } = await ok("evaluate payments.onnx other.onnx payments.csv");
    expect(words).toMatch(/^2 models: vanilla autoencoder, dense body, latent 2$/m);
    expect(words).toMatch(/^ +mse +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+ +[\d.]+ ± [\d.]+ +lower/m);
    const { err, code } = await ae("evaluate payments.onnx payments.csv payments.csv");
    expect(code).toBe(1);
    expect(err).toContain("payments.csv");
  });

  test("report writes one page", async () => {
    await ok("report payments.onnx payments.csv --label fraud -o page.html");
    const page = await readFile(join(folder, "page.html"), "utf8");
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page).toContain("payments.csv");
  });

  test("rows as JSON, and a reader that stops early", async () => {
    const rows = JSON.parse(
      (await ok("score payments.onnx payments.csv --top 2 --json")).out,
    ) as object[];
    expect(rows.map((row) => Object.keys(row))).toEqual([
      ["row", "score", "p_value", "alarm"],
      ["row", "score", "p_value", "alarm"],
    ]);
    const command = `"${process.execPath}" "${main}" encode payments.onnx payments.csv | head -1; echo "\${PIPESTATUS[0]}"`;
    const child = spawn("bash", ["-c", command], { cwd: folder });
    let out = "";
    for await (const part of child.stdout) out += String(part);
    expect(lines(out)).toEqual(["latent0,latent1", "0"]);
  });
});

describe("bad input is exit code 1 and a sentence that names the place", () => {
  beforeAll(async () => {
    await write("empty.csv", "");
    await write("one-row.csv", "a,b\n1,2\n");
    await write("constant.csv", `a,b\n${"1,x\n".repeat(30)}`);
    await write("infinite.csv", `a,b\n1,2\n3,4\ninf,6\n`);
    await write("short-idx3-ubyte", idx(80, 8).subarray(0, 500));
    await mkdir(join(folder, "pictures"));
    await write("pictures/a.png", "no picture");
    const rows = rowsOf(paymentsCsv(20));
    await write(
      "missing.csv",
      `${rows.map(([id, , ...rest]) => [id, ...rest].join(",")).join("\n")}\n`,
    );
    await write(
      "extra.csv",
      `${rows.map((row, i) => [...row, i === 0 ? "city" : "Graz"].join(",")).join("\n")}\n`,
    );
    await write(
      "retyped.csv",
      `${rows.map((row, i) => (i === 0 ? row : [row[0], row[1], "lots", row[3], row[4]]).join(",")).join("\n")}\n`,
    );
  });

  test.each([
    ["train empty.csv", "empty.csv: expected a table with at least 1 row, got an empty file"],
    ["train one-row.csv", "one-row.csv: expected at least 2 rows"],
    ["train constant.csv", "expected at least 1 column to learn from"],
    ["train infinite.csv", 'infinite.csv, row 3, column "a": expected finite numbers'],
    [
      "train short-idx3-ubyte",
      "short-idx3-ubyte: expected 5136 bytes, as its header says, got 500",
    ],
    ["train pictures", "pictures/a.png: expected a PNG image, as its name says"],
    ["train nothing.csv", "nothing.csv: expected a file, a folder or a glob"],
    ["train payments.csv -o none/x.onnx", 'expected a folder that exists, got no folder "none"'],
    ["train payments.csv --beta 2", "It belongs to --family variational"],
    ["train payments.csv --epoch 2", "Write --epochs if that is what you mean"],
    ["train payments.csv --label frad", 'Write "fraud" if that is the one you mean'],
    ["tarin payments.csv", "Write ae train if that is what you mean"],
    ["score payments.onnx missing.csv", 'missing.csv: expected column "kind", as in training'],
    ["score payments.onnx extra.csv", 'got also "city"'],
    ["score payments.onnx retyped.csv", 'retyped.csv, column "amount", row 1: expected a number'],
    ["score payments.onnx bars-idx3-ubyte", "expected a table with columns"],
    ["score nothing.onnx payments.csv", "nothing.onnx: expected a model file, got no such file"],
    ["info payments.csv", "payments.csv: expected an ONNX model"],
    ["generate payments.onnx --from prior", "train one with --family variational"],
    ["generate payments.onnx --from posterior", "--from"],
    [
      "interpolate payments.onnx payments.csv --to-row 100000",
      "--to-row: expected a row from 1 to",
    ],
    ["interpolate payments.onnx payments.csv --steps 1", "--steps"],
    ["interpolate payments.onnx payments.csv --path round", "linear, spherical"],
    ["traverse payments.onnx payments.csv --row 100000", "--row: expected a row from 1 to 300"],
    ["traverse payments.onnx --row 2", "the data: expected rows, got none"],
    ["traverse payments.onnx --dimensions 99", "dimensions: expected some of 0 to"],
    ["generate bars.onnx", "Give a place: -o sheet.png"],
    ["encode payments.onnx payments.csv -o x.npz", "expected a name that ends in"],
    ["encode payments.onnx payments.csv --map x.jpg", "ends in .svg or .png, got a name that ends"],
    ["encode payments.onnx payments.csv --map gone/x.svg", 'no folder "gone"'],
    ["dimensions payments.onnx payments.csv -o x.png", "got a sheet of pictures"],
    ["dimensions payments.onnx payments.csv --top 0", "--top"],
    ["evaluate payments.onnx", "ae evaluate: expected an argument DATA, got none"],
    ["completion tcsh", "expected one of bash, zsh, fish"],
  ])("ae %s", async (line, words) => {
    const { code, out, err } = await ae(line);
    expect(err).toContain(words);
    expect(err).not.toMatch(/^\s+at /m);
    expect(out).toBe("");
    expect(code).toBe(1);
  });

  test("with --json it is one object on standard error", async () => {
    const { code, out, err } = await ae("score payments.onnx missing.csv --json");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    const last = lines(err).at(-1) ?? "";
    expect(JSON.parse(last)).toMatchObject({
      error: { code: "data.column-missing", place: "missing.csv" },
    });
  });
});

describe("completion", () => {
  test.skipIf(process.platform === "win32")(
    "bash completes verbs, options, families and demo data",
    async () => {
      await write("complete.sh", (await ok("completion bash")).out);
      const complete = async (...words: string[]): Promise<string[]> => {
        const script = `source ./complete.sh; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ae; printf '%s\\n' "\${COMPREPLY[@]}"`;
        const child = spawn("bash", ["-c", script, "bash", ...words], { cwd: folder });
        let out = "";
        for await (const part of child.stdout) out += String(part);
        return lines(out);
      };
      expect(await complete("ae", "re")).toEqual(["reconstruct", "recommend", "report"]);
      expect(await complete("ae", "train", "--warm")).toEqual(["--warm-up"]);
      expect(await complete("ae", "train", "--family", "va")).toEqual([
        "vanilla",
        "variational",
        "vae",
      ]);
      expect(await complete("ae", "train", "--family", "beta")).toEqual(["beta-vae"]);
      expect(await complete("ae", "train", "--likelihood", "")).toEqual(["gaussian", "bernoulli"]);
      expect(await complete("ae", "train", "--pretrain", "")).toEqual(["layerwise"]);
      expect(await complete("ae", "export", "--part", "d")).toEqual(["decoder"]);
      expect((await complete("ae", "train", "paym")).toSorted()).toEqual([
        "payments.csv",
        "payments.onnx",
      ]);
      expect(await complete("ae", "train", "demo", ":", "di")).toEqual(["digits"]);
    },
  );

  test.each(["zsh", "fish"])("%s has every verb and option", async (shell) => {
    const { out } = await ok(`completion ${shell}`);
    for (const word of ["reconstruct", "learning-rate", "likelihood", "gaussian"]) {
      expect(out).toContain(word);
    }
  });
});
