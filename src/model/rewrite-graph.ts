import { InvalidError } from '../errors.js';
import { dropZipMaps, findZipMaps } from './drop-zip-map.js';
import { encodeStrings, type Replacements, unknownCode } from './encode-strings.js';
import { findWalks, type KeptTrees, type WalkedTrees } from './ensembles/find-walks.js';
import { type FoldedInput, findFolds, foldOneHots } from './fold-one-hot.js';
import { field } from './onnx-schema.js';
import type { OnnxModel } from './read-model.js';
import { type StringTrace, traceStrings } from './trace-strings.js';
import { lengthDelimited } from './wire.js';

/** A ZipMap that was dropped: `output` now holds a float matrix, one column per class label. */
export interface DroppedZipMap {
  readonly kind: 'drop-zip-map';
  readonly output: string;
  readonly from: string;
  readonly classLabels: readonly string[];
}

/** Strings that became int64 codes: their index in `dictionary`, or `unknown` for any other string. */
export interface EncodedStrings {
  readonly kind: 'encode-strings';
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly dictionary: readonly string[];
  readonly unknown: number;
}

/** One-hot columns that were folded into the linear model after them: their inputs are fed as weights. */
export interface FoldedOneHots {
  readonly kind: 'fold-one-hot';
  readonly inputs: readonly string[];
  /** The first output of the linear node. */
  readonly output: string;
  readonly folded: readonly FoldedInput[];
}

/** One change of the graph, as plain data: what changed, not how. */
export type Rewrite = DroppedZipMap | EncodedStrings | FoldedOneHots | WalkedTrees;

/** Strings that must stay strings, with the reason; printed by `check`. */
export interface KeptStrings {
  readonly inputs: readonly string[];
  readonly reason: string;
}

/**
 * Finds every possible rewrite and the obstacles to others. Folded inputs are also encoded ones; the proof
 * decides.
 */
export function findRewrites(
  model: OnnxModel,
  trace: StringTrace = traceStrings(model),
): {
  readonly rewrites: readonly Rewrite[];
  readonly kept: readonly KeptStrings[];
  readonly keptTrees: readonly KeptTrees[];
} {
  const rewrites: Rewrite[] = findZipMaps(model).map(({ output, from, classLabels }) => ({
    kind: 'drop-zip-map',
    output,
    from,
    classLabels,
  }));
  for (const { output, inputs } of findFolds(model, trace)) {
    rewrites.push({ kind: 'fold-one-hot', inputs: inputs.map(({ input }) => input), output, folded: inputs });
  }
  const kept: KeptStrings[] = [];
  for (const { inputs, outputs, dictionary, blocked } of trace.components) {
    if (inputs.length === 0 && outputs.length === 0) continue;
    if (blocked === null && dictionary.length > 0) {
      rewrites.push({ kind: 'encode-strings', inputs, outputs, dictionary, unknown: unknownCode });
    } else if (inputs.length > 0) {
      kept.push({ inputs, reason: blocked ?? 'no encoder of the model looks them up' });
    }
  }
  const { walks, kept: keptTrees } = findWalks(model);
  return { rewrites: [...rewrites, ...walks], kept, keptTrees };
}

/**
 * Applies `rewrites` (some of `findRewrites`) to the model's bytes; copies every unchanged part byte for
 * byte, and keeps the names of data files. Throws `InvalidError` for a rewrite that does not belong to this
 * model.
 */
export function rewriteGraph(model: OnnxModel, rewrites: readonly Rewrite[]): Uint8Array {
  if (rewrites.length === 0) return model.bytes;
  const replacements: Replacements = new Map();
  const zipMaps = findZipMaps(model);
  dropZipMaps(
    model,
    rewrites.filter(({ kind }) => kind === 'drop-zip-map').map((rewrite) => findFor(rewrite, zipMaps)),
    replacements,
  );
  const encoded = rewrites.filter((rewrite) => rewrite.kind === 'encode-strings');
  const folded = rewrites.filter((rewrite) => rewrite.kind === 'fold-one-hot');
  if (encoded.length > 0 || folded.length > 0) {
    const trace = traceStrings(model);
    const { components } = trace;
    const folds = folded.length === 0 ? [] : findFolds(model, trace);
    foldOneHots(
      model,
      folded.map((rewrite) => folds.find(({ output }) => output === rewrite.output) ?? foreign(rewrite)),
      replacements,
    );
    encodeStrings(
      model,
      encoded.map((rewrite) => {
        const found = components.find(
          ({ inputs, outputs, blocked }) =>
            blocked === null && sameNames(inputs, rewrite.inputs) && sameNames(outputs, rewrite.outputs),
        );
        return found ?? foreign(rewrite);
      }),
      replacements,
    );
  }
  return replaceInGraph(model, replacements);
}

/** Returns the model's bytes with other bytes for fields of the graph, by where they start. */
export function replaceInGraph(model: OnnxModel, replacements: Replacements): Uint8Array {
  const graph: Uint8Array[] = [];
  for (const wire of model.graphFields) {
    const replaced = replacements.get(wire.start);
    if (replaced === undefined) graph.push(model.graph.subarray(wire.start, wire.end));
    else graph.push(...replaced);
  }
  const pieces: Uint8Array[] = [];
  for (const wire of model.fields) {
    if (wire.number === field.model.graph) {
      if (wire.end - wire.valueStart === model.graph.length)
        pieces.push(...lengthDelimited(wire.number, graph));
    } else pieces.push(model.bytes.subarray(wire.start, wire.end));
  }
  return Buffer.concat(pieces);
}

function findFor(
  rewrite: Rewrite,
  zipMaps: ReturnType<typeof findZipMaps>,
): ReturnType<typeof findZipMaps>[number] {
  const found = zipMaps.find(({ output }) => rewrite.kind === 'drop-zip-map' && output === rewrite.output);
  return found ?? foreign(rewrite);
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

function foreign(rewrite: Rewrite): never {
  throw new InvalidError(
    'model-changed',
    `the rewrite "${rewrite.kind}" does not belong to this model: it was planned for another one`,
    { hint: 'the model file changed during the run; start the run again' },
  );
}
