import type { ColumnType } from '../chunk/column.js';
import { doubtfulAxisMistake, hasSingleAxis } from './feature-axis.js';
import { type FeatureInput, inputShape, shapeText } from './feature-input.js';
import type { ContractColumn, FeatureMapping, Planning, Source } from './feature-request.js';
import { freeNames } from './free-names.js';
import { matchName, nearestName } from './match-name.js';

/** Returns an input's columns: the job's, else the one with its name, else those the model stores. */
export function sourcesOf(
  state: Planning,
  input: FeatureInput,
  mapping: FeatureMapping | undefined,
): readonly Source[] | null {
  if (mapping !== undefined) return mapping.columns;
  const names = state.request.columns.map(({ name }) => name);
  const plain = (column: string): Source => ({ column, oneHot: false });
  const shape = inputShape(input);
  const same = matchName(input.name, names);
  if (shape.width === 1 && input.featureNames === null) {
    if (same !== null) return [plain(same)];
    if (!hasSingleAxis(input)) return missingColumn(state, input);
    state.mistakes.push(doubtfulAxisMistake(input));
    return null;
  }
  if (same !== null && isListColumn(state.types.get(same) ?? null)) return [plain(same)];
  if (input.featureNames !== null) {
    const found = input.featureNames.map((name) => matchName(name, names));
    for (const [i, column] of found.entries()) {
      if (column === null) missingColumn(state, input, input.featureNames[i]!);
    }
    return found.includes(null) ? null : found.map((column) => plain(column!));
  }
  const width = shape.width === null ? 'any number of columns' : counted(shape.width, 'column');
  state.mistakes.push({
    tensor: input.name,
    column: null,
    message:
      shape.rank > 2
        ? `the input "${input.name}" of the model has ${shape.rank} axes (${shapeText(input)}), which a row of a table cannot fill`
        : `the input "${input.name}" of the model takes a matrix of ${width} but does not name them`,
    hint:
      shape.rank > 2
        ? 'export the model with a matrix as its input, or feed a list<float32> column of that many items under "model.inputs"'
        : `list them in training order under "model.inputs": { ${JSON.stringify(input.name)}: [${suggested(names, state.request.file)}, ...] }`,
  });
  return null;
}

/** Lists the first existing columns, in JSON where they need quotes. */
function suggested(names: readonly string[], file: readonly string[]): string {
  const first = (names.length > 0 ? names : file).slice(0, 3);
  return first.map((name) => (/^\w+$/.test(name) ? name : JSON.stringify(name))).join(', ') || 'column';
}

function missingColumn(state: Planning, input: FeatureInput, feature: string | null = null): null {
  const wanted = feature ?? input.name;
  const near = nearestName(wanted, freeNames(state.request));
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

/** Returns the contract's column that the job means; null after recording that there is none. */
export function findColumn(state: Planning, name: string, input: string): ContractColumn | null {
  const { columns } = state.request;
  const exact = columns.find((column) => column.name === name);
  if (exact !== undefined) return exact;
  const found = matchName(
    name,
    columns.map((column) => column.name),
  );
  if (found !== null) return columns.find((column) => column.name === found)!;
  const near = nearestName(name, freeNames(state.request));
  state.mistakes.push({
    tensor: input,
    column: name,
    message: `"model.inputs" feeds "${input}" from the column "${name}", which is not under "columns"${near === null ? '' : `, did you mean "${near}"`}`,
    hint: `add "${name}" under "columns"`,
  });
  return null;
}

/** Returns true if one column fills the whole input as a vector. */
export function takesList(state: Planning, input: FeatureInput, column: string, packed: boolean): boolean {
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

/** Formats a count with its word: `one value`, `3 values`. */
export function counted(count: number, word: string): string {
  return count === 1 ? `one ${word}` : `${count} ${word}s`;
}
