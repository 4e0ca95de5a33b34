/**
 * When did my machine behave oddly? Run it after `npm run build` with `node examples/series.ts`
 * (Node 22.18 or newer, which takes TypeScript as it is). For your own machine, put its file in
 * place of "machine.csv".
 */
import { writeFileSync } from "node:fs";
import { intervalsIn, readSeries, train, vanilla } from "autoencoders";

// Two weeks, a row each ten minutes. On the tenth day a fan fails; one night the logger was off.
const rows = Array.from({ length: 2016 }, (_, i) => {
  const time = new Date(Date.UTC(2026, 2, 1, 0, 10 * i)).toISOString();
  const load = 50 + 30 * Math.sin((2 * Math.PI * i) / 144) + 0.8 * Math.sin(13 * i * i);
  const heat = 20 + load / 2 + (i >= 1400 && i < 1418 ? 15 : 0);
  return `${time},M-7,${load.toFixed(2)},${heat.toFixed(2)}`;
}).filter((_, i) => i < 700 || i >= 740);
writeFileSync("machine.csv", ["time,machine,load,heat", ...rows].join("\n"));

const source = await readSeries("machine.csv", { time: "time", key: "machine", window: 48 });
const onNote = (note: string): void => console.log(note);
const model = await train(vanilla(), source, { epochs: 30, seed: 1, onNote });

const found = await model.scorePoints(source);
const odd = intervalsIn(found, { threshold: model.info.alarms.value, gap: 12 });
const [worst] = odd.toSorted((a, b) => b.peak.score - a.peak.score);
const [from, to] = (worst?.times ?? []).map((time) => new Date(time).toISOString().slice(0, 16));
console.log(`\n${worst?.series} was oddest from ${from} to ${to}, by ${worst?.channels[0]?.name}.`);

await model.save("machine.onnx");
await model.close();
