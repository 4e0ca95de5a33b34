/** `ae generate`, `interpolate`, `traverse`, `denoise` and `evaluate --controls-from`, from the outside. */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyAt } from "../src/random/bits.ts";
import { uniforms } from "../src/random/numbers.ts";
import type { Evaluation } from "../src/evaluate/evaluation.ts";
import { commandLine } from "./support/command-line.ts";

let folder: string;
const { ae, ok } = commandLine(() => folder);

/** What is said of wrong input, which leaves nothing on standard output. */
async function refused(line: string): Promise<string> {
  const { code, out, err } = await ae(line);
  expect([code, out], `ae ${line}\n${err}`).toEqual([1, ""]);
  return err;
}

type Line = Readonly<Record<string, string>>;

function linesOf(csv: string): readonly Line[] {
  const [head = [], ...body] = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  return body.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ""])));
}

/** The same numbers everywhere, in [0, 1). */
function random(seed: number): () => number {
  const drawn = uniforms(keyAt(seed, 0), 2 ** 16);
  let at = 0;
  return () => drawn[at++] as number;
}

/**
 * Sales: wires are large and the others small, with nothing between; what is paid in cash lacks its time one
 * time in three; the items grow with the amount.
 */
function sales(rows: number, seed: number): string {
  const next = random(seed);
  const normal = () => next() + next() + next() + next() - 2;
  const body = Array.from({ length: rows }, () => {
    const kind = ["card", "cash", "cash", "wire"][Math.floor(next() * 4)] as string;
    const size = normal();
    const amount = kind === "wire" ? 900 + 90 * size : 60 + 20 * size;
    const minutes = kind === "cash" && next() < 1 / 3 ? "" : (12 + 3 * normal()).toFixed(1);
    const items = Math.max(1, Math.round(6 + 4 * size + 0.5 * normal()));
    return [kind, amount.toFixed(2), items, minutes, size > 0].join(",");
  });
  return `kind,amount,items,minutes,big\n${body.join("\n")}\n`;
}

const SIDE = 8;

/** Bars, upright (label 1) or lying (label 0), of one to three pixels, over a dim ground. */
function bars(count: number, seed: number): { readonly pictures: Buffer; readonly labels: Buffer } {
  const next = random(seed);
  const head = (magic: number, sizes: readonly number[]): Buffer => {
    const out = Buffer.alloc(4 + 4 * sizes.length);
    [magic, ...sizes].forEach((value, i) => out.writeUInt32BE(value, 4 * i));
    return out;
  };
  const upright = Array.from({ length: count }, () => Number(next() < 0.5));
  const pixels = upright.flatMap((up) => {
    const [first, wide] = [Math.floor(next() * 6), 1 + Math.floor(next() * 3)];
    return Array.from({ length: SIDE * SIDE }, (_, i) => {
      const at = up === 1 ? i % SIDE : Math.floor(i / SIDE);
      return Math.round(30 * next() + (at >= first && at < first + wide ? 200 : 0));
    });
  });
  return {
    pictures: Buffer.concat([head(0x803, [count, SIDE, SIDE]), Buffer.from(pixels)]),
    labels: Buffer.concat([head(0x801, [count]), Buffer.from(upright)]),
  };
}

/** Of a `.npy` of bars: the share that are upright. */
async function uprightIn(name: string): Promise<number> {
  const file = await readFile(join(folder, name));
  const data = file.subarray(10 + file.readUInt16LE(8));
  const count = data.length / 4 / SIDE ** 2;
  let upright = 0;
  for (let picture = 0; picture < count; picture += 1) {
    const pixel = (y: number, x: number) =>
      data.readFloatLE(4 * (picture * SIDE ** 2 + y * SIDE + x));
    const places = Array.from({ length: SIDE }, (_, i) => i);
    const spread = (of: (line: number, at: number) => number) =>
      deviation(places.map((line) => mean(places.map((at) => of(line, at)))));
    upright += Number(spread((x, y) => pixel(y, x)) > spread((y, x) => pixel(y, x)));
  }
  return upright / count;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]) =>
  Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)));
function correlation(a: readonly number[], b: readonly number[]): number {
  const [m, n] = [mean(a), mean(b)];
  return mean(a.map((x, i) => (x - m) * ((b[i] as number) - n))) / (deviation(a) * deviation(b));
}
const numbers = (lines: readonly Line[], name: string) => lines.map((line) => Number(line[name]));
const file = (name: string) => readFile(join(folder, name), "utf8");

let real: readonly Line[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-making-"));
  const write = (name: string, data: string | Buffer) => writeFile(join(folder, name), data);
  await write("sales.csv", sales(800, 1));
  await write("later.csv", sales(300, 2));
  await write("less.csv", (await file("sales.csv")).replaceAll(/,[^,]*$/gm, ""));
  real = linesOf(await file("sales.csv"));
  const { pictures, labels } = bars(600, 3);
  await write("bars-idx3-ubyte", pictures);
  await write("bars-idx1-ubyte", labels);
  await write("more-idx3-ubyte", bars(120, 4).pictures);
  const small = "--seed 1 --threads 1 --hidden 64 --batch 32";
  await ok(`train sales.csv --family tabular --latent 3 --epochs 150 ${small} -o sales.onnx`);
  await ok(`train sales.csv --family masked --epochs 5 ${small} -o masked.onnx`);
  await ok(`train sales.csv --label kind --epochs 2 ${small} -o labelled.onnx`);
  await ok(
    `train bars-idx3-ubyte --label bars-idx1-ubyte --family conditional --latent 4 --epochs 30 ${small} -o bars.onnx`,
  );
  await ok(`train bars-idx3-ubyte --latent 4 --epochs 10 ${small} -o plain.onnx`);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ae generate, of a table", { timeout: 60_000 }, () => {
  let made: readonly Line[];
  beforeAll(async () => {
    await ok("generate sales.onnx -n 1500 --seed 7 -o made.csv");
    made = linesOf(await file("made.csv"));
  });

  test("gives words of the data, whole numbers, their decimals, their range, and no value in a gap", () => {
    expect(made).toHaveLength(1500);
    expect(Object.keys(made[0] ?? {})).toEqual(["kind", "amount", "items", "minutes", "big"]);
    expect(new Set(made.map(({ kind }) => kind))).toEqual(new Set(["card", "cash", "wire"]));
    expect(new Set(made.map(({ big }) => big))).toEqual(new Set(["true", "false"]));
    for (const name of ["amount", "items", "minutes"]) {
      const known = numbers(real, name).filter(
        (x, i) => real[i]?.[name] !== "" && !Number.isNaN(x),
      );
      const drawn = made.filter((line) => line[name] !== "").map((line) => Number(line[name]));
      expect(Math.min(...drawn), name).toBeGreaterThanOrEqual(Math.min(...known));
      expect(Math.max(...drawn), name).toBeLessThanOrEqual(Math.max(...known));
    }
    expect(made.every(({ items = "" }) => /^\d+$/.test(items))).toBe(true);
    expect(made.every(({ amount = "" }) => /^\d+(\.\d{1,2})?$/.test(amount))).toBe(true);
    const small = real.filter(({ kind }) => kind !== "wire");
    const [below, above] = [
      Math.max(...numbers(small, "amount")),
      Math.min(
        ...numbers(
          real.filter(({ kind }) => kind === "wire"),
          "amount",
        ),
      ),
    ];
    expect(above - below).toBeGreaterThan(500);
    expect(numbers(made, "amount").filter((x) => x > below && x < above)).toEqual([]);
  });

  test("keeps shares, what goes together, and what is missing where", () => {
    const share = (lines: readonly Line[], is: (line: Line) => boolean) =>
      lines.filter(is).length / lines.length;
    for (const kind of ["card", "cash", "wire"]) {
      const [here, there] = [made, real].map((all) => share(all, (line) => line["kind"] === kind));
      expect(Math.abs((here as number) - (there as number)), kind).toBeLessThan(0.06);
    }
    const large = (line: Line) => Number(line["amount"]) > 500;
    const wires = made.filter(({ kind }) => kind === "wire");
    expect(share(wires, large)).toBeGreaterThan(0.95);
    expect(
      share(
        made.filter(({ kind }) => kind !== "wire"),
        large,
      ),
    ).toBeLessThan(0.03);
    const tied = (lines: readonly Line[]) => {
      const few = lines.filter((line) => line["kind"] === "cash" && !large(line));
      return correlation(numbers(few, "amount"), numbers(few, "items"));
    };
    expect(tied(real)).toBeGreaterThan(0.9);
    expect(tied(made)).toBeGreaterThan(0.75);
    const empty = (kind: string) =>
      share(
        made.filter((line) => line["kind"] === kind),
        ({ minutes }) => minutes === "",
      );
    expect(empty("cash")).toBeGreaterThan(0.23);
    expect(empty("cash")).toBeLessThan(0.43);
    expect(empty("card") + empty("wire")).toBeLessThan(0.04);
    for (const name of ["kind", "amount", "items", "big"])
      expect(share(made, (line) => line[name] === "")).toBe(0);
  });

  test("the same seed gives the same rows in every format, the first of many the few", async () => {
    const { out } = await ok("generate sales.onnx -n 40 --seed 7");
    expect(linesOf(out)).toEqual(made.slice(0, 40));
    const { out: json } = await ok("generate sales.onnx -n 3 --seed 7 --json");
    const first = JSON.parse(json) as readonly Readonly<Record<string, unknown>>[];
    expect(first.map(({ kind, items }) => [kind, String(items)])).toEqual(
      made.slice(0, 3).map(({ kind, items }) => [kind, items]),
    );
    await ok("generate sales.onnx -n 40 --seed 7 -o made.parquet");
    const { out: encoded } = await ok("encode sales.onnx made.parquet");
    expect(linesOf(encoded)).toHaveLength(40);
    const { out: other } = await ok("generate sales.onnx -n 40 --seed 8");
    expect(other).not.toBe(out);
    const { out: prior } = await ok("generate sales.onnx -n 40 --seed 7 --from prior");
    expect(prior).not.toBe(out);
  });

  test("the colder, the more alike; at 0 all are", async () => {
    const spreads: number[] = [];
    for (const temperature of [0, 0.1, 1]) {
      const { out } = await ok(`generate sales.onnx -n 400 --temperature ${temperature}`);
      spreads.push(deviation(numbers(linesOf(out), "items")));
    }
    expect(spreads[0]).toBe(0);
    expect(spreads[1]).toBeLessThan(0.6 * (spreads[2] as number));
  });

  test("wrong input is named", async () => {
    expect(await refused("generate sales.onnx -n 0")).toMatch(/--count.*at least 1/);
    expect(await refused("generate sales.onnx --temperature -1")).toMatch(/--temperature.*got -1/);
    expect(await refused("generate sales.onnx --from codes")).toMatch(/one of prior, mixture/);
    expect(await refused("generate sales.onnx --label wire")).toMatch(/knows none/);
    expect(await refused("generate masked.onnx --from prior")).toMatch(/masked.*has none/);
    expect(await refused("generate sales.onnx -o none/x.csv")).toMatch(/mkdir -p none/);
    expect(await refused("generate sales.onnx -o x.png")).toMatch(/\.csv/);
    expect(await refused("generate bars.onnx --label 7 -o x.png")).toMatch(/label/);
    expect(await refused("generate bars.onnx")).toMatch(/-o sheet\.png/);
  });
});

describe("by label", { timeout: 60_000 }, () => {
  test("pictures are of the class that was asked for, and else of both as often as in the data", async () => {
    await ok("generate bars.onnx -n 100 --label 1 --seed 3 -o up.npy");
    await ok("generate bars.onnx -n 100 --label 0 --seed 3 -o down.npy");
    await ok("generate bars.onnx -n 200 --seed 3 -o any.npy");
    expect(await uprightIn("up.npy")).toBeGreaterThan(0.9);
    expect(await uprightIn("down.npy")).toBeLessThan(0.1);
    expect(Math.abs((await uprightIn("any.npy")) - 0.5)).toBeLessThan(0.15);
  });

  test("traversals are read with the class, whether rows are given or not", async () => {
    for (const [label, least] of [
      ["1", 0.8],
      ["0", 0],
    ] as const) {
      await ok(`traverse bars.onnx --class ${label} --steps 5 -o line.npy`);
      const upright = await uprightIn("line.npy");
      expect(upright).toBeGreaterThanOrEqual(least);
      expect(upright).toBeLessThanOrEqual(least + 0.2);
    }
    expect(await refused("traverse bars.onnx --class slanted -o x.png")).toMatch(/slanted/);
    expect(await refused("traverse plain.onnx --class 1 -o x.png")).toMatch(/knows none/);
    expect(await refused("traverse plain.onnx --row 3 -o x.png")).toMatch(/the data/);
    expect(await refused("traverse plain.onnx --dimensions 9 -o x.png")).toMatch(/0 to 3/);
  });
});

describe("ae interpolate", { timeout: 60_000 }, () => {
  test("rows of a table are of the data in between too; an arc is another way than a line", async () => {
    const way = async (more: string) =>
      linesOf((await ok(`interpolate sales.onnx sales.csv --from-row 1 --to-row 5 ${more}`)).out);
    const line = await way("--steps 9");
    const arc = await way("--steps 9 --path spherical");
    for (const { kind = "", items = "", amount = "" } of [...line, ...arc]) {
      expect(["card", "cash", "wire"]).toContain(kind);
      expect(items).toMatch(/^\d+$/);
      expect(amount).toMatch(/^\d+(\.\d{1,2})?$/);
    }
    expect([line[0], line[8]]).toEqual([arc[0], arc[8]]);
    expect(line.slice(1, 8)).not.toEqual(arc.slice(1, 8));
  });

  test("pictures go to a strip, a folder or an array; wrong rows and kinds are named", async () => {
    await ok("interpolate plain.onnx bars-idx3-ubyte more-idx3-ubyte --steps 4 -o way/");
    expect(await readdir(join(folder, "way"))).toHaveLength(4);
    expect(await refused("interpolate plain.onnx bars-idx3-ubyte --to-row 900 -o s.png")).toMatch(
      /--to-row.*1 to 600/,
    );
    expect(await refused("interpolate plain.onnx sales.csv -o s.png")).toMatch(/images of 8 × 8/);
    expect(await refused("interpolate sales.onnx less.csv")).toMatch(/"big"/);
    expect(await refused("interpolate sales.onnx sales.csv --steps 1")).toMatch(/--steps/);
    expect(await refused("interpolate sales.onnx sales.csv --path round")).toMatch(/--path/);
  });
});

test("ae denoise: what it takes for a table, what it does not, and decimals of the data", async () => {
  await ok("denoise masked.onnx sales.csv -o full.csv --marks marks.csv");
  const full = linesOf(await file("full.csv"));
  expect(full.every(({ minutes = "" }) => /^\d+(\.\d)?$/.test(minutes))).toBe(true);
  const marks = linesOf(await file("marks.csv"));
  const gaps = real.flatMap(({ minutes }, row) => (minutes === "" ? [String(row + 1)] : []));
  const filled = marks.filter(({ why }) => why === "missing");
  expect(filled.map(({ row }) => row)).toEqual(gaps);
  expect(new Set(filled.map(({ column }) => column))).toEqual(new Set(["minutes"]));

  const table = "denoise masked.onnx sales.csv -o x.csv";
  expect(await refused(`${table} --marks ./x.csv`)).toMatch(/another file than -o/);
  expect(await refused(`${table} --repair 0`)).toMatch(/--repair.*or off/s);
  expect(await refused(`${table} --noise 0.1`)).toMatch(/noise: expected images.*got a table/);
  expect(await refused("denoise masked.onnx less.csv -o x.csv")).toMatch(/"big"/);
  expect(await refused("denoise masked.onnx bars-idx3-ubyte -o x.csv")).toMatch(/got images/);
  expect(await refused("denoise plain.onnx bars-idx3-ubyte -o x.npy --rounds 3")).toMatch(
    /rounds: expected tables.*got images/,
  );
}, 60_000);

describe("ae evaluate --controls-from", { timeout: 120_000 }, () => {
  test("judges new rows beside the copula, in a table and a sentence each", async () => {
    const line = "evaluate sales.onnx later.csv --controls-from sales.csv --target kind";
    const { out } = await ok(line);
    expect(out).toMatch(/800 new rows beside 300 real ones/);
    expect(out).toMatch(/model +Gaussian copula +bootstrap +real rows +best/);
    // One set of figures of samples: two Fréchet distances would be taken for one another.
    expect(out.match(/frechet|Fréchet distance +\d/g)).toHaveLength(1);
    const verdict = out.trimEnd().split("\n\n").at(-1)?.split("\n") ?? [];
    expect(verdict.length).toBeLessThanOrEqual(6);
    expect(verdict.join("\n")).toMatch(/^The samples are .* than the control \(Gaussian copula\)/m);
    expect(verdict.join("\n")).toMatch(/^What learned "kind" from the samples reaches \d/m);
    // So many epochs on so few rows: it may have come close to some of them.
    expect(verdict.at(-1)).toMatch(
      /^(No sign of copies|No copies, but|The samples repeat training rows)/,
    );
    const { samples, metrics } = JSON.parse((await ok(`${line} --json`)).out) as Evaluation;
    expect(metrics["frechet"]).toBeGreaterThan(0);
    expect(samples?.model.predictive).toBeGreaterThan(0.8);
    // The two humps of the amounts, and times that are missing in cash alone, are beyond a copula.
    expect(samples?.model.detection).toBeLessThan(samples?.controls.copula?.detection ?? 0);
    expect(samples?.controls.bootstrap?.duplicates).toBe(1);
  });

  test("of any model that makes rows; of labelled rows only with what is meant", async () => {
    const { out } = await ok("evaluate masked.onnx later.csv --controls-from sales.csv");
    expect(out).toMatch(/^The samples are /m);
    expect(out).toMatch(/^No sign of copies: /m);
    const labelled = "evaluate labelled.onnx later.csv --label kind --controls-from sales.csv";
    expect(await refused(labelled)).toMatch(/expected --anomalies/);
  });

  test("wrong input is named", async () => {
    const line = "evaluate sales.onnx later.csv";
    expect(await refused(`${line} --target kind`)).toMatch(/--controls-from/);
    expect(await refused(`${line} --controls-from sales.csv --target colour`)).toMatch(/"colour"/);
    expect(await refused(`${line} --controls-from less.csv`)).toMatch(/"big"/);
    expect(await refused(`${line} --clean later.csv`)).toMatch(/--clean.*images/);
  });

  test("a report says the same", async () => {
    await ok("report sales.onnx later.csv --controls-from sales.csv -o page.html");
    const page = await file("page.html");
    expect(page).toContain("How good is what it makes?");
    expect(page).toContain("than the control (Gaussian copula)");
    expect(page).toMatch(/equal a training row, as \S+% of held-out rows do/);
  });
});
