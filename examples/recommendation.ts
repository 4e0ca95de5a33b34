/**
 * What may customers like next?
 *
 * Run it after `npm run build` with `node examples/recommendation.ts` (Node 22.18 or newer, which
 * takes TypeScript as it is). For your own table, read it with readInteractions("orders.csv", {
 * user: "customer", item: "product" }).
 */
import { interactionsFrom, multVae, train } from "autoencoders";

// A made-up shop with three kinds of customers, who mostly keep to their shelf.
const shelves = ["tea", "coffee", "juice"].map((drink) =>
  Array.from({ length: 12 }, (_, i) => `${drink} no. ${i + 1}`),
);
/** A number below `many` that looks drawn, the same at every run. */
const draw = (place: number, many: number): number =>
  Math.floor(many * (((1e4 * Math.sin(place + 1)) % 1) + 1)) % many;
const orders = Array.from({ length: 240 }, (_, customer) =>
  Array.from({ length: 7 }, (_unused, i) => {
    const at = 20 * customer + 2 * i;
    const shelf = shelves[(customer + (draw(at, 9) === 0 ? 1 : 0)) % 3] ?? [];
    return { user: `customer ${customer}`, item: shelf[draw(at + 1, 12)] ?? "" };
  }),
).flat();

const source = interactionsFrom(
  { user: orders.map(({ user }) => user), item: orders.map(({ item }) => item) },
  { minUserItems: 3 },
);
const model = await train(multVae(), source, { epochs: 60, batch: 32, seed: 1 });

const { lists } = await model.recommend([["tea no. 1", "tea no. 4"]], { k: 3, because: 1 });
console.log("Who has tea no. 1 and no. 4 may like:");
for (const { item, chance, because } of lists[0] ?? [])
  console.log(`  ${item}, ${(100 * chance).toFixed(1)} %, because of ${because?.[0]?.item ?? "–"}`);

const { findings } = await model.evaluate(source);
console.log(`\n${findings.join("\n")}`);
await model.close();
