import type { ColumnType } from '../chunk/column.js';
import type { TensorType } from '../chunk/tensor.js';
import { type FeatureInput, inputShape, isOpenInput, shapeText } from './feature-input.js';
import type { FeatureColumn, FeaturePart, FeaturePlan, TensorPlan } from './feature-plan.js';
import { columnNeed, holdsMissing, joinNeeds, refusedType } from './fit-column.js';
import { MappingError, type MappingMistake } from './mapping-error.js';
import { matchName, nearestName } from './match-name.js';
import { type FeatureConstant, planConstant } from './plan-constant.js';

export type { FeaturePlan } from './feature-plan.js';

/** The job's word on one input: one column, or a matrix of them in order. */
export interface FeatureMapping {
  readonly input: string;
  readonly columns: readonly { readonly column: string; readonly oneHot: boolean }[];
  /** Whether it was written as a list: a matrix, even of one column. */
  readonly packed: boolean;
}

/** A column of the contract, as far as features care. */
export interface ContractColumn {
  readonly name: string;
  /** Null: to be inferred. */
  readonly type: ColumnType | null;
  /** Known values in the order of their places; null where the contract lists none. */
  readonly categories: readonly string[] | null;
}

export interface FeatureRequest {
  readonly inputs: readonly FeatureInput[];
  readonly mappings: readonly FeatureMapping[];
  readonly constants: readonly FeatureConstant[];
  readonly columns: readonly ContractColumn[];
  /** Columns that the model's own signature declares (MLflow), or null. */
  readonly signature: readonly { readonly name: string; readonly type: ColumnType }[] | null;
}

/**
 * Decides once which columns feed which inputs: as the job says, else by name, and a matrix by the names that the model itself keeps. Throws one `MappingError`
 * with everything that does not fit: inputs without column, guesses, types that would lose what the data says.
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
          message: `the inputs "${fixed.input}" and "${input.name}" of the model take batches of ${fixed.rows} and of ${rows} rows`,
          hint: 'give the one that is no column under "model.constants", or export both with a dynamic batch axis',
        });
      }
      fixed ??= { input: input.name, rows };
    }
    const tensor = planTensor(state, input);
    if (tensor !== null) tensors.push(tensor);
  }
  if (mistakes.length === 0 && state.needs.size === 0) {
    mistakes.push({
      tensor: null,
      column: null,
      message: 'the model has no input that a column feeds',
      hint: 'export it with an input of one row per row of the table',
    });
  }
  if (mistakes.length > 0) throw new MappingError('inputs and the columns', mistakes);
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

interface Planning {
  readonly request: FeatureRequest;
  readonly mistakes: MappingMistake[];
  readonly needs: Map<string, FeatureColumn>;
  /** Types that the contract or the signature gives. */
  readonly types: ReadonlyMap<string, ColumnType | null>;
}

interface Source {
  readonly column: string;
  readonly oneHot: boolean;
}

/** The tensor for one input; null after noting what is wrong with it. */
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
    if (part === null) continue;
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
  const type = first?.kind === 'code' ? 'int64' : input.type;
  return { input: input.name, type, tail: shape.tail(width), width, parts };
}

/** The columns of an input: the job's, else the one of its name, else the names that the model keeps for a matrix. */
function sourcesOf(
  state: Planning,
  input: FeatureInput,
  mapping: FeatureMapping | undefined,
): readonly Source[] | null {
  if (mapping !== undefined) return mapping.columns;
  const names = state.request.columns.map(({ name }) => name);
  const plain = (column: string): Source => ({ column, oneHot: false });
  const shape = inputShape(input);
  const same = matchName(input.name, names);
  if (shape.width === 1) return same === null ? missingColumn(state, input, names) : [plain(same)];
  if (same !== null && isListColumn(state.types.get(same) ?? null)) return [plain(same)];
  if (input.featureNames !== null) {
    const found = input.featureNames.map((name) => matchName(name, names));
    for (const [i, column] of found.entries()) {
      if (column === null) missingColumn(state, input, names, input.featureNames[i]!);
    }
    return found.includes(null) ? null : found.map((column) => plain(column!));
  }
  const width = shape.width === null ? 'as many columns as it is given' : counted(shape.width, 'column');
  state.mistakes.push({
    tensor: input.name,
    column: null,
    message:
      shape.rank > 2
        ? `the input "${input.name}" of the model has ${shape.rank} axes (${shapeText(input)}), which no row of a table holds`
        : `the input "${input.name}" of the model takes a matrix of ${width}, and nothing says which, in what order`,
    hint:
      shape.rank > 2
        ? 'export the model with a matrix as its input, or feed a list<float32> column of as many items under "model.inputs"'
        : `list them in the order of training under "model.inputs": { ${JSON.stringify(input.name)}: [${names.slice(0, 3).join(', ')}, ...] }`,
  });
  return null;
}

function missingColumn(
  state: Planning,
  input: FeatureInput,
  names: readonly string[],
  feature: string | null = null,
): null {
  const wanted = feature ?? input.name;
  const near = nearestName(wanted, names);
  const subject =
    feature === null
      ? `the input "${input.name}" of the model has no column`
      : `the feature "${feature}" of the model's input "${input.name}" has no column`;
  state.mistakes.push({
    tensor: input.name,
    column: null,
    message: near === null ? subject : `${subject}, did you mean "${near}"`,
    hint:
      feature === null
        ? `add "${wanted}" under "columns", or name its column under "model.inputs": { ${JSON.stringify(input.name)}: ${near ?? 'column'} }`
        : `add "${wanted}" under "columns", or list the columns in order under "model.inputs"`,
  });
  return null;
}

function findColumn(state: Planning, name: string, input: string): ContractColumn | null {
  const { columns } = state.request;
  const names = columns.map((column) => column.name);
  const found = matchName(name, names);
  if (found !== null) return columns.find((column) => column.name === found)!;
  const near = nearestName(name, names);
  state.mistakes.push({
    tensor: input,
    column: name,
    message: `"model.inputs" feeds "${input}" from the column "${name}", which is not under "columns"${near === null ? '' : `, did you mean "${near}"`}`,
    hint: `add "${name}" under "columns"`,
  });
  return null;
}

interface Slot {
  readonly at: number;
  /** Which of the input's columns it is. */
  readonly k: number;
  readonly isList: boolean;
  readonly packed: boolean;
}

/** What fills the places from `at` on; null after noting why the column cannot. */
function planPart(
  state: Planning,
  input: FeatureInput,
  contract: ContractColumn,
  source: Source,
  { at, k, isList, packed }: Slot,
): FeaturePart | null {
  const column = contract.name;
  const known = state.types.get(column) ?? null;
  const type = known ?? inferType(input.type, isList, source.oneHot || contract.categories !== null);
  const shape = inputShape(input);
  const mistake = (message: string, hint: string): null => {
    state.mistakes.push({ tensor: input.name, column, message, hint });
    return null;
  };
  const need = (more: Partial<FeatureColumn>): void => {
    const before = state.needs.get(column);
    const now = columnNeed(column, type, more);
    state.needs.set(column, before === undefined ? now : joinNeeds(before, now));
  };
  if (isList) {
    if (type !== 'list<float32>' || shape.width === null || !floats.has(input.type)) {
      return mistake(
        `the column "${column}" of ${type} cannot feed the input "${input.name}" of the model, ${shapeText(input)} of ${input.type}`,
        'a list<float32> column feeds a float input whose width the model states',
      );
    }
    need({ items: shape.width });
    return { kind: 'list', column, at, width: shape.width };
  }
  if (type === 'string' && input.type !== 'string') {
    if (contract.categories === null) {
      return mistake(
        `the column "${column}" of strings feeds numbers to the input "${input.name}" of the model, and has no "categories"`,
        `list them under "columns.${column}.categories" in the order of training: a string goes in as its place in them`,
      );
    }
    if (source.oneHot) {
      need({});
      return { kind: 'one-hot', column, at, categories: contract.categories };
    }
    if (!packed) {
      return mistake(
        `the column "${column}" is of strings, and the input "${input.name}" of the model takes ${input.type}`,
        `write { ${JSON.stringify(input.name)}: [${column}] } under "model.inputs" to feed a string's place in "categories"`,
      );
    }
    need({ cannotBeMissing: !floats.has(input.type) });
    return { kind: 'place', column, at, categories: contract.categories };
  }
  if (source.oneHot) {
    return mistake(
      `"one_hot" needs a column of strings, and "${column}" is ${type}`,
      `declare its "type" as string and list its "categories"`,
    );
  }
  const refused = refusedType(type, input.type);
  if (refused !== null) {
    return mistake(
      `the column "${column}" of ${type} cannot feed the input "${input.name}" of the model, which takes ${input.type}`,
      refused,
    );
  }
  if (input.type !== 'string') {
    need({ cannotBeMissing: !holdsMissing(input.type), ...columnRange(type, input.type) });
    return { kind: 'value', column, at };
  }
  const use = input.uses === null ? null : (input.uses[k] ?? null);
  const knowsEmpty = use === null ? input.knowsEmpty : use.categories.includes('');
  const categories =
    use === null || use.unknown === null ? null : use.categories.filter((text) => text !== '');
  need({ cannotBeMissing: !knowsEmpty, categories, unknownFails: use?.unknown === 'error' });
  if (input.codes === null) return { kind: 'text', column, at };
  const { dictionary, unknown, weights } = input.codes;
  if (weights !== null) return { kind: 'weight', column, at, dictionary, ...weights };
  const empty = dictionary.indexOf('');
  return { kind: 'code', column, at, dictionary, unknown, missing: empty === -1 ? unknown : empty };
}

const floats: ReadonlySet<TensorType> = new Set<TensorType>(['float32', 'float64', 'float16']);

function partWidth(part: FeaturePart, width: number | null): number {
  if (part.kind === 'one-hot') return part.categories.length;
  if (part.kind === 'list') return width!;
  return part.kind === 'fill' ? part.values.length : 1;
}

function columnRange(type: ColumnType, tensor: TensorType): Pick<FeatureColumn, 'holds'> | object {
  const range = integerRanges[tensor];
  const isWhole = type === 'int32' || type === 'int64' || type === 'date' || type === 'timestamp';
  if (range === undefined || !isWhole) return {};
  return type !== 'int64' && range.low <= -(2 ** 31) && range.high >= 2 ** 31 - 1 ? {} : { holds: range };
}

const integerRanges: Partial<Record<TensorType, { low: number; high: number }>> = {
  int8: { low: -128, high: 127 },
  uint8: { low: 0, high: 255 },
  int16: { low: -32768, high: 32767 },
  uint16: { low: 0, high: 65535 },
  int32: { low: -(2 ** 31), high: 2 ** 31 - 1 },
  uint32: { low: 0, high: 2 ** 32 - 1 },
  uint64: { low: 0, high: Number.POSITIVE_INFINITY },
};

/** Whether one column is to fill the whole input as a vector. */
function takesList(state: Planning, input: FeatureInput, column: string, packed: boolean): boolean {
  const name =
    matchName(
      column,
      state.request.columns.map((candidate) => candidate.name),
    ) ?? column;
  const type = state.types.get(name) ?? null;
  if (isListColumn(type)) return true;
  const { width, rank } = inputShape(input);
  return type === null && !packed && width !== 1 && rank >= 2 && input.type !== 'string';
}

function isListColumn(type: ColumnType | null): boolean {
  return type === 'list<float32>';
}

function inferType(tensor: TensorType, isList: boolean, isText: boolean): ColumnType {
  if (isList) return 'list<float32>';
  if (isText) return 'string';
  if (tensor === 'float64' || tensor === 'string' || tensor === 'int64') return tensor;
  if (tensor === 'bool') return 'boolean';
  if (floats.has(tensor)) return 'float32';
  return tensor === 'uint32' || tensor === 'uint64' ? 'int64' : 'int32';
}

/** The type of each column that anybody states; a contract that contradicts the model's signature is a mistake. */
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
      hint: `leave "type" out, and the signature's is taken`,
    });
  }
  return types;
}

function isText(type: ColumnType): boolean {
  return type === 'string';
}

/** Mappings and constants for inputs that the model does not have. */
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
        message: `"${key}" names "${input}", which is no input of the model${near === null ? '' : `, did you mean "${near}"`}`,
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

function counted(count: number, word: string): string {
  return count === 1 ? `one ${word}` : `${count} ${word}s`;
}
