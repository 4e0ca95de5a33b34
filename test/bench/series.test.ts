import { expect, test } from "vitest";
import { series128 } from "../../bench/speed/cases/series.ts";
import { madeSeries } from "../../bench/speed/data.ts";
import { operationsOf, sequenceNetwork } from "../../bench/speed/networks.ts";
import { collect } from "../../src/data/memory.ts";
import { fitSchema, preprocessingOf } from "../../src/data/preprocessings.ts";
import { windowsFrom, windowsSource } from "../../src/data/series-windows.ts";
import { defaultBody, defaultLatent } from "../../src/model/defaults.ts";
import { networkSpec } from "../../src/train/network.ts";

const { data, network, batch } = series128.training;
const [window, channels] = data.shape as [number, number];

/** The preprocessing of a few windows as wide and long as the case's. */
async function preprocessingOfCase() {
  const values = Float64Array.from({ length: 2 * window * channels }, (_, i) => Math.sin(i));
  const names = Array.from({ length: channels }, (_, i) => String(i));
  const source = windowsSource(windowsFrom(values, { window, channels: names }));
  return preprocessingOf(fitSchema(await collect(source), source));
}

test("the series case measures what a user gets who asks for nothing", async () => {
  const preprocessing = await preprocessingOfCase();
  const { body, latent } = network.family();
  const expected = defaultLatent(preprocessing);
  const usual = defaultBody(preprocessing, expected);
  expect(latent).toBe(expected);
  expect(body?.name).toBe(usual.name);
  expect(body?.options).toEqual(usual.options);
});

test("peers are told of a network with as many weights as ours", async () => {
  const preprocessing = await preprocessingOfCase();
  const family = network.family();
  const { body, latent } = family;
  if (body === undefined || latent === undefined) throw new Error("a case names body and latent");
  const { parameters } = networkSpec({ family, body, latent, preprocessing }, true);
  const count = parameters.reduce((sum, { shape }) => sum + shape.reduce((n, d) => n * d, 1), 0);
  // The number of values in the weights that torch_networks.py makes of these words.
  expect(network.words).toEqual({
    name: "sequence",
    window: 128,
    channels: 8,
    widths: [64, 64, 64],
    span: 8,
    kernel: 3,
    latent: 32,
  });
  expect(count).toBe(149_024);
});

test("operations of a step of convolutions are those of their products", () => {
  // 2 places of 2 × 3 numbers → 4 wide, convolutions 4 → 4 and 4 → 5 of 3 taps, 10 numbers → 2; then
  // 2 → 10 numbers, convolutions 5 → 5 and 5 → 4, and 4 wide → the 6 numbers of each place.
  const small = sequenceNetwork([4, 3], [4, 5], 2, 2);
  const [start, code] = [2 * 6 * 4, 10 * 2];
  const layers = 2 * 3 * (4 * 4 + 4 * 5) + 2 * 3 * (5 * 5 + 5 * 4);
  expect(small.products).toEqual({ forward: 2 * start + 2 * code + layers, first: start });
  expect(series128.operations).toBe(operationsOf(network, batch));
  expect(() => sequenceNetwork([5, 3], [4], 2, 2)).toThrow("whole places");
});

test("windows follow each other in one series that is more than noise", () => {
  const values = Float64Array.from(madeSeries(256, [32, 2]).make());
  const meanSquare = (some: readonly number[]): number =>
    some.reduce((sum, x) => sum + x * x, 0) / some.length;
  for (const channel of [0, 1]) {
    const own = Array.from(values).filter((_, i) => i % 2 === channel);
    const steps = own.slice(1).map((x, i) => x - (own[i] as number));
    const across = steps.filter((_, i) => i % 32 === 31);
    expect(across).toHaveLength(255);
    // Neighbours of independent values would differ by twice the variance.
    expect(meanSquare(steps)).toBeLessThan(meanSquare(own));
    expect(meanSquare(across) / meanSquare(steps)).toBeCloseTo(1, 0);
  }
});
