/**
 * Which payments are odd, and why?
 *
 * Run it after `npm run build` with `node examples/detection.ts` (Node 22.18 or newer, which takes
 * TypeScript as it is). For your own rows, open their file in place of the made ones.
 */
import { tableFrom, train, vanilla } from "autoencoders";

// Payments of four shops: each has its currency, its hours, and amounts of its own size.
const shops = ["Oslo NOK 11 300", "Bern CHF 14 90", "Rome EUR 18 40", "York GBP 16 60"];
const payment = (i: number) => {
  const noise = (k: number) => Math.sin(12.9898 * (i + 1) * k) + Math.sin(78.233 * (i + 1) * k);
  const [shop, currency, hour, amount] = (shops[i % 4] ?? "").split(" ");
  const paid = Math.round(Number(amount) * (1 + 0.2 * noise(1)));
  return { shop, currency, hour: Math.round(Number(hour) + 1.5 * noise(2)), amount: paid, odd: 0 };
};
const payments = Array.from({ length: 3000 }, (_, i) => payment(i));
const model = await train(vanilla(), tableFrom(payments), { epochs: 30, seed: 1 });

// A week later: a currency that the shop never takes, and an amount that is fine elsewhere.
const week = Array.from({ length: 600 }, (_, i) => payment(3000 + i));
week[100] = { ...payment(3100), currency: "GBP", odd: 1 };
week[202] = { ...payment(3202), amount: 290, odd: 1 };
const rows = tableFrom(week, { label: "odd" });

const { pValues = [], alarms = [], blame = [] } = await model.score(rows, { explain: 1 });
for (const [row, [reason]] of blame.entries()) {
  if (alarms[row] !== 1 || reason === undefined) continue;
  const chance = (100 * (pValues[row] ?? 1)).toFixed(1);
  console.log(`payment ${row}, chance ${chance} %: ${reason.column} is ${reason.actual}`);
}

const strict = await model.recalibrate(undefined, { falseAlarms: 0.005 });
const [usual, rare] = [model.info.alarms.value, strict.info.alarms.value];
console.log(`alarms from ${usual.toFixed(2)} on; for half as many false ones, ${rare.toFixed(2)}`);
console.log((await model.evaluate(rows)).detection?.verdict);
await Promise.all([model.close(), strict.close()]);
