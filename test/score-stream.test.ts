/** `ae score MODEL -` and `ae threshold`: rows as they come, and alarms that are set anew. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { conditional, dense, load, tableFrom, train, vanilla } from "autoencoders";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main, commandLine } from "./support/command-line.ts";

let folder: string;
const { start, ...command } = commandLine(() => folder);
const ae = (line: string, input?: string) => command.ae(line, input === undefined ? {} : { input });

interface Row {
  readonly id: number;
  readonly amount: number;
  readonly fee: number;
  readonly kind: string;
  readonly when: string;
}

/** @param level all amounts are so many times as high */
function rowOf(i: number, level = 1): Row {
  const kind = ["card", "cash", "wire"][(i * 7) % 3] as string;
  const amount = level * (kind === "wire" ? 90 : 20) * (1 + 0.5 * Math.sin(12.9898 * i * i));
  return {
    id: i,
    amount: Number(amount.toFixed(3)),
    fee: Number((0.02 * amount + 0.3 + 0.1 * Math.sin(78.233 * i * i)).toFixed(3)),
    kind,
    when: new Date(Date.UTC(2025, 0, 1 + (i % 365))).toISOString(),
  };
}

const ndjson = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const rowsOf = (count: number, from = 0): Row[] =>
  Array.from({ length: count }, (_, i) => rowOf(from + i));

/** Without ids, which say nothing. */
const plain = (rows: readonly Row[]) =>
  rows.map(({ amount, fee, kind, when }) => ({ amount, fee, kind, when }));

type Line = Readonly<Record<string, unknown>>;
const linesOf = (out: string): Line[] =>
  out
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-stream-"));
  const table = tableFrom(plain(rowsOf(3000)).map((row) => ({ ...row, when: new Date(row.when) })));
  const model = await train(vanilla({ latent: 2, body: dense([12]) }), table, {
    epochs: 8,
    seed: 1,
    threads: 1,
  });
  await model.save(join(folder, "m.onnx"));
  await model.close();
  await writeFile(join(folder, "rows.ndjson"), ndjson(plain(rowsOf(9000, 5000))));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("rows as they come", () => {
  test("are scored as those of a file, in their order", async () => {
    const input = await readFile(join(folder, "rows.ndjson"), "utf8");
    const { code, out, err } = await ae("score m.onnx -", input);
    expect(code).toBe(0);
    const lines = linesOf(out);
    expect(lines.length).toBe(9000);
    expect(lines.map(({ row }) => row)).toEqual(Array.from({ length: 9000 }, (_, i) => i + 1));
    expect(Object.keys(lines[0] ?? {})).toEqual(["row", "score", "p_value", "alarm"]);
    expect((await ae("score m.onnx rows.ndjson -o s.ndjson")).code).toBe(0);
    const file = linesOf(await readFile(join(folder, "s.ndjson"), "utf8"));
    for (const [i, line] of lines.entries()) {
      const other = file[i] as { score: number; p_value: number; alarm: boolean };
      expect(Math.abs((line["score"] as number) / other.score - 1)).toBeLessThan(1e-5);
      expect(line["p_value"]).toBeCloseTo(other.p_value, 2);
    }
    const alarms = (some: readonly Line[]) => some.filter(({ alarm }) => alarm === true).length;
    expect(Math.abs(alarms(lines) - alarms(file))).toBeLessThan(3);
    expect(err).toMatch(
      /^\d+ of 9,000 rows \(.*%\) raise an alarm, with a score above .*; if nothing were odd, about 90 would$/m,
    );
    expect(err).not.toContain("warning");
  });

  test("a row is answered before the next one comes", async () => {
    const { child, text, ended } = start("score m.onnx - --explain 1 --keep id");
    for (let i = 0; i < 3; i += 1) {
      child.stdin.write(ndjson([rowOf(i)]));
      for (let tries = 0; linesOf(text.out).length <= i && tries < 400; tries += 1) await wait(25);
      expect(linesOf(text.out).length).toBe(i + 1);
      expect(linesOf(text.out)[i]).toMatchObject({ row: i + 1, id: i, alarm: false });
    }
    child.stdin.end();
    expect((await ended).code).toBe(0);
  });

  test("with reasons, fields repeated, and ids to the last digit", async () => {
    const odd = { ...rowOf(1), fee: 40, id: 7e18 };
    const input = ndjson([rowOf(1), odd]).replace("7000000000000000000", "7000000000000000001");
    const { code, out } = await ae("score m.onnx - --explain 2 --keep id,when,note", input);
    expect(code).toBe(0);
    const [, second = ""] = out.split("\n");
    expect(second).toContain('"id":7000000000000000001,');
    const line = JSON.parse(second) as Line & { reasons: Line[] };
    expect(Object.keys(line)).toEqual([
      "row",
      "score",
      "p_value",
      "alarm",
      "reasons",
      "id",
      "when",
      "note",
    ]);
    expect(line).toMatchObject({ alarm: true, when: odd.when, note: null });
    expect(line.reasons).toHaveLength(2);
    expect(line.reasons[0]).toMatchObject({ column: "fee", actual: 40 });
    expect(Object.keys(line.reasons[0] ?? {})).toEqual(["column", "share", "actual", "expected"]);
    const all = await ae(
      "score m.onnx - --all",
      ndjson([{ ...rowOf(1), score: "mine", tags: ["a", 1] }]),
    );
    expect(linesOf(all.out)[0]).toMatchObject({
      ...rowOf(1),
      row: 1,
      input_score: "mine",
      tags: ["a", 1],
    });
    expect(linesOf(all.out)[0]?.["score"]).toBeTypeOf("number");
  });

  test("only alarms; by reconstruction; nothing at all", async () => {
    const input = ndjson([rowOf(1), { ...rowOf(2), fee: 40 }, rowOf(3)]);
    expect(linesOf((await ae("score m.onnx - --alarms", input)).out).map(({ row }) => row)).toEqual(
      [2],
    );
    const plain = linesOf((await ae("score m.onnx - --by reconstruction", input)).out);
    expect(plain.map((line) => Object.keys(line))).toEqual(
      Array.from({ length: 3 }, () => ["row", "score"]),
    );
    expect(await ae("score m.onnx -", "")).toMatchObject({ code: 0, out: "" });
  });

  test("lines that are no rows have their error in their place; the others are scored", async () => {
    const { kind: _, ...without } = rowOf(2);
    const input = [
      JSON.stringify(rowOf(1)),
      "oops",
      "",
      JSON.stringify(without),
      JSON.stringify({ ...rowOf(4), amount: "lots" }),
      JSON.stringify({ ...rowOf(5), amount: null, extra: { deep: true } }),
      "[1, 2]",
      JSON.stringify(rowOf(6)),
    ].join("\n");
    const { code, out, err } = await ae("score m.onnx - --keep id", input);
    expect(code).toBe(1);
    const lines = linesOf(out);
    expect(lines.map(({ row }) => row)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(lines.map(({ error }) => typeof error)).toEqual([
      "undefined",
      "string",
      "string",
      "string",
      "undefined",
      "string",
      "undefined",
    ]);
    expect(lines[1]).toEqual({ row: 2, error: 'row 2: expected a line of JSON, got "oops"' });
    expect(lines[2]).toMatchObject({
      id: 2,
      error: expect.stringContaining('expected a field "kind"') as unknown,
    });
    expect(lines[3]).toEqual({
      row: 4,
      id: 4,
      error: 'row 4, column "amount": expected a number, as in training, got "lots"',
    });
    expect(err).toContain("3 rows");
    expect(err).toContain("4 of 7 lines that are none; the first: row 2: expected a line of JSON");
  });

  test("--strict stops at the first, after the rows before it", async () => {
    const input = `${ndjson([rowOf(1), rowOf(2)])}oops\n${ndjson([rowOf(3)])}`;
    const { code, out, err } = await ae("score m.onnx - --strict", input);
    expect(code).toBe(1);
    expect(linesOf(out).map(({ row }) => row)).toEqual([1, 2]);
    expect(err).toContain('error: row 3: expected a line of JSON, got "oops"');
    const json = await ae("score m.onnx - --strict --json", "oops\n");
    expect(JSON.parse(json.err.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      error: { code: "data.json", place: "row 1" },
    });
  });

  test("a reader that goes early ends it quietly", async () => {
    const input = (await readFile(join(folder, "rows.ndjson"), "utf8")).repeat(4);
    await writeFile(join(folder, "many.ndjson"), input);
    const command = `"${process.execPath}" "${main}" score m.onnx - < many.ndjson | head -2; echo "\${PIPESTATUS[0]}"`;
    const child = spawn("bash", ["-c", command], { cwd: folder });
    let [out, err] = ["", ""];
    child.stderr.on("data", (part) => (err += String(part)));
    for await (const part of child.stdout) out += String(part);
    const [one, two, code, ...rest] = out.trimEnd().split("\n");
    expect([one, two].map((line) => (JSON.parse(line ?? "") as Line)["row"])).toEqual([1, 2]);
    expect([code, ...rest]).toEqual(["0"]);
    expect(err).toBe("");
  });

  test("Ctrl-C ends it after what has come", { skip: process.platform === "win32" }, async () => {
    const { child, text, ended } = start("score m.onnx -");
    child.stdin.write(ndjson(rowsOf(100)));
    for (let tries = 0; linesOf(text.out).length < 100 && tries < 400; tries += 1) await wait(25);
    child.kill("SIGINT");
    const { code, out, err } = await ended;
    expect(code).toBe(130);
    expect(linesOf(out).length).toBe(100);
    expect(err).toContain("stopped after 100 rows");
  });

  test("while nobody reads the results, it takes no more rows", async () => {
    const { child, ended } = start("score m.onnx -");
    child.stdout.removeAllListeners("data").pause();
    const piece = ndjson(rowsOf(2000));
    let given = 0;
    let full = false;
    // 40 MB and more, if nothing held it back.
    for (let i = 0; i < 200 && !full; i += 1) {
      given += piece.length;
      if (child.stdin.write(piece)) continue;
      const drained = once(child.stdin, "drain").then(() => true);
      full = !(await Promise.race([drained, wait(2500).then(() => false)]));
    }
    expect(full).toBe(true);
    expect(given).toBeLessThan(20e6);
    child.stdout.destroy();
    expect((await ended).code).toBe(0);
  });

  test("drift is told once, and the threshold follows with --adapt", async () => {
    const input = ndjson(Array.from({ length: 24_000 }, (_, i) => rowOf(i, i < 4000 ? 1 : 1.5)));
    const plain = await ae("score m.onnx -", input);
    expect(plain.code).toBe(0);
    expect(
      plain.err.match(/warning: the scores of rows [\d,]+ to [\d,]+ are higher than those/g),
    ).toHaveLength(1);
    expect(plain.err).toContain("ae threshold m.onnx RECENT");
    const raised = (out: string, from: number) =>
      linesOf(out)
        .slice(from)
        .filter(({ alarm }) => alarm === true).length /
      (24_000 - from);
    expect(raised(plain.out, 8000)).toBeGreaterThan(0.03);
    const adapted = await ae("score m.onnx - --adapt 1000", input);
    expect(raised(adapted.out, 8000)).toBeGreaterThan(0.005);
    expect(raised(adapted.out, 8000)).toBeLessThan(0.016);
    const scores = (out: string) =>
      linesOf(out)
        .slice(0, 50)
        .map(({ score }) => score);
    expect(scores(adapted.out)).toEqual(scores(plain.out));
    expect(adapted.err).toMatch(/raise an alarm; it now begins above a score of /);
  });

  test("arrays, an array a line", async () => {
    const { arrayFrom } = await import("autoencoders");
    const data = Array.from({ length: 400 }, (_, i) => [Math.sin(i), Math.cos(i), Math.sin(i) / 2]);
    const model = await train(vanilla({ latent: 1, body: dense([8]) }), arrayFrom(data), {
      epochs: 2,
      threads: 1,
    });
    await model.save(join(folder, "a.onnx"));
    const { out } = await ae("score a.onnx -", ndjson(data.slice(0, 20)));
    const { scores } = await model.score(arrayFrom(data.slice(0, 20)));
    expect(linesOf(out).map(({ score }) => Math.fround(score as number))).toEqual(
      [...scores].map((score) => Math.fround(Number(score.toPrecision(7)))),
    );
    await model.close();
    const { code, err } = await ae("score a.onnx - --keep id", "[1,2,3]\n");
    expect(code).toBe(1);
    expect(err).toContain("--keep: expected a model of tables");
  });

  test("labels that a family needs come with the rows", async () => {
    const rows = rowsOf(300).map(({ amount, fee, kind }) => ({ amount, fee, kind }));
    const data = tableFrom(rows, { label: "kind" });
    const model = await train(conditional({ latent: 1, body: dense([8]) }), data, {
      epochs: 2,
      threads: 1,
    });
    await model.save(join(folder, "c.onnx"));
    const input = ndjson([
      ...rows.slice(0, 5),
      { ...rows[5], kind: "cheque" },
      { amount: 3, fee: 1 },
    ]);
    const { code, out } = await ae("score c.onnx -", input);
    expect(code).toBe(1);
    const { scores } = await model.score(data);
    const lines = linesOf(out);
    for (const [i, { score }] of lines.slice(0, 5).entries())
      expect(score as number).toBeCloseTo(scores[i] as number, 4);
    expect(lines[5]?.["error"]).toContain('column "kind": expected one of the classes');
    expect(lines[6]?.["error"]).toContain('expected a field "kind"');
    await model.close();
  });

  test.each([
    ["score m.onnx - --top 3", "--top: expected as rows come there is no end to wait for"],
    ["score m.onnx - -o out.csv", "Send standard output to a file: > scores.ndjson"],
    ["score m.onnx rows.ndjson --keep id", "--keep: expected it is for rows as they come"],
    ["score m.onnx - --adapt 10", "at least 99 rows"],
    ["score m.onnx - --adapt 500 --by reconstruction", "--adapt: expected scores by distance"],
    [
      "score m.onnx rows.ndjson --alarms --by reconstruction",
      "--alarms: expected scores by distance",
    ],
    ["score m.onnx rows.ndjson --by loss", "--by: expected one of distance, reconstruction"],
    ["score m.onnx rows.ndjson --heatmap where", "--heatmap: expected images"],
  ])("ae %s is refused", async (line, words) => {
    const { code, err } = await ae(line);
    expect(code).toBe(1);
    expect(err).toContain(words);
  });
});

describe("scores of files", () => {
  const csv = (out: string): string[][] =>
    out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(","));

  test("only alarms, in their order, with their rows; none is a table without rows", async () => {
    const rows = plain(rowsOf(600)).map((row) => (row.amount > 130 ? { ...row, fee: 30 } : row));
    await writeFile(join(folder, "some.ndjson"), ndjson(rows));
    const all = csv((await ae("score m.onnx some.ndjson --explain 1")).out);
    const [head, ...body] = csv((await ae("score m.onnx some.ndjson --explain 1 --alarms")).out);
    expect(head?.slice(0, 4)).toEqual(["row", "score", "p_value", "alarm"]);
    expect(body.length).toBeGreaterThan(10);
    expect(body).toEqual(all.filter(([, , , alarm]) => alarm === "true"));
    const top = csv((await ae("score m.onnx some.ndjson --alarms --top 3")).out).slice(1);
    expect(top.length).toBe(3);
    expect(top.map(([, , p]) => Number(p)).every((p) => p < 0.01)).toBe(true);
    await copyFile(join(folder, "m.onnx"), join(folder, "high.onnx"));
    await ae("threshold high.onnx --score 1000000");
    expect(csv((await ae("score high.onnx some.ndjson --alarms")).out)).toEqual([
      ["row", "score", "p_value", "alarm"],
    ]);
  });

  test("by reconstruction: row and score alone", async () => {
    const { out, err } = await ae("score m.onnx rows.ndjson --by reconstruction --top 2");
    expect(csv(out)[0]).toEqual(["row", "score"]);
    expect(err).toMatch(/score above .* squared error, as 1% of the rows held out in training do/);
  });

  test("rows of another kind: a warning with advice, and exit code 0", async () => {
    const rows = plain(Array.from({ length: 3000 }, (_, i) => rowOf(i, 2)));
    await writeFile(join(folder, "other.ndjson"), ndjson(rows));
    const { code, err, out } = await ae("score m.onnx other.ndjson -o other.csv --json");
    expect(code).toBe(0);
    expect(err).toMatch(
      /warning: the scores of these rows are higher than those of the 300 rows held out in training: half of them score above what .* of those do, where it should be 50%/,
    );
    expect(err).toContain("ae threshold m.onnx other.ndjson");
    expect(JSON.parse(out)).toMatchObject({ rows: 3000, drifted: true });
  });
});

describe("ae threshold", () => {
  const alarmsOf = async (name: string) => {
    const model = await load(join(folder, name), { threads: 1 });
    const { info, calibration } = model;
    await model.close();
    return { ...info.alarms, calibration };
  };

  test("alone it tells, and changes nothing", async () => {
    const before = await readFile(join(folder, "m.onnx"));
    const { code, out } = await ae("threshold m.onnx");
    expect(code).toBe(0);
    expect(out).toMatch(/^alarms begin above a score of [\d.]+\n/);
    expect(out).toContain(
      "at most 1 in 100 usual rows raises an alarm, as long as new ones are like the 300 rows held out in training",
    );
    expect(await readFile(join(folder, "m.onnx"))).toEqual(before);
    const { alarms } = JSON.parse((await ae("threshold m.onnx --json")).out) as { alarms: object };
    expect(alarms).toMatchObject({ by: "false-alarms", at: 0.01, rows: 300, heldOut: true });
  });

  test("with data it is set by them, and the model is replaced in one step", async () => {
    await copyFile(join(folder, "m.onnx"), join(folder, "t.onnx"));
    const { value } = await alarmsOf("t.onnx");
    const { code, err } = await ae("threshold t.onnx rows.ndjson --false-alarms 0.1%");
    expect(code).toBe(0);
    expect(err).toMatch(/alarms begin above a score of [\d.]+ → [\d.]+/);
    expect(err).toContain(
      "now: at most 1 in 1,000 usual rows raises an alarm, as long as new ones are like the 9,000 rows of rows.ndjson",
    );
    expect(err).toContain("threshold set in place: t.onnx");
    const after = await alarmsOf("t.onnx");
    expect(after).toMatchObject({ by: "false-alarms", at: 0.001, rows: 9000, data: "rows.ndjson" });
    expect(after.value).toBeGreaterThan(value);
    expect((await readdir(folder)).filter((name) => name.includes(".tmp"))).toEqual([]);
    const scored = await ae("score t.onnx rows.ndjson -o s.csv --json");
    expect(JSON.parse(scored.out)).toMatchObject({ unusual: { rows: 8 }, drifted: false });
    expect((await ae("info t.onnx")).out).toMatch(
      /alarms +above a score of .*: at most 1 in 1,000 usual rows/,
    );
  });

  test("-o leaves the model as it was", async () => {
    const before = await readFile(join(folder, "m.onnx"));
    const { out } = await ae("threshold m.onnx --score 2.5 -o fixed.onnx --json");
    expect(JSON.parse(out)).toMatchObject({
      before: { by: "false-alarms" },
      alarms: { by: "score", at: 2.5, value: 2.5, rows: 300 },
      output: "fixed.onnx",
    });
    expect(await readFile(join(folder, "m.onnx"))).toEqual(before);
    expect((await alarmsOf("fixed.onnx")).value).toBe(2.5);
    const { code, err } = await ae("score fixed.onnx - --adapt 500");
    expect(code).toBe(1);
    expect(err).toContain("--adapt: expected a model whose threshold was set by a rule");
  });

  test.each([
    [
      "threshold m.onnx --false-alarms 0.1%",
      "expected at least 999 rows to promise at most 0.001 of false alarms, got 300 rows",
    ],
    [
      "threshold m.onnx --false-alarms 1% --score 2",
      "expected one rule, got --false-alarms and --score",
    ],
    ["threshold m.onnx --false-alarms lots", "--false-alarms: expected a share"],
    ["threshold m.onnx --contamination 0", "expected a number between 0 and 1"],
    ["threshold m.onnx --score high", "--score: expected a number"],
    ["threshold m.onnx -o other.onnx", "expected DATA, or a rule, got neither"],
    ["threshold nothing.onnx", "nothing.onnx: expected a model file"],
    ["threshold m.onnx nothing.csv", "nothing.csv"],
  ])("ae %s is refused, and the model stays", async (line, words) => {
    const before = await readFile(join(folder, "m.onnx"));
    const { code, err } = await ae(line);
    expect(code).toBe(1);
    expect(err).toContain(words);
    expect(await readFile(join(folder, "m.onnx"))).toEqual(before);
  });
});
