/** Numeric tolerances, each with its reason. Relative to the larger of 1 and the expected size. */

/**
 * float32 kernels against float64: one op is off by a few units in the last place
 * (2⁻²³ ≈ 1.2e-7); the graphs of the op suite chain up to a dozen of them.
 */
export const FLOAT32 = 5e-6;

/**
 * Central differences in float64 with step h = 1e-5: truncation is about h² ≈ 1e-10 times
 * the third derivative, rounding about 1e-16 / h = 1e-11 times the value.
 */
export const DIFFERENCES = 1e-6;
export const STEP = 1e-5;

/**
 * Our graph in float64 against PyTorch in float64: the same mathematics, sums in another
 * order, and constants such as √½ rounded once.
 */
export const FLOAT64 = 1e-11;

/** A float64 trajectory of 50 optimizer steps against PyTorch's: rounding, slowly amplified. */
export const TRAJECTORY = 1e-9;

/** The same trajectory in float32: 50 steps, each off by a few 2⁻²³, divided by small moments. */
export const TRAJECTORY_FLOAT32 = 2e-4;

/** Units in the last place by which two float32 logarithms, sines or cosines may differ. */
export const TRANSCENDENTAL_ULP = 4;

/**
 * A row alone against the same row in a batch: ONNX Runtime multiplies one row by another
 * kernel than many, whose sums run in another order, through a few layers.
 */
export const BATCHING = 2e-5;

/** One model in two builds of ONNX Runtime: kernels and order of sums may differ, no more. */
export const RUNTIMES = 1e-5;

/**
 * Losses over 100 steps of training in the browser against Node: every step differs by a few
 * 2⁻²³, and training amplifies what came before.
 */
export const BROWSER = 1e-3;
