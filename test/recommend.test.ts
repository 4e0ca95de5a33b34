/** Recommending, end to end: by the library, by `ae`, and by Python's onnxruntime on the saved file. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  dense,
  interactionsFrom,
  load,
  multDae,
  multVae,
  train,
  variational,
  type Family,
  type Model,
  type NumericArray,
} from "autoencoders";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { choices, choicesCsv } from "./support/choices.ts";
import { commandLine } from "./support/command-line.ts";
import { smallTable } from "./support/small-data.ts";

const all = choices();
const source = interactionsFrom({
  user: all.map(({ user }) => user),
  item: all.map(({ item }) => item),
});
const body = dense([24], { activation: "tanh" });
const OPTIONS = { epochs: 30, batch: 32, learningRate: 0.01, seed: 1, threads: 1 } as const;
const kindOf = (item: string): string => item.split("-")[0] as string;
const [ann, bob] = [
  ["1-0", "1-3", "1-7"],
  ["2-1", "2-2", "0-5"],
] as const;

let folder: string;
let model: Model;
const { ae, ok } = commandLine(() => folder);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoencoders-recommend-"));
  await writeFile(join(folder, "choices.csv"), choicesCsv());
  model = await train(multVae({ latent: 8, body }), source, OPTIONS);
  await model.save(join(folder, "lib.onnx"));
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

describe("the library", () => {
  test("recommends items of a stranger's kind, none of those they have", async () => {
    const { users, lists } = await model.recommend([ann, bob], { k: 8 });
    expect(users).toEqual(["1", "2"]);
    const [first = [], second = []] = lists;
    expect(first.map(({ item }) => kindOf(item))).toEqual(Array.from({ length: 8 }, () => "1"));
    for (const { item } of first) expect(ann).not.toContain(item);
    expect(second.slice(0, 4).map(({ item }) => kindOf(item))).toEqual(["2", "2", "2", "2"]);
    const chances = first.map(({ chance }) => chance);
    expect(chances).toEqual(chances.toSorted((a, b) => b - a));
    expect(Math.min(...chances)).toBeGreaterThan(1 / source.items.length);
  });

  test("a saved model says the same, unknown and repeated items change nothing", async () => {
    const again = await load(model.bytes());
    const plain = await model.recommend([ann], { k: 5 });
    expect(await again.recommend([ann], { k: 5 })).toEqual(plain);
    const odd = await again.recommend([["nobody knows", ...ann, ...ann]], { k: 5 });
    expect(odd.lists[0]?.map(({ item }) => item)).toEqual(plain.lists[0]?.map(({ item }) => item));
    await again.close();
  });

  test("fewer are given where nearly all items are taken", async () => {
    const most = source.items.slice(2);
    const { lists } = await model.recommend([most], { k: 50 });
    expect(lists[0]?.map(({ item }) => item).toSorted()).toEqual(
      source.items.slice(0, 2).toSorted(),
    );
  });

  test("because of an item: what is missing when it is left out, exactly", async () => {
    const { lists } = await model.recommend([ann], { k: 3, because: 3 });
    for (const { item, chance, because = [] } of lists[0] ?? []) {
      expect(because.length).toBeGreaterThan(0);
      for (const { item: reason, factor } of because) {
        const rest = ann.filter((one) => one !== reason);
        const without = await model.recommend([rest], { k: source.items.length });
        const left = without.lists[0]?.find((one) => one.item === item)?.chance ?? NaN;
        expect(factor).toBeCloseTo(chance / left, 4);
      }
    }
  });

  test("diversity ranks by chance over popularity", async () => {
    const k = source.items.length;
    const { schema } = model.info;
    if (schema.kind !== "interactions") throw new Error(schema.kind);
    const total = schema.users.reduce((a, b) => a + b, 0);
    const share = new Map(
      schema.items.map((item, i) => [item, ((schema.users[i] ?? 0) + 1) / (total + 1)] as const),
    );
    const plain = (await model.recommend([bob], { k })).lists[0] ?? [];
    const lift = ({ item, chance }: { item: string; chance: number }): number =>
      chance / (share.get(item) ?? NaN);
    const expected = plain.toSorted((a, b) => lift(b) - lift(a)).map(({ item }) => item);
    const found = (await model.recommend([bob], { k, diversity: 1 })).lists[0] ?? [];
    expect(found.map(({ item }) => item)).toEqual(expected);
    expect(expected).not.toEqual(plain.map(({ item }) => item));
  });

  test("a linear part goes beside the network where held-out users are served better", async () => {
    const told: string[] = [];
    const alone = await train(multVae({ latent: 8, body, linear: false }), source, OPTIONS);
    const both = await train(multVae({ latent: 8, body }), source, {
      ...OPTIONS,
      onNote: (line) => told.push(line),
    });
    const { linearPart } = both.info;
    expect(alone.info.linearPart).toBeUndefined();
    expect(linearPart?.heldOut.both).toBeGreaterThan(linearPart?.heldOut.network as number);
    expect(told.filter((line) => line.includes("linear part"))).toHaveLength(1);
    const chances = async (one: Model): Promise<readonly number[]> =>
      Array.from(((await one.reconstruct(source)) as NumericArray).data.subarray(0, 60), Math.exp);
    // The network is the same, and what is shown is not.
    expect((await both.encode(source)).data).toEqual((await alone.encode(source)).data);
    const [a, b] = [await chances(both), await chances(alone)];
    expect(a).not.toEqual(b);
    expect(a.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 4);
    await alone.close();
    await both.close();
  });

  test("held-out users' hidden items decide which epoch is kept", () => {
    const { history, bestEpoch } = model.info.training;
    const judged = history.map((epoch) => epoch.judged ?? NaN);
    expect(judged[bestEpoch - 1]).toBe(Math.min(...judged));
    expect(judged[bestEpoch - 1]).toBeLessThan(0.75);
  });

  test("the verbs that have an answer give it, the others say why not", async () => {
    const codes = await model.encode(source);
    expect([codes.rows, codes.columns]).toEqual([source.rows, 8]);
    const { scores, blame } = await model.score(source, { explain: 2 });
    expect(blame?.length).toBe(source.rows);
    // Who takes what nobody of the kind takes stands out.
    const odd = interactionsFrom(
      {
        user: Array.from({ length: 8 }, () => "odd"),
        item: ["0-14", "1-14", "2-14", "3-14", "0-13", "1-13", "2-13", "3-13"],
      },
      { minUserItems: 1 },
    );
    const { scores: high } = await model.score(odd);
    const sorted = Float32Array.from(scores).sort();
    expect(high[0]).toBeGreaterThan(sorted[Math.floor(0.95 * sorted.length)] as number);
    await expect(model.denoise(source)).rejects.toMatchObject({ code: "data.kind" });
    await expect(model.generate(3)).rejects.toMatchObject({ code: "model.cannot-generate" });
    await expect(model.score(smallTable())).rejects.toMatchObject({ code: "data.kind" });
    expect(await model.report(source)).toContain("NDCG");
  });

  test("families and data that do not go together are told apart", async () => {
    const wrong = train(variational() as Family, source);
    await expect(wrong).rejects.toThrow(/family.*got interactions.*mult-vae or mult-dae/s);
    const other = train(multDae() as Family, smallTable());
    await expect(other).rejects.toMatchObject({ code: "family.data" });
  });

  test("mult-dae learns the same kinds, and weights count", async () => {
    const weighted = interactionsFrom({
      user: all.map(({ user }) => user),
      item: all.map(({ item }) => item),
      weight: all.map((_, i) => 1 + (i % 3)),
    });
    const other = await train(multDae({ latent: 8, body }), weighted, { ...OPTIONS, epochs: 20 });
    const { lists } = await other.recommend([ann], { k: 5 });
    expect(lists[0]?.map(({ item }) => kindOf(item))).toEqual(["1", "1", "1", "1", "1"]);
    await other.close();
  });
});

describe("ae", () => {
  const trained =
    "train choices.csv --as interactions --user who --item what --latent 8 --hidden 24 --epochs 25 --batch 32 --learning-rate 0.01 --seed 1 -o m.onnx";

  test("trains, recommends, evaluates and says what it is", { timeout: 60_000 }, async () => {
    const { err } = await ok(trained);
    expect(err).toContain("158 users with 60 items");
    expect(err).toContain("mult-vae autoencoder");
    const { out: info } = await ok("info m.onnx");
    expect(info).toContain("can             recommend");
    await writeFile(join(folder, "names.csv"), 'what,title\n1-0,First\n1-1,"Second, the"\n');
    const { out } = await ok([
      ..."recommend m.onnx --titles names.csv -k 3 --because 1 --items".split(" "),
      "First",
      "--items",
      "1-3,1-7",
    ]);
    const [header, ...rows] = out.trim().split("\n");
    expect(header).toBe("rank,item,title,score,because_1,factor_1");
    expect(rows.map((row) => row.split(",")[1]?.[0])).toEqual(["1", "1", "1"]);
    expect(out).not.toMatch(/^\d,1-0,/m);
    await ok("recommend m.onnx choices.csv --for u5,u2 -k 4 -o next.json");
    const next = JSON.parse(await readFile(join(folder, "next.json"), "utf8")) as {
      user: string;
      rank: number;
    }[];
    expect(next.map(({ user, rank }) => `${user} ${rank}`)).toEqual(
      ["u5", "u2"].flatMap((user) => [1, 2, 3, 4].map((rank) => `${user} ${rank}`)),
    );
    const { out: found } = await ok("evaluate m.onnx choices.csv --json");
    const {
      rows: judged,
      metrics,
      controls,
      verdict,
    } = JSON.parse(found) as {
      rows: number;
      metrics: Record<string, number>;
      controls: Record<string, Record<string, number>>;
      verdict: string;
    };
    expect(judged).toBe(15);
    expect(metrics["recall20"]).toBeGreaterThan((controls["popularity"]?.["recall20"] ?? 1) + 0.2);
    expect(Object.keys(controls)).toEqual(["popularity", "itemNeighbours", "ease"]);
    expect(verdict).toContain("better than popularity");
  });

  test("asks for what came after, of a model that saw what came before", async () => {
    // The later half of everybody's choices are of the next kind: who learned from them is found out.
    const lines = all.map(({ user, item }, i) => `${user},${item},${2000 + i / all.length}`);
    const later = all
      .slice(0, all.length / 2)
      .map(({ user, item }, i) => `${user},${Number(kindOf(item)) ^ 1}-${i % 15},${2001 + i}`);
    await writeFile(
      join(folder, "timed.csv"),
      `who,what,year\n${[...lines, ...later].join("\n")}\n`,
    );
    const options =
      "--as interactions --user who --item what --time-column year --latent 8 --hidden 24 --batch 32 --learning-rate 0.01 --epochs 15";
    const { err } = await ok(`train timed.csv ${options} --until 2000.9999 -o early.onnx`);
    expect(err).toContain(`left out ${later.length} interactions later than 2000.9999 (--until)`);
    expect(err).toContain("ae evaluate early.onnx timed.csv --by-time");
    const { out: info } = await ok("info early.onnx");
    expect(info).toMatch(/times in year, until 2000\.99/);
    const { out } = await ok("evaluate early.onnx timed.csv --by-time --json");
    const told = JSON.parse(out) as {
      rows: number;
      metrics: Record<string, number>;
      notes: string[];
      recommendation: { interactions: { asked: number; train: number } };
    };
    const fresh = later.filter(
      (line) => !all.some(({ user, item }) => line.startsWith(`${user},${item},`)),
    );
    const unique = new Set(fresh.map((line) => line.split(",").slice(0, 2).join()));
    expect(told.recommendation.interactions.asked).toBe(unique.size);
    expect(told.rows).toBe(new Set(fresh.map((line) => line.split(",")[0])).size);
    expect(told.notes[0]).toContain("trained on what came until 2000.99");
    // Their kind changed, which nobody could know.
    expect(told.metrics["recall20"]).toBeLessThan(0.4);
    const { out: plain } = await ok("evaluate early.onnx timed.csv");
    expect(plain).toMatch(
      /came after the last that the model was trained on: --by-time asks for those/,
    );

    await ok(`train timed.csv ${options} --epochs 1 -o whole.onnx`);
    for (const [line, words] of [
      [
        "whole.onnx timed.csv --by-time",
        /got nothing that came after[^]*the model knows all of these/i,
      ],
      [
        "lib.onnx timed.csv --user who --item what --by-time",
        /knows until when its training data went/,
      ],
      [
        "early.onnx choices.csv --by-time",
        /a time for each interaction, as in training, in the column "year"/,
      ],
      ["early.onnx timed.csv --by-time --controls-from timed.csv", /no other data with --by-time/],
    ] as const) {
      const { code, err: said } = await ae(`evaluate ${line}`);
      expect(code).not.toBe(0);
      expect(said).toMatch(words);
    }
  });

  test("reports on people by their titles, and what they did take", async () => {
    await ok(`${trained} --epochs 8`);
    const titles = source.items.map((item) => `${item},The ${item} <b>`).join("\n");
    await writeFile(join(folder, "all.csv"), `what,title\n${titles}\n`);
    await ok("report m.onnx choices.csv --titles all.csv -o m.html");
    const page = await readFile(join(folder, "m.html"), "utf8");
    const section = page.slice(page.indexOf('id="recommendation"'), page.indexOf('id="scores"'));
    expect(section.match(/<h3>User /g)).toHaveLength(4);
    expect(section.match(/<tr>/g)).toHaveLength(4 * 9);
    expect(section).toMatch(/The \d-\d+ &lt;b&gt;/);
    // Kinds are learned: of lists of eight some is what was kept back.
    const hits = [
      ...section.matchAll(/(None|\d) of the 8 below\s+(?:is|are) among the (\d+) items? kept/g),
    ];
    expect(hits).toHaveLength(4);
    const found = hits.reduce((sum, [, count]) => sum + (Number(count) || 0), 0);
    expect(section.match(/class="took" title/g) ?? []).toHaveLength(found);
    expect(page).toContain("The users with the most unusual taste");
    expect(page).toContain("Against <bdi>EASE</bdi>");
  });

  test("scores, codes and reconstructions are of users and items", async () => {
    await ok(`${trained} --epochs 8`);
    const { out } = await ok("score m.onnx choices.csv --explain 1 --top 2");
    const [header, first] = out.trim().split("\n");
    expect(header).toBe("user,score,p_value,alarm,item_1,share_1,chance_1");
    const [user = "", , , , item = "", share, chance] = (first ?? "").split(",");
    expect(all).toContainEqual({ user, item });
    expect(Number(share)).toBeGreaterThan(-Math.log(Number(chance)) / 2);
    expect((await ok("encode m.onnx choices.csv")).out).toMatch(/^user,latent0,[^]*\nu0,/);
    const { out: again } = await ok("reconstruct m.onnx choices.csv");
    const [names = [], ...rows] = again.split("\n").map((line) => line.split(","));
    expect(names.slice(1).toSorted()).toEqual(source.items.toSorted());
    const row = rows.find(([name]) => name === user) ?? [];
    expect(row.slice(1).reduce((sum, x) => sum + Number(x), 0)).toBeCloseTo(1, 4);
    expect(Number(row[names.indexOf(item)])).toBeCloseTo(Number(chance), 6);
  });

  test.each([
    ["recommend lib.onnx --items 1-0 --for u1", /--for: expected HISTORY/],
    [
      "recommend lib.onnx --items 1-0 --diversity 1.2",
      /--diversity: expected a number from 0 to 1, got 1\.2/,
    ],
    [
      "recommend lib.onnx --items 1-0 --title-column x",
      /--title-column: expected --titles beside it/,
    ],
    [
      "recommend lib.onnx --items Twice --titles twice.csv",
      /Twice, which 2 items are called[^]*1-0 or 1-1/,
    ],
    ["recommend lib.onnx --items Gone --titles twice.csv", /Gone, which nobody had in training/],
    [
      "recommend lib.onnx --items 1-0 --titles others.csv",
      /titles of the model's items, such as .*--title-item/s,
    ],
    ["recommend lib.onnx header.csv --user who --item what", /a header and no row below it/],
    ["evaluate lib.onnx choices.csv --user who --item what --until soon", /--time-column/],
  ])("refuses %s in words", async (line, words) => {
    await writeFile(join(folder, "twice.csv"), "what,title\n1-0,Twice\n1-1,Twice\n9-9,Gone\n");
    await writeFile(join(folder, "others.csv"), "id,title\nx,One\ny,Two\n");
    await writeFile(join(folder, "header.csv"), "who,what\n");
    const { code, err } = await ae(line);
    expect(code).not.toBe(0);
    expect(err).toMatch(words);
  });

  test("says what is wrong", async () => {
    const nobody = await ae("recommend lib.onnx choices.csv --user who --item what --for nobody");
    expect(nobody.code).not.toBe(0);
    expect(nobody.err).toContain("users that are there");
    const neither = await ae("recommend lib.onnx");
    expect(neither.err).toContain("--items for one person");
    const columns = await ae("train choices.csv --as interactions --user whom --item what");
    expect(columns.err).toContain('Write "who"');
  });
});

const python = process.env["PYTHON"] ?? "python3";
const { status } = spawnSync(python, ["-c", "import onnxruntime"]);

describe.skipIf(status !== 0)("Python's onnxruntime", () => {
  test("recommends the same from the saved file", async () => {
    const code = `
import json, sys, numpy, onnxruntime
onnxruntime.set_default_logger_severity(3)
session = onnxruntime.InferenceSession(sys.argv[1])
item = numpy.array(json.loads(sys.argv[2]), dtype=object)
plain = session.run(["recommendation", "recommendation.score"], {"item": item})
more = session.run(["recommendation"], {"item": item, "k": numpy.array([20]), "diversity": numpy.array([0.5], numpy.float32)})
print(json.dumps([plain[0].tolist(), plain[1].tolist(), more[0].tolist()]))
`;
    const padded = [
      [...ann, "", "nobody knows"],
      [...bob, "", ""],
    ];
    const { stdout, stderr } = spawnSync(
      python,
      ["-c", code, join(folder, "lib.onnx"), JSON.stringify(padded)],
      { encoding: "utf8" },
    );
    expect(stdout, stderr).not.toBe("");
    const [items, scores, diverse] = JSON.parse(stdout) as [string[][], number[][], string[][]];
    const { lists } = await model.recommend([ann, bob]);
    expect(items).toEqual(lists.map((list) => list.map(({ item }) => item)));
    for (const [user, list] of lists.entries())
      for (const [i, { chance }] of list.entries())
        expect(Math.exp(scores[user]?.[i] as number)).toBeCloseTo(chance, 5);
    const other = await model.recommend([ann, bob], { k: 20, diversity: 0.5 });
    expect(diverse).toEqual(other.lists.map((list) => list.map(({ item }) => item)));
  });
});
