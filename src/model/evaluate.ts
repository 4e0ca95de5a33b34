/** Metrics of a fitted model on data, with PCA of the same size and the untrained network beside. */
import { inputError } from "../base/errors.ts";
import type { Labels } from "../data/labels.ts";
import type { Source } from "../data/source.ts";
import { blockRows, inBlocks } from "../evaluate/blocks.ts";
import type { Contender } from "../evaluate/contenders.ts";
import { networkContender, pcaContender } from "../evaluate/contenders.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import { measureAll } from "../evaluate/measure.ts";
import type { ContenderName, Figures, Request, Study } from "../evaluate/metrics/metric.ts";
import type { Judgement } from "../evaluate/synthesis/index.ts";
import { codesVerdict } from "../evaluate/verdict-codes.ts";
import { verdictOf } from "../evaluate/verdict.ts";
import { featuresOf } from "../losses/layout.ts";
import { initialVectors } from "../train/initial-state.ts";
import { STATE } from "../train/program.ts";
import type { Weights } from "../train/weights.ts";
import { sourceOf } from "./data.ts";
import { evaluateChoices } from "./evaluate-choices.ts";
import type { Inner } from "./runner.ts";
import { measureLabels } from "./few-labels/measure.ts";
import { measureDenoising } from "./measure-denoising.ts";
import { measureDetection, usualMark } from "./measure-detection.ts";
import { measureSamples } from "./measure-samples.ts";
import { networkFrom, weightsFrom } from "./restore.ts";
import { codesOf, newRows } from "./study.ts";
import type { Data, EvaluateOptions, Generative, Model, ModelInfo } from "./types.ts";

/**
 * @param drawing what the model scores rows by, and draws new ones by, if it can
 * @throws `options.invalid`, `data.labels`, and what reading the data throws
 */
export async function evaluateModel(
  inner: Inner,
  drawing: Partial<Generative> & Pick<Model, "denoise" | "score" | "scorePoints" | "predict">,
  data: Data,
  options: EvaluateOptions & { readonly curves?: boolean },
): Promise<Evaluation> {
  const { file, name, preprocessing } = inner;
  const { info, pca } = file;
  requireWhole("samples, draws a row", options.samples);
  requireWhole("chunk, in rows", options.chunk);
  const source = labelledSource(sourceOf(data), options);
  if (preprocessing.kind === "interactions") return evaluateChoices(inner, source, options);
  if (options.byTime === true) throw noMoment(name);
  const request = await requestFrom(source, options);
  const network = networkFrom(info, name);
  const weights = weightsFrom(file.model, network, name);
  const untrained = untrainedWeights(weights, info.training.seed);
  const contenders: readonly Contender[] = [
    networkContender("model", network, weights),
    ...(pca === undefined ? [] : [pcaContender(pca, preprocessing.layout)]),
    networkContender("untrained", network, untrained),
  ];
  const block = blockRows(featuresOf(preprocessing.layout));
  const blocks = (rows: Source, verb: EvaluateOptions = {}) =>
    inner.chunks(inBlocks(rows, { read: options.chunk }), {
      chunk: block,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(verb.onProgress ? { onProgress: verb.onProgress } : {}),
    });
  const notes: string[] = [];
  const engine = inner.engine();
  const codes = codesOf(engine, network, contenders, blocks, options.signal);
  const study: Study = {
    engine,
    network,
    pca,
    source,
    request,
    codes,
    blockRows: block,
    generate: (count) => newRows(inner, network, untrained, drawing, count, options.signal),
    note: (sentence) => void notes.push(sentence),
  };
  const { rows, figures, dimensions } = await measureAll(
    engine,
    network,
    contenders,
    blocks(source, options),
    study,
  );
  const of = (contender: ContenderName): Figures | undefined => figures.get(contender);
  const controls = Object.fromEntries([...figures].filter(([one]) => one !== "model"));
  const metrics = of("model") ?? {};
  if (options.samples !== undefined && metrics["logLikelihood"] === undefined)
    notes.push(`The ${info.family.name} family has no likelihood to sample.`);
  const features = featuresOf(preprocessing.layout);
  const { controlsFrom, target, signal } = options;
  const told = await measureLabels(inner, drawing, source, options);
  if (info.head !== undefined && source.labels === undefined)
    notes.push(
      "The model learned to predict labels: name them with --label, and that is judged too.",
    );
  // A label that was learned is no mark of what is unusual.
  const anomalies = options.anomalies ?? (told === undefined ? await usualMark(source) : undefined);
  // Any code may have a mixture fitted to it. With labels, who names rows for controls may have forgotten
  // to say which labels are anomalies.
  const wanted =
    target !== undefined ||
    (told === undefined && (network.family.can.generate || source.labels === undefined));
  const generate = wanted ? drawing.generate : undefined;
  const usesControls = anomalies !== undefined || generate !== undefined || told !== undefined;
  if (controlsFrom !== undefined && !usesControls)
    throw source.labels === undefined ? noSamples(info) : noMark(source);
  const detection =
    anomalies === undefined
      ? undefined
      : await measureDetection(
          { engine, network, blocks, scored: drawing },
          source,
          String(anomalies),
          options,
        );
  if (detection !== undefined && options.anomalies === undefined)
    notes.push(`Label ${anomalies} is taken to mark anomalies; --anomalies names another.`);
  notes.push(...(detection?.notes ?? []));
  if (target !== undefined && (controlsFrom === undefined || generate === undefined))
    throw noTarget(info.family.name, generate !== undefined);
  // Who asks for anomalies is not made to wait for samples too, unless a target asks for them.
  const forDetection = detection !== undefined && target === undefined;
  const samples =
    generate === undefined || controlsFrom === undefined || forDetection
      ? undefined
      : await measureSamples(source, {
          engine,
          features,
          schema: preprocessing.schema,
          generate,
          controlsFrom,
          target,
          encoder: request.encoder,
          signal,
        });
  if (samples !== undefined) notes.push(...samplesNotes(samples));
  notes.push(...(told?.notes ?? []));
  const denoising =
    options.clean === undefined
      ? undefined
      : (await measureDenoising(drawing, source, options.clean, signal ? { signal } : {}))
          .comparison;
  const findings = [
    ...(told === undefined ? [] : [told.verdict]),
    verdictOf(
      metrics,
      { pca: of("pca"), untrained: of("untrained") },
      { latent: info.latent, features, fillsIn: network.family.fillsIn === true },
    ),
    ...codesVerdict(metrics, { pca: of("pca"), raw: of("raw") }, features),
    ...(detection === undefined ? [] : [detection.verdict]),
    ...(samples?.findings ?? []),
    ...(denoising === undefined ? [] : [denoising.verdict]),
  ];
  return {
    model: { family: info.family.name, body: info.body.name, latent: info.latent },
    data: source.name,
    rows,
    metrics: { ...metrics, ...detection?.model },
    controls,
    ...(told === undefined ? {} : { labels: told }),
    ...(detection === undefined ? {} : { detection }),
    ...(samples === undefined ? {} : { samples }),
    ...(denoising === undefined ? {} : { denoising }),
    dimensions,
    notes,
    findings,
    verdict: findings.join(" "),
  };
}

function labelledSource(source: Source, { labels }: EvaluateOptions): Source {
  if (labels === undefined) return source;
  requireRows(`labels of ${source.name}`, labels.length, source.rows);
  return { ...source, labels: () => Promise.resolve(textsOf(labels)) };
}

async function requestFrom(source: Source, options: EvaluateOptions): Promise<Request> {
  const { samples, probeTrain, factors, encoder } = options;
  const train = probeTrain && sourceOf(probeTrain);
  if (train !== undefined && train.labels === undefined) {
    throw inputError("data.labels", {
      place: `${train.name}, rows to fit the probe on`,
      expected: "labels",
      got: "none",
      hint: "name them with --probe-label, or { label } when reading",
    });
  }
  const labels = await source.labels?.();
  if (labels !== undefined) requireRows(`labels of ${source.name}`, labels.length, source.rows);
  for (const [factor, values] of Object.entries(factors ?? {}))
    requireRows(`factor ${factor}`, values.length, source.rows);
  return {
    samples,
    labels,
    probeTrain: train,
    factors:
      factors &&
      Object.fromEntries(Object.entries(factors).map(([key, values]) => [key, textsOf(values)])),
    encoder: encoder && {
      name: `the codes of another model, ${encoder.info.family.name} of latent ${encoder.info.latent}`,
      encode: (rows) => encoder.encode(rows),
    },
  };
}

function textsOf(values: ArrayLike<string | number | null>): Labels {
  return Array.from(values, (value) =>
    value === null || Number.isNaN(value) ? null : String(value),
  );
}

/** The network as it was before its first step. */
function untrainedWeights({ spec }: Weights, seed: number): Weights {
  const first = initialVectors(spec, [STATE.parameters], seed);
  return {
    spec,
    parameters: first[STATE.parameters] as Float32Array,
    buffers: first[STATE.buffers] ?? new Float32Array(0),
  };
}

function samplesNotes({ rows, space, notes }: Judgement): readonly string[] {
  const counted = (count: number): string => count.toLocaleString("en");
  return [
    `New rows were judged beside simple controls that learned from ${counted(rows.train)} training rows.`,
    ...(space === undefined
      ? []
      : [`There, Fréchet distance, density and coverage are those in ${space}.`]),
    ...notes,
  ];
}

function noTarget(family: string, generates: boolean): Error {
  return inputError("options.invalid", {
    place: "target, what is to be learned from samples",
    expected: generates
      ? "training rows beside it"
      : "a family that generates, such as variational",
    got: generates ? "none" : `a ${family} autoencoder`,
    hint: generates
      ? "name them with --controls-from: what learned from samples is held against what learned from them"
      : "leave it out",
  });
}

function noMark({ name }: Source): Error {
  return inputError("options.invalid", {
    place: `${name}, --controls-from`,
    expected: "--anomalies beside it, the label that marks unusual rows",
    got: "none, and no labels that are 0 and 1 with fewer of the 1",
    hint: "or leave labels out, to have new rows judged beside controls that learn from there",
  });
}

function noSamples({ family, latent }: Pick<ModelInfo, "family" | "latent">): Error {
  return inputError("options.invalid", {
    place: "--controls-from",
    expected: "a model that makes new rows, or labels that mark unusual ones",
    got: `a ${family.name} autoencoder with codes of ${latent} numbers, too many to draw any, and no labels`,
    hint: "leave it out",
  });
}

function noMoment(place: string): Error {
  return inputError("options.invalid", {
    place: `${place}, --by-time`,
    expected: "a model of interactions",
    got: "a model of rows that stand for themselves",
    hint: "give it the later rows alone instead: what it is asked then is about them",
  });
}

function requireWhole(place: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw inputError("options.invalid", {
    place,
    expected: "a whole number from 1",
    got: String(value),
  });
}

function requireRows(place: string, got: number, rows: number): void {
  if (got === rows) return;
  throw inputError("data.labels", {
    place,
    expected: `${rows} values, one a row`,
    got: String(got),
  });
}
