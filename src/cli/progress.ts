/** How a run is going: one line that renews itself on a terminal, a line now and then elsewhere. */
import { formatDuration, formatNumber } from "../report/format.ts";
import type { Reading } from "../model/types.ts";
import type { Epoch, Progress } from "../train/events.ts";
import type { Terminal } from "./terminal.ts";

/** Between lines where nobody may be looking. */
const QUIET_SECONDS = 5;
/** Between renewals of the line on a terminal. */
const LIVE_SECONDS = 0.1;

const BAR = 20;
/** As many epochs as this are no plan: the clock decides. */
const ENDLESS = 10_000;

export interface TrainProgress {
  readonly onProgress: (progress: Progress) => void;
  readonly onEpoch: (epoch: Epoch) => void;
}

/**
 * @param options.indent before each line
 * @param options.now seconds, from any start
 */
export function trainProgress(
  terminal: Terminal,
  {
    indent = "",
    now = () => performance.now() / 1000,
  }: { readonly indent?: string; readonly now?: () => number } = {},
): TrainProgress {
  let last: Progress | undefined;
  let shownAt = -Infinity;
  return {
    onProgress: (progress) => {
      last = progress;
      if (!terminal.live || now() - shownAt < LIVE_SECONDS) return;
      shownAt = now();
      terminal.status(`${indent}${liveLine(progress)}`);
    },
    onEpoch: (epoch) => {
      const final = epoch.epoch === last?.epochs;
      if (terminal.live || (now() - shownAt < QUIET_SECONDS && !final)) return;
      shownAt = now();
      terminal.say(`${indent}${epochLine(epoch, last)}`);
    },
  };
}

export function liveLine(progress: Progress): string {
  const { epoch, epochs, share, loss, terms, validationLoss, rowsPerSecond, secondsLeft } =
    progress;
  const done = Math.round(BAR * Math.min(1, (epoch - 1 + share) / epochs));
  const bar = epochs < ENDLESS ? ` ${"━".repeat(done)}${"┈".repeat(BAR - done)}` : "";
  const parts = [
    `epoch ${epoch}${ofText(epochs)}${bar}`,
    lossText(loss, terms),
    ...(validationLoss === undefined ? [] : [`held out ${formatNumber(validationLoss)}`]),
    `${formatNumber(Math.round(rowsPerSecond))} rows/s`,
    `${formatDuration(roughly(secondsLeft))} left`,
  ];
  return parts.join("  ");
}

export function epochLine(epoch: Epoch, progress: Progress | undefined): string {
  const of = progress === undefined ? "" : ofText(progress.epochs);
  const parts = [
    `epoch ${epoch.epoch}${of}: ${lossText(epoch.loss, epoch.terms)}`,
    ...(epoch.validationLoss === undefined
      ? []
      : [`held out ${formatNumber(epoch.validationLoss)}`]),
    ...(progress === undefined
      ? []
      : [
          `${formatNumber(Math.round(progress.rowsPerSecond))} rows/s`,
          `${formatDuration(roughly(progress.secondsLeft))} left`,
        ]),
  ];
  return parts.join(", ");
}

function ofText(epochs: number): string {
  return epochs < ENDLESS ? `/${epochs}` : "";
}

/** The loss, and its terms where there are several. */
export function lossText(loss: number, terms: Readonly<Record<string, number>>): string {
  const parts = Object.entries(terms).map(([name, value]) => `${name} ${formatNumber(value)}`);
  return `loss ${formatNumber(loss)}${parts.length > 1 ? ` (${parts.join(", ")})` : ""}`;
}

/** Whole seconds: a guess needs no more. */
function roughly(seconds: number): number {
  return Math.round(seconds);
}

/** For the walks over data before training, one after the other. */
export function readProgress(terminal: Terminal): (done: Reading) => void {
  let show = rowProgress(terminal, "");
  let before = Infinity;
  return ({ rows, of, doing }) => {
    if (rows < before) show = rowProgress(terminal, doing);
    before = rows;
    show({ rows, of });
  };
}

/** For verbs that walk rows: a status line on a terminal, nothing elsewhere. */
export function rowProgress(
  terminal: Terminal,
  what: string,
): (done: { readonly rows: number; readonly of: number }) => void {
  const began = performance.now();
  return ({ rows, of }) => {
    const seconds = (performance.now() - began) / 1000;
    const rate = formatNumber(Math.round(rows / Math.max(seconds, 1e-3)));
    terminal.status(`${what}  ${formatNumber(rows)} of ${formatNumber(of)} rows  ${rate} rows/s`);
  };
}
