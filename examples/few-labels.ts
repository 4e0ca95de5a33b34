/**
 * I know what a few of my rows are. What are the others?
 *
 * Run it after `npm run build` with `node examples/few-labels.ts` (Node 22.18 or newer, which takes
 * TypeScript as it is). For your own table, put its path in place of "demo:penguins" and the column
 * that names rows in place of "Species"; its cells may be empty for most of them.
 */
import { openData, train, vanilla } from "autoencoders";

const penguins = await openData("demo:penguins", { label: "Species" });
const model = await train(vanilla(), penguins, { labelled: 15, epochs: 40, seed: 1 });

const { labels } = (await model.predict?.(penguins)) ?? { labels: [] };
const counts = new Map<string, number>();
for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
console.log(`${labels.length} penguins told from 15 labels:`);
for (const [label, count] of counts) console.log(`  ${count} ${label}`);

const { labels: judged } = await model.evaluate(penguins, { controlsFrom: penguins });
console.log(`\n${judged?.verdict}`);

await model.save("penguins.onnx");
console.log("\nThe model, which tells any other penguin: penguins.onnx");
await model.close();
