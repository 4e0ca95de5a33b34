/**
 * What is missing from this table, and what does not fit?
 *
 * Run it after `npm run build` with `node examples/denoising.ts` (Node 22.18 or newer, which
 * takes TypeScript as it is). For your own table, put its path in place of "demo:penguins".
 */
import { masked, openData, train } from "autoencoders";

const penguins = await openData("demo:penguins");
const model = await train(masked(), penguins, { epochs: 60, seed: 1 });

const { rows, changes } = await model.denoise(penguins);
if (rows.kind !== "table" || changes === undefined) throw new Error("a table was expected");
const { columns, marks } = changes;
const counted = (mark: number): number => marks.filter((one) => one === mark).length;
console.log(`${counted(1)} cells were missing, ${counted(2)} did not fit the rest of their row.`);

for (const [cell, mark] of marks.entries()) {
  if (mark === 0) continue;
  const row = Math.floor(cell / columns.length);
  const name = columns[cell % columns.length] ?? "";
  const column = rows.columns.find((one) => one.name === name);
  if (column === undefined) continue;
  const now =
    column.type === "text" ? column.dictionary[column.codes[row] ?? -1] : column.values[row];
  console.log(`  row ${row + 1}, ${name}: ${now}, ${mark === 1 ? "was missing" : "did not fit"}`);
  if (row > 20) break;
}
await model.close();
