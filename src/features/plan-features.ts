import type { ColumnType } from '../chunk/column.js';
import { hasSingleAxis, noRowsMistake } from './feature-axis.js';
import { type FeatureInput, inputShape, isOpenInput } from './feature-input.js';
import type { FeaturePart, FeaturePlan, TensorPlan } from './feature-plan.js';
import type { FeatureRequest, Planning } from './feature-request.js';
import { counted, findColumn, sourcesOf, takesList } from './find-sources.js';
import { MappingError, type MappingMistake } from './mapping-error.js';
import { matchName, nearestName } from './match-name.js';
import { planConstant } from './plan-constant.js';
import { partWidth, planPart } from './plan-part.js';

/**
 * Decides once which columns feed which inputs: as the job says, else by name, and a matrix by the names that
 * the model itself stores. Throws one `MappingError` with every mismatch: inputs without a column, guesses,
 * types that would lose data.
 */
export function planFeatures(request: FeatureRequest): FeaturePlan {
  const mistakes: MappingMistake[] = [];
  const state: Planning = { request, mistakes, needs: new Map(), types: columnTypes(request, mistakes) };
  checkNames(request, mistakes);
  const tensors: TensorPlan[] = [];
  const constants: Record<string, FeaturePlan['constants'][string]> = {};
  let fixed: { input: string; rows: number } | null = null;
  for (const input of request.inputs) {
    const constant = request.constants.find((candidate) => candidate.input === input.name);
    if (constant !== undefined) {
      const planned = planConstant(input, constant, mistakes);
      if (planned?.kind === 'tensor') constants[input.name] = planned.tensor;
      if (planned?.kind === 'rows') tensors.push(planned.plan);
      continue;
    }
    if (!isOpenInput(input)) continue;
    const rows = input.dims?.[0];
    if (typeof rows === 'number') {
      if (fixed !== null && fixed.rows !== rows) {
        mistakes.push({
          tensor: input.name,
          column: null,
          message: `the inputs "${fixed.input}" and "${input.name}" of the model take batches of ${fixed.rows} and ${rows} rows`,
          hint: 'give the one that is not a column under "model.constants", or export both with a dynamic batch axis',
        });
      }
      fixed ??= { input: input.name, rows };
    }
    const tensor = planTensor(state, input);
    if (tensor !== null) tensors.push(tensor);
  }
  checkSharedColumns(request, mistakes);
  if (mistakes.length === 0 && state.needs.size === 0) {
    mistakes.push({
      tensor: null,
      column: null,
      message: 'the model has no input that a column could feed',
      hint: 'export it with an input that has one row per row of the table',
    });
  }
  if (mistakes.length > 0) throw new MappingError(mistakes);
  const needs = [...state.needs.values()];
  return {
    tensors,
    constants,
    columns: needs.map(({ name }) => name),
    needs,
    fixedRows: fixed?.rows ?? null,
    widths: Object.fromEntries(tensors.map(({ input, width }) => [input, width])),
  };
}

/** Returns the tensor for one input; null after recording what is wrong with it. */
function planTensor(state: Planning, input: FeatureInput): TensorPlan | null {
  const mapping = state.request.mappings.find((candidate) => candidate.input === input.name);
  const sources = sourcesOf(state, input, mapping);
  if (sources === null) return null;
  const shape = inputShape(input);
  const mistake = (column: string | null, message: string, hint: string): null => {
    state.mistakes.push({ tensor: input.name, column, message, hint });
    return null;
  };
  const only = sources.length === 1 ? sources[0]! : null;
  const isList =
    only !== null && !only.oneHot && takesList(state, input, only.column, mapping?.packed ?? false);
  if (hasSingleAxis(input) && (isList || sources.length === input.dims![0])) {
    state.mistakes.push(noRowsMistake(input));
    return null;
  }
  const parts: FeaturePart[] = [];
  let width = 0;
  for (const [k, source] of sources.entries()) {
    const contract = findColumn(state, source.column, input.name);
    if (contract === null) continue;
    const part = planPart(state, input, contract, source, {
      at: width,
      k,
      isList,
      packed: mapping?.packed ?? false,
    });
    if (part === null) {
      // Keeps the index right for the next column.
      width++;
      continue;
    }
    parts.push(part);
    width += partWidth(part, shape.width);
  }
  if (parts.length < sources.length) return null;
  if (shape.width !== null && width !== shape.width) {
    return mistake(
      null,
      `the input "${input.name}" of the model takes ${counted(shape.width, 'value')} per row, and its columns give ${width}`,
      `list ${shape.width} values in order under "model.inputs"; { one_hot: column } gives one per category`,
    );
  }
  const [first] = parts;
  if (first?.kind === 'weight') {
    return { input: input.name, type: 'float32', tail: [first.width], width: first.width, parts };
  }
  const type = first?.kind === 'code' && input.type === 'string' ? 'int64' : input.type;
  return { input: input.name, type, tail: shape.tail(width), width, parts };
}

/**
 * Records a column that would feed two inputs or features: one of them means another column, unless the job
 * names it twice.
 */
function checkSharedColumns(
  { inputs, mappings, constants, columns }: FeatureRequest,
  mistakes: MappingMistake[],
): void {
  const names = columns.map(({ name }) => name);
  const fed = new Map<string, { readonly input: string; readonly wanted: string }>();
  for (const input of inputs) {
    if (!isOpenInput(input)) continue;
    if ([...mappings, ...constants].some((mapping) => mapping.input === input.name)) continue;
    const own =
      (inputShape(input).width === 1 && input.featureNames === null) || matchName(input.name, names) !== null;
    for (const wanted of own ? [input.name] : (input.featureNames ?? [])) {
      const column = matchName(wanted, names);
      if (column === null) continue;
      const before = fed.get(column);
      fed.set(column, { input: input.name, wanted });
      if (before === undefined || (before.wanted === wanted && before.input !== input.name)) continue;
      mistakes.push({
        tensor: input.name,
        column,
        message: `the column "${column}" would feed both "${before.wanted}" and "${wanted}" of the model`,
        hint: `add a column for the other under "columns", or name "${column}" for both under "model.inputs"`,
      });
    }
  }
}

/** Returns each column's declared type; a contract that contradicts the model's signature is a mistake. */
function columnTypes(
  { columns, signature }: FeatureRequest,
  mistakes: MappingMistake[],
): Map<string, ColumnType | null> {
  const types = new Map<string, ColumnType | null>();
  for (const { name, type } of columns) {
    const declared = signature?.find((entry) => matchName(entry.name, [name]) !== null)?.type ?? null;
    types.set(name, type ?? declared);
    if (type === null || declared === null || isText(type) === isText(declared)) continue;
    mistakes.push({
      tensor: null,
      column: name,
      message: `the column "${name}" is ${type} in the job and ${declared} in the model's signature`,
      hint: `leave out "type" to use that of the signature`,
    });
  }
  return types;
}

function isText(type: ColumnType): boolean {
  return type === 'string';
}

/** Checks for mappings and constants of inputs that the model does not have. */
function checkNames({ inputs, mappings, constants }: FeatureRequest, mistakes: MappingMistake[]): void {
  const names = inputs.map(({ name }) => name);
  for (const [key, entries] of [
    ['model.inputs', mappings],
    ['model.constants', constants],
  ] as const) {
    for (const { input } of entries) {
      if (names.includes(input)) continue;
      const near = nearestName(input, names);
      mistakes.push({
        tensor: input,
        column: null,
        message: `"${key}" names "${input}", which is not an input of the model${near === null ? '' : `, did you mean "${near}"`}`,
        hint: `the model's inputs are ${names.map((name) => `"${name}"`).join(', ')}`,
      });
    }
  }
  for (const input of inputs) {
    if (isOpenInput(input) || constants.some((constant) => constant.input === input.name)) continue;
    mistakes.push({
      tensor: input.name,
      column: null,
      message: `the input "${input.name}" of the model is a single value, so no column can feed it`,
      hint: `give it under "model.constants": { ${JSON.stringify(input.name)}: value }`,
    });
  }
}
