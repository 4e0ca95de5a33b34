/** What is said of a head: what it tells, from what it learned, how well it told labels held out. */
import type { HeadInfo } from "./head-info.ts";

/**
 * @example
 * headWords(info.head); // "tells y, one of 10 classes; learned from 100 labels and …"
 */
export function headWords(head: HeadInfo): readonly string[] {
  const { label, kind, classes, rows, others, encoder, heldOut } = head;
  const { figures } = heldOut;
  const what = kind === "classes" ? `one of ${classes.length} classes` : "a number";
  const count = (n: number): string => n.toLocaleString("en");
  const told =
    "accuracy" in figures
      ? `${(100 * figures.accuracy).toFixed(0)} % right, log-loss ${figures.logLoss.toFixed(2)}`
      : `R² ${figures.r2.toFixed(2)}, error ${Number(figures.rmse.toPrecision(3))}`;
  const from =
    encoder === "new"
      ? `${count(rows.length)} labels alone, as rows without add nothing to them`
      : `${count(rows.length)} labels and ${count(others)} rows without, the encoder ${encoder}`;
  return [
    `tells ${label}, ${what}; learned from ${from}`,
    `${count(heldOut.rows)} of the labels held out in turn: ${told}`,
  ];
}
