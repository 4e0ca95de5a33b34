import { createColors } from "picocolors";
import { expect, test } from "vitest";
import type { ModelInfo } from "../model/types.ts";
import { keyAt } from "../random/bits.ts";
import { uniforms } from "../random/numbers.ts";
import { watchStream } from "./drift-watch.ts";

const SPAN = 2048;
const calibration = uniforms(keyAt(1, 0), 1000).sort();
const info = {
  schema: { kind: "images", height: 1, width: 1, channels: 1 },
  alarms: { by: "false-alarms", at: 0.01, value: 1, rows: 1000, data: "usual.csv", heldOut: true },
  training: { data: "usual.csv", validationRows: 1000 },
} as unknown as ModelInfo;

function watched() {
  const said: string[] = [];
  let seconds = 0;
  let spans = 0;
  const terminal = { say: (line = "") => void said.push(line), colors: createColors(false) };
  const watch = watchStream(terminal, { info, calibration }, "m.onnx", () => seconds);
  return {
    said,
    wait: (by: number) => (seconds += by),
    /** A span of rows, usual or with small chances only. */
    span: (usual: boolean, times = 1) => {
      for (let i = 0; i < times; i += 1) {
        spans += 1;
        const chances = uniforms(keyAt(2, spans), SPAN);
        watch.add(usual ? chances : chances.map((p) => p * 0.3));
      }
    },
  };
}

test("says it once, and when it is over", () => {
  const { said, span } = watched();
  span(true, 20);
  expect(said).toEqual([]);
  span(false, 5);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^warning: the scores of rows 40,961 to 43,008 are higher than those of the 1,000 rows held out in training: half of them score above what 8\d(\.\d)?% of those do/,
  );
  expect(said[0]).toContain("ae threshold m.onnx RECENT");
  span(true, 3);
  expect(said.slice(1)).toEqual(["the scores of rows 51,201 to 53,248 are as usual again"]);
});

test("comes back after a while, not each time", () => {
  const { said, span, wait } = watched();
  for (let i = 0; i < 4; i += 1) {
    span(false);
    span(true);
    wait(100);
  }
  expect(said.filter((line) => line.startsWith("warning"))).toHaveLength(1);
  wait(600);
  span(false);
  expect(said.filter((line) => line.startsWith("warning"))).toHaveLength(2);
});
