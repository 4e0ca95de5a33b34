import { describe, expect, test } from "vitest";
import type { AlarmInfo } from "./alarm-words.ts";
import { alarmSummary, driftWords, promiseText } from "./alarm-words.ts";

const info = (kind: "table" | "series", heldOut = true): AlarmInfo => ({
  schema: kind === "series" ? { kind, window: 64 } : { kind },
  alarms: { by: "false-alarms", at: 0.01, value: 2.5, rows: 640, data: "a.csv", heldOut },
  training: { data: "a.csv", validationRows: heldOut ? 640 : 0 },
});
const calibration = Float32Array.from({ length: 640 }, (_, i) => i / 320);

describe("of rows", () => {
  test("the share of false alarms is a promise", () => {
    expect(promiseText(info("table"))).toBe(
      "at most 1 in 100 usual rows raises an alarm, as long as new ones are like the 640 rows held out in training",
    );
    expect(alarmSummary({ rows: 1000, alarms: 12 }, { info: info("table"), calibration })).toMatch(
      /; if nothing were odd, about 10 would$/,
    );
    expect(driftWords({ middle: 0.8 }, info("table"), "these rows")).toMatch(
      /Expect more alarms than promised\.$/,
    );
  });
});

describe("of points in time", () => {
  test("it is an estimate, and how little it rests on is said", () => {
    const words = promiseText(info("series"));
    expect(words).toMatch(/^about 1 in 100 usual points raises an alarm/);
    expect(words).toContain("no promise");
    expect(words).toContain("as much as 10 windows would");
    expect(words).not.toContain("at most");
  });

  test("how many to expect is vague, as they come in runs", () => {
    const words = alarmSummary({ rows: 1000, alarms: 12 }, { info: info("series"), calibration });
    expect(words).toMatch(/^12 of 1,000 points \(1\.2%\) raise an alarm/);
    expect(words).toMatch(/about 10 would, or several times that, as they come in runs$/);
  });

  test("a warning speaks of no promise", () => {
    expect(driftWords({ middle: 0.8 }, info("series"), "these points")).not.toMatch(/promise/);
  });

  test("where none were held out, more alarms are to be expected", () => {
    expect(promiseText(info("series", false))).toMatch(
      /no points were held out, so of new ones more/,
    );
  });
});
