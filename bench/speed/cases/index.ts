/** All cases, in the order of docs/benchmarks.md. Adding one is a file, and a line here. */
import type { SpeedCase } from "../types.ts";
import { anomalies } from "./anomalies.ts";
import { catalogue } from "./catalogue.ts";
import { conv28, conv32 } from "./convolutions.ts";
import { topk } from "./embeddings.ts";
import { dense128, dense512, variational100 } from "./images.ts";
import { interactions } from "./interactions.ts";
import { flights, scale } from "./scale.ts";
import { scoring } from "./scoring.ts";
import { series128 } from "./series.ts";
import { startUp } from "./start-up.ts";
import { tabular256, tabular64 } from "./tabular.ts";
import { adult, fashion } from "./whole-jobs.ts";

export const cases: Readonly<Record<string, SpeedCase>> = {
  "tabular-64": tabular64,
  "tabular-256": tabular256,
  "dense-128": dense128,
  "dense-512": dense512,
  "variational-100": variational100,
  "conv-28": conv28,
  "conv-32": conv32,
  "series-128": series128,
  topk,
  interactions,
  adult,
  fashion,
  scoring,
  "start-up": startUp,
  scale,
  flights,
  catalogue,
  anomalies,
};
