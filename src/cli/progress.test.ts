import { expect, test } from "vitest";
import type { Epoch, Progress } from "../train/events.ts";
import { epochLine, liveLine, lossText, readProgress, trainProgress } from "./progress.ts";
import { createTerminal } from "./terminal.ts";

const progress: Progress = {
  epoch: 3,
  epochs: 10,
  share: 0.5,
  loss: 105.25,
  terms: { reconstruction: 80.2, kl: 25.05 },
  validationLoss: 110.4,
  rowsPerSecond: 41_234.6,
  secondsLeft: 12.4,
};

const epoch: Epoch = {
  epoch: 3,
  loss: 105.25,
  terms: progress.terms,
  validationLoss: 108.9,
  validationTerms: progress.terms,
  gradient: 1,
  learningRate: 1e-3,
  seconds: 2,
};

test("the line says epoch, loss and terms, held-out loss, speed and time left", () => {
  expect(liveLine(progress)).toBe(
    "epoch 3/10 ━━━━━┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  loss 105 (reconstruction 80.2, kl 25.1)  held out 110  41,235 rows/s  12 s left",
  );
  expect(epochLine(epoch, progress)).toBe(
    "epoch 3/10: loss 105 (reconstruction 80.2, kl 25.1), held out 109, 41,235 rows/s, 12 s left",
  );
});

test("where the clock decides, there is no count of epochs to come", () => {
  expect(liveLine({ ...progress, epochs: 10_000 })).toMatch(/^epoch 3 {2}loss 105/);
  expect(epochLine(epoch, { ...progress, epochs: 10_000 })).toMatch(/^epoch 3: loss 105/);
});

test("a loss of one term is not said twice, nor a held-out loss that there is not", () => {
  expect(lossText(0.5, { reconstruction: 0.5 })).toBe("loss 0.500");
  expect(epochLine({ ...epoch, validationLoss: undefined }, undefined)).toBe(
    "epoch 3: loss 105 (reconstruction 80.2, kl 25.1)",
  );
});

test("walks over the data are told one after the other", () => {
  const { lines, terminal } = recorder(true);
  const onRead = readProgress(terminal);
  for (const doing of ["reading", "copying"] as const)
    for (const rows of [65_536, 1_200_000]) onRead({ rows, of: 3_000_000, doing });
  expect(lines.map((line) => line.replace(/ {2}[\d,.]+ rows\/s.*/s, ""))).toEqual(
    ["reading  65,536", "reading  1,200,000", "copying  65,536", "copying  1,200,000"].map((text) =>
      expect.stringContaining(`${text} of 3,000,000 rows`),
    ),
  );
  const quiet = recorder(false);
  readProgress(quiet.terminal)({ rows: 1, of: 2, doing: "reading" });
  expect(quiet.lines).toEqual([]);
});

function recorder(tty: boolean) {
  const lines: string[] = [];
  const err = {
    isTTY: tty,
    columns: 200,
    write: (data: string | Uint8Array) => lines.push(String(data)) > 0,
  };
  return { lines, terminal: createTerminal(err, err, {}) };
}

test("without a terminal: a line every few seconds, and the last", () => {
  const { lines, terminal } = recorder(false);
  let seconds = 0;
  const { onEpoch, onProgress } = trainProgress(terminal, { now: () => seconds });
  for (let at = 1; at <= 10; at += 1) {
    onProgress({ ...progress, epoch: at });
    onEpoch({ ...epoch, epoch: at });
    seconds += 2;
  }
  expect(lines.map((line) => /epoch (\d+)/.exec(line)?.[1])).toEqual(["1", "4", "7", "10"]);
});

test("on a terminal: one line, at most ten times a second", () => {
  const { lines, terminal } = recorder(true);
  let seconds = 0;
  const { onEpoch, onProgress } = trainProgress(terminal, { indent: "  ", now: () => seconds });
  for (let i = 0; i < 100; i += 1) {
    onProgress(progress);
    onEpoch(epoch);
    seconds += 0.03125;
  }
  expect(lines.length).toBe(25);
  expect(lines.every((line) => line.startsWith("\r\u001b[2K  epoch 3/10"))).toBe(true);
});
