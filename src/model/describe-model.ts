import { createHash } from 'node:crypto';
import type { TensorType } from '../chunk/tensor.js';
import { InvalidError } from '../errors.js';
import { keptValue } from '../process/kept-value.js';
import { capturedNames } from './captured-names.js';
import { checkSignature } from './check-signature.js';
import { findClassLabels } from './class-labels.js';
import { findEnsembles } from './ensembles/cut-ensembles.js';
import type { KeptTrees } from './ensembles/find-walks.js';
import { nodeWithoutThreshold } from './ensembles/read-ensemble.js';
import { featureNames } from './feature-names.js';
import type { LinearFacts, ModelInput, ModelOutput, TreeFacts } from './inputs-and-outputs.js';
import { readLinear } from './linear/read-linear.js';
import {
  type ExternalFile,
  hashExternalFiles,
  type LocatedModel,
  locateModel,
  readGraph,
} from './locate-model.js';
import type { MlflowSignature } from './read-mlmodel.js';
import { type GraphValue, type OnnxModel, readModel, type ValueType } from './read-model.js';
import { findRewrites, type KeptStrings, type Rewrite } from './rewrite-graph.js';
import { type StringTrace, traceStrings } from './trace-strings.js';
import { describeTrees } from './trees/describe-trees.js';
import { readTrees, type TreeFormat, treeFormat } from './trees/read-trees.js';
import type { Rounds } from './trees/tree-model.js';
import { unreadableModel } from './unreadable-model.js';

/** Description of a model file, read without the runtime; plain data. */
export interface ModelDescription {
  /** The .onnx file that the runtime opens, absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly externalFiles: readonly ExternalFile[];
  readonly irVersion: number;
  /** Version by domain; the default domain is the empty name. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly nodes: number;
  /** True if a node of its main graph quantizes with the scale of each batch. */
  readonly isQuantisedDynamically: boolean;
  readonly inputs: readonly ModelInput[];
  readonly outputs: readonly ModelOutput[];
  /** Possible rewrites; `proveRewrite` decides which are used. */
  readonly rewrites: readonly Rewrite[];
  readonly keptStrings: readonly KeptStrings[];
  readonly keptTrees: readonly KeptTrees[];
  /** Columns declared by an MLflow model directory; null for a bare file or a model without signature. */
  readonly signature: MlflowSignature | null;
  /** Null for an ONNX model. */
  readonly trees: TreeFacts | null;
  /** The sums of a linear ONNX model, which `output.reasons` can split; otherwise the reason why not. */
  readonly linear: LinearFacts | string;
}

/**
 * Reads a model file or an MLflow model directory: inputs, outputs, dictionaries, class labels, possible
 * rewrites. Reads the file once and hashes it and its data files; opens no session. Reads all of a file of
 * LightGBM or XGBoost, of which `rounds` are scored. Throws `InvalidError` for any other file, for inputs
 * that cannot come from columns, and for missing data files; `BudgetError` if all files together have more
 * than `mostBytes`.
 */
export async function describeModel(
  path: string,
  rounds: Rounds = 'auto',
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<ModelDescription> {
  const located = await locateModel(path);
  const bytes = await readGraph(located.path, mostBytes);
  const format = treeFormat(bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (format !== null) {
    const { signature } = located;
    const read = async () => describeTreeFile(located, bytes, sha256, format, rounds);
    return { ...(await keptValue('model', [sha256, signature, rounds], read)), path: located.path };
  }
  try {
    const read = async () => {
      const model = await readModel(bytes, located.path);
      const files = await hashExternalFiles(model, located.path, mostBytes);
      return describe(model, located, path, sha256, files);
    };
    // Weights in separate files may change while the model file stays the same.
    const kept = await keptValue(
      'model',
      [sha256, located.signature],
      read,
      ({ externalFiles }) => externalFiles.length === 0,
    );
    return { ...kept, path: located.path };
  } catch (error) {
    // protobufjs throws plain errors and RangeErrors for invalid messages; other errors are our bugs.
    const isBroken = error instanceof RangeError || (error instanceof Error && error.constructor === Error);
    throw isBroken ? unreadableModel(located.path, bytes, error) : error;
  }
}

function describeTreeFile(
  { path, signature }: LocatedModel,
  bytes: Buffer,
  sha256: string,
  format: TreeFormat,
  rounds: Rounds,
): ModelDescription {
  return {
    path,
    sha256,
    bytes: bytes.length,
    externalFiles: [],
    irVersion: 0,
    opsets: {},
    metadata: {},
    isQuantisedDynamically: false,
    rewrites: [],
    keptStrings: [],
    keptTrees: [],
    signature,
    linear: 'it is a file of trees',
    ...describeTrees(readTrees(bytes, format, path, rounds)),
  };
}

function describe(
  model: OnnxModel,
  located: LocatedModel,
  given: string,
  sha256: string,
  files: readonly ExternalFile[],
): ModelDescription {
  const { path, signature } = located;
  refuseNanThresholds(model, path);
  const trace = traceStrings(model);
  const { rewrites, kept, keptTrees } = findRewrites(model, trace);
  const used = usedNames(model);
  const inputs = model.inputs
    .filter(({ name }) => !model.initializers.has(name))
    .map((value) => describeInput(value, trace, path, used.has(value.name)));
  checkSignature(signature, inputs, given);
  const named = featureNames(inputs, model.metadata, signature);
  const labels = findClassLabels(model, rewrites);
  return {
    path,
    sha256,
    bytes: model.bytes.length,
    externalFiles: files,
    irVersion: model.irVersion,
    opsets: model.opsets,
    producer: model.producer,
    metadata: model.metadata,
    nodes: model.nodes.length,
    isQuantisedDynamically: model.nodes.some(({ op }) => dynamicOps.test(op)),
    inputs: inputs.map((input) => ({ ...input, featureNames: named.get(input.name) ?? null })),
    outputs: model.outputs.map((value) => describeOutput(value, rewrites, labels)),
    rewrites,
    keptStrings: kept,
    keptTrees,
    signature,
    trees: null,
    linear: linearFacts(model, labels),
  };
}

function linearFacts(model: OnnxModel, labels: ReadonlyMap<string, readonly string[]>): LinearFacts | string {
  const form = readLinear(model);
  if (typeof form === 'string') return form;
  const classes = [...labels.values()].find(({ length }) => length > 1) ?? null;
  return { sums: form.sums, classes };
}

function refuseNanThresholds(model: OnnxModel, path: string): void {
  for (const node of findEnsembles(model)) {
    const where = nodeWithoutThreshold(model, node);
    if (where === null) continue;
    const message = `model "${path}" has trees that cannot be scored: the threshold of ${where} of "${node.outputs[0]}" is not a number`;
    throw new InvalidError('model-unreadable', message, { file: path, hint: 'export the model again' });
  }
}

/** Returns names used by nodes, by the graphs inside them, or by the graph's outputs. */
function usedNames({ nodes, outputs }: OnnxModel): ReadonlySet<string> {
  return new Set([
    ...outputs.map(({ name }) => name),
    ...nodes.flatMap((node) => [...node.inputs, ...capturedNames(node)]),
  ]);
}

/** Operators that quantize with the scale of each batch. */
const dynamicOps = /^(DynamicQuantize|MatMulIntegerToFloat)/;

function describeInput(
  { name, type }: GraphValue,
  trace: StringTrace,
  path: string,
  isUsed: boolean,
): ModelInput {
  const uses = trace.uses.get(name) ?? null;
  const single = uses?.length === 1 && uses[0]!.unknown !== null ? uses[0]! : null;
  return {
    name,
    type: tensorType(type, `input "${name}" of the model`, path),
    dims: type.dims,
    uses,
    categories: single === null ? null : single.categories.filter((text) => text !== ''),
    unknown: single?.unknown ?? null,
    hasEmptyCategory: uses?.every(({ categories }) => categories.includes('')) ?? false,
    codes: null,
    isUsed,
    featureNames: null,
  };
}

function describeOutput(
  { name, type }: GraphValue,
  rewrites: readonly Rewrite[],
  labels: ReadonlyMap<string, readonly string[]>,
): ModelOutput {
  const zipMap = rewrites.find((rewrite) => rewrite.kind === 'drop-zip-map' && rewrite.output === name);
  const classLabels = labels.get(name) ?? null;
  if (zipMap?.kind === 'drop-zip-map') {
    const dims = [null, zipMap.classLabels.length];
    return { name, alias: zipMap.from, type: 'float32', dims, classLabels, codes: null, refused: null };
  }
  const refused = refusal(type);
  const element = refused === null ? (type.element as TensorType) : 'float32';
  return { name, alias: null, type: element, dims: type.dims, classLabels, codes: null, refused };
}

const feedable: ReadonlySet<string> = new Set<TensorType>([
  'float32',
  'float64',
  'float16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
]);

function refusal(type: ValueType): string | null {
  if (type.kind !== 'tensor')
    return `is ${/^[aeiou]/.test(type.text) ? 'an' : 'a'} ${type.text}, but only tensors can become columns`;
  return feedable.has(type.element) ? null : `is a tensor of ${type.element}, which no column can hold`;
}

function tensorType(type: ValueType, subject: string, path: string): TensorType {
  const refused = refusal(type);
  if (refused === null) return type.element as TensorType;
  throw new InvalidError('model-input-refused', `${subject} ${refused}`, {
    file: path,
    hint:
      type.kind === 'tensor'
        ? 'export the model with float32 inputs, and cast inside the graph'
        : 'export the model with tensors as inputs: one per column, or one matrix',
  });
}
