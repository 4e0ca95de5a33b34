/** What training is asked about labels, checked before anything is trained. */
import { inputError } from "../../base/errors.ts";
import { conv } from "../../bodies/conv.ts";
import type { Source } from "../../data/source.ts";
import type { Family } from "../../families/family.ts";
import type { TrainOptions } from "../types.ts";
import type { FewLabels } from "./fit.ts";
import { labelledRows } from "./fit.ts";

/**
 * @throws `options.invalid` for families and data that take no head, `data.labels` for labels that
 *   teach nothing
 */
export async function fewLabelsOf(
  family: Family,
  source: Source,
  { labelled, predicts, seed = 0 }: Pick<TrainOptions, "labelled" | "predicts" | "seed">,
): Promise<FewLabels | undefined> {
  if (labelled === undefined) {
    if (predicts === undefined) return undefined;
    throw inputError("options.invalid", {
      place: "predicts",
      expected: "labelled beside it: how many rows' labels may be learned from",
      got: `${predicts} alone`,
      hint: "add labelled: 100, or labelled: all",
    });
  }
  if (labelled !== "all" && (!Number.isSafeInteger(labelled) || labelled < 2)) {
    throw inputError("options.invalid", {
      place: "labelled",
      expected: "a whole number from 2, or all",
      got: String(labelled),
    });
  }
  if (predicts !== undefined && !["classes", "numbers"].includes(predicts)) {
    throw inputError("options.invalid", {
      place: "predicts",
      expected: "classes or numbers",
      got: String(predicts),
    });
  }
  if (family.label !== undefined) {
    throw inputError("options.invalid", {
      place: "labelled",
      expected: "a family that is not told labels itself",
      got: `the ${family.name} family`,
      hint: "take another family, such as vanilla, or leave labelled out",
    });
  }
  if (!["table", "images", "array"].includes(source.kind)) {
    throw inputError("data.kind", {
      place: `${source.name}, labelled`,
      expected: "rows with a label each: a table, images or arrays",
      got: source.kind,
      hint: "cut series into an array of windows with one label each",
    });
  }
  const asked = { labelled, predicts };
  const { kind } = await labelledRows(source, asked, seed);
  return { ...asked, predicts: kind };
}

/** Layers of the body that is taken for images, and the side from which on they fit. */
const CHANNELS = [16, 64];
const LEAST_SIDE = 8;

/**
 * The family, with convolutions for images where its user chose no body: their codes put images of
 * one class nearer together (docs/decisions/few-labels.md).
 */
export function suited<F extends Family>(family: F, source: Source): F {
  const isLarge = source.kind === "images" && Math.min(source.height, source.width) >= LEAST_SIDE;
  if (!isLarge || family.body !== undefined) return family;
  return { ...family, body: conv(CHANNELS) };
}
