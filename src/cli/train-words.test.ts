import { createColors } from "picocolors";
import { expect, test } from "vitest";
import { diagnosisLines } from "./train-words.ts";

const found = [
  { code: "collapse", severity: "warning", saw: "Saw this.", advice: "Do that.", numbers: {} },
  { code: "overfitting", severity: "note", saw: "Saw more.", advice: "Do less.", numbers: {} },
] as const;

test("what the doctor saw takes two lines each, and warnings stand out", () => {
  expect(diagnosisLines(found, createColors(false))).toEqual([
    "warning Saw this.",
    "  Do that.",
    "note Saw more.",
    "  Do less.",
  ]);
  const [warning, , note] = diagnosisLines(found, createColors(true));
  expect(warning).toContain("\u001b[33m");
  expect(note).not.toContain("\u001b[33m");
  expect(diagnosisLines([], createColors(true))).toEqual([]);
});
