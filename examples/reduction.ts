/**
 * What kinds of days are there, and which few numbers tell them apart?
 *
 * Run it after `npm run build` with `node examples/reduction.ts` (Node 22.18 or newer, which
 * takes TypeScript as it is). For your own table, put its path in place of "demo:weather".
 */
import { writeFile } from "node:fs/promises";
import { openData, train, vanilla } from "autoencoders";

const days = await openData("demo:weather", { label: "weather", drop: ["date"] });
const model = await train(vanilla({ latent: 2 }), days, { epochs: 60, seed: 1 });

const { dimensions, rows } = await model.dimensions(days, { top: 2 });
console.log(`Two numbers a day, in place of four. What moves with each, over ${rows} days:`);
for (const { dimension, share, moves } of dimensions) {
  console.log(`  latent${dimension}, ${(100 * share).toFixed(0)} % of the reconstruction`);
  for (const { column, from, to } of moves)
    console.log(`    ${column} ${Number(from).toFixed(1)} to ${Number(to).toFixed(1)}`);
}

const map = await model.map(days);
await writeFile("weather.svg", await map.picture());
console.log(`\n${map.notes.join("\n")}`);

const { findings } = await model.evaluate(days);
console.log(`\n${findings.join("\n")}`);
console.log("\nThe map of all days, coloured by their weather: weather.svg");
await model.close();
