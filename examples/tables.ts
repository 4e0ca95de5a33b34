/**
 * Which penguins are odd, and why?
 *
 * Run it after `npm run build` with `node examples/tables.ts` (Node 22.18 or newer, which
 * takes TypeScript as it is). For your own table, put its path in place of "demo:penguins".
 */
import { load, openData, train, vanilla } from "autoencoders";

const penguins = await openData("demo:penguins");
const model = await train(vanilla({ latent: 3 }), penguins, {
  epochs: 60,
  seed: 1,
  onNote: (note) => console.log(note),
});

const { scores, blame = [] } = await model.score(penguins, { explain: 1 });
const ranked = Array.from(scores, (score, i) => ({ row: i + 1, score, worst: blame[i]?.[0] }));
console.log("\nThe five oddest rows:");
for (const { row, score, worst } of ranked.sort((a, b) => b.score - a.score).slice(0, 5)) {
  const { column, actual, expected } = worst ?? {};
  const usual = typeof expected === "number" ? expected.toFixed(1) : expected;
  const why = `${column} is ${actual ?? "missing"}, expected ${usual}`;
  console.log(`  row ${row}, score ${score.toFixed(2)}: ${why}`);
}

const { verdict } = await model.evaluate(penguins);
console.log(`\n${verdict}`);

await model.save("penguins.onnx");
await model.close();

const again = await load("penguins.onnx");
const [usual] = again.info.scores.quantiles.filter(({ quantile }) => quantile === 0.5);
console.log(`\nSaved as penguins.onnx. A usual row scores about ${usual?.value.toFixed(2)}.`);
await again.close();
