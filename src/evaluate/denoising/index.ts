/** Controls of denoising, each a file: adding one is one line here. */
import { gaussian } from "./gaussian-filter.ts";
import { median } from "./median-filter.ts";
import { nonLocal } from "./non-local-means.ts";
import { pca } from "./pca-filter.ts";
import type { Control } from "./picture.ts";

export const denoisingControls: readonly Control[] = [median, gaussian, nonLocal, pca];
