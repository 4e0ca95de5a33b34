/** Judging new rows: against held-out rows, against training rows, beside simple ways to make some. */
export { judgeSamples } from "./judge.ts";
export type { Judgement, SampleFigures } from "./judgement.ts";
export { sampleControls, sampleFigures, sampleFigureText } from "./names.ts";
export type { SampleFigure } from "./names.ts";
