/** One thing the doctor looks for. */
import type { Diagnosis, DiagnosisCode } from "./diagnosis.ts";
import type { Evidence } from "./evidence.ts";

export type Finding = Omit<Diagnosis, "code">;

export interface Rule {
  readonly code: DiagnosisCode;
  /** Found first, these are the cause of this one, which is then left unsaid. */
  readonly unless?: readonly DiagnosisCode[];
  look(evidence: Evidence): Finding | undefined;
}
