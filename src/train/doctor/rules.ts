/** All that the doctor looks for, causes before what they cause: adding one is one line here. */
import { collapse, identity } from "./code.ts";
import type { Diagnosis, DiagnosisCode } from "./diagnosis.ts";
import type { Evidence } from "./evidence.ts";
import { overfitting, smallData, worseThanPca } from "./fit.ts";
import type { Rule } from "./rule.ts";
import { deadUnits, explodingGradients, noProgress, vanishingGradients } from "./steps.ts";

export const rules: readonly Rule[] = [
  smallData,
  explodingGradients,
  vanishingGradients,
  collapse,
  deadUnits,
  noProgress,
  identity,
  overfitting,
  worseThanPca,
];

/** What the evidence says; empty when all is well. */
export function diagnose(evidence: Evidence): readonly Diagnosis[] {
  const found = new Map<DiagnosisCode, Diagnosis>();
  for (const rule of rules) {
    if (rule.unless?.some((cause) => found.has(cause)) === true) continue;
    const finding = rule.look(evidence);
    if (finding !== undefined) found.set(rule.code, { code: rule.code, ...finding });
  }
  return [...found.values()];
}
