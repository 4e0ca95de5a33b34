/** The controls of anomaly detection, in the order in which they are shown. */
import type { Detector } from "./detector.ts";
import { isolationForest } from "./isolation-forest.ts";
import { nearestNeighbours } from "./nearest-neighbours.ts";
import { pcaError } from "./pca-error.ts";
import { robustCovariance } from "./robust-covariance.ts";

/** A control is measured by being listed. */
export const detectionControls = {
  isolationForest,
  nearestNeighbours,
  pcaError,
  robustCovariance,
} as const satisfies Readonly<Record<string, Detector>>;
