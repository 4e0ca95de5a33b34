/** What the doctor says of a run. */

export const diagnosisCodes = [
  "small-data",
  "no-progress",
  "exploding-gradients",
  "vanishing-gradients",
  "dead-units",
  "collapse",
  "identity",
  "overfitting",
  "worse-than-pca",
] as const;

export type DiagnosisCode = (typeof diagnosisCodes)[number];

export interface Diagnosis {
  readonly code: DiagnosisCode;
  /** `warning`: the model is not what was asked for. `note`: it may be, look closer. */
  readonly severity: "warning" | "note";
  /** What was measured, a sentence or two with the figures in it. */
  readonly saw: string;
  /** What to try first, with the exact option, an imperative sentence. */
  readonly advice: string;
  /** The figures by name. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** A diagnosis as one text. */
export function diagnosisText({ saw, advice }: Diagnosis): string {
  return `${saw} ${advice}`;
}
