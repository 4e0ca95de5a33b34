/**
 * Penguins that nobody ever met: as many as you like, and those on the way from one to another.
 *
 * Run it after `npm run build` with `node examples/generation.ts` (Node 22.18 or newer, which takes
 * TypeScript as it is). For your own table, put its path in place of "demo:penguins".
 */
import type { Rows } from "autoencoders";
import { openData, tabular, train } from "autoencoders";

const penguins = await openData("demo:penguins");
const model = await train(tabular(), penguins, { seed: 1 });

const madeUp = await model.generate(1000, { seed: 7 });
console.log(`${madeUp.rows} new penguins. The first three:`);
for (const line of linesOf(madeUp).slice(0, 3)) console.log(`  ${line}`);

const seen = new Set<string>();
for await (const rows of penguins.read()) for (const line of linesOf(rows)) seen.add(line);
const copies = linesOf(madeUp).filter((line) => seen.has(line)).length;
console.log(`\nOf them ${copies} equal one of the ${penguins.rows} they were learned from.`);

const between = await model.interpolate(penguins, penguins, { rows: [0, 343], steps: 4 });
console.log("\nFrom the first of those to the last:");
for (const line of linesOf(between)) console.log(`  ${line}`);
await model.close();

function linesOf(table: Rows): string[] {
  if (table.kind !== "table") return [];
  return Array.from({ length: table.rows }, (_, row) =>
    table.columns
      .map((column) =>
        column.type === "text"
          ? (column.dictionary[column.codes[row] as number] ?? "")
          : String(column.values[row]),
      )
      .join(", "),
  );
}
