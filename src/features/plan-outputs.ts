import type { OutputField } from '../chunk/batch.js';
import type { ColumnType } from '../chunk/column.js';
import type { Decisions } from '../chunk/decisions.js';
import type { TensorType } from '../chunk/tensor.js';
import { decisionFields } from './decide.js';
import { MappingError, type MappingMistake } from './mapping-error.js';
import { nearestName } from './match-name.js';
import type { OutputColumn, OutputPlan } from './output-plan.js';

/** An output of a model, as far as columns need it. */
export interface ScoreOutput {
  readonly name: string;
  readonly alias: string | null;
  readonly type: TensorType;
  readonly dims: readonly (number | string | null)[] | null;
  readonly classLabels: readonly string[] | null;
  readonly codes: readonly string[] | null;
  readonly refused: string | null;
  readonly onRequest?: boolean;
}

/** The job's definition of one column of the scored file. */
interface OutputMapping {
  readonly column: string;
  readonly from: string;
  readonly class: string | number | null;
  readonly range: { readonly low: number | bigint | null; readonly high: number | bigint | null } | null;
  readonly decisions?: Decisions;
}

/**
 * Decides which outputs become which columns: as the job says, else all of them, class probabilities as one
 * column per class named `probability_<label>`, vectors as lists. `taken` are names that the scored file has
 * already. Throws one `MappingError` with every mismatch.
 */
export function planOutputs(
  outputs: readonly ScoreOutput[],
  mappings: readonly OutputMapping[],
  taken: readonly string[] = [],
): OutputPlan {
  const mistakes: MappingMistake[] = [];
  const columns =
    mappings.length === 0
      ? outputs
          .filter(({ onRequest }) => onRequest !== true)
          .flatMap((output) => defaultColumns(output, outputs, mistakes))
      : mappings.flatMap((mapping) => mappedColumn(mapping, outputs, mistakes) ?? []);
  const fields = columns.flatMap(fieldsOf);
  const names = new Set(taken);
  for (const { name, from } of columns.flatMap((one) =>
    fieldsOf(one).map(({ name }) => ({ name, from: one.from })),
  )) {
    if (names.has(name)) {
      const message = `the column "${name}" from the output "${from}" is already in the scored file`;
      mistakes.push({
        tensor: from,
        column: name,
        message,
        hint: 'give it another name under "model.outputs"',
      });
    }
    names.add(name);
  }
  if (mistakes.length > 0) throw new MappingError(mistakes);
  const fetched = new Map<string, TensorType>();
  for (const { from } of columns) {
    const output = outputs.find(({ name }) => name === from)!;
    fetched.set(from, output.codes === null ? output.type : 'int64');
  }
  return {
    fetched: [...fetched].map(([name, type]) => ({ name, type })),
    columns,
    fields,
  };
}

/** Returns the score's own field, and those of its decisions. */
function fieldsOf({ name, type, decisions }: OutputColumn): readonly OutputField[] {
  const own = { name, type, dictionary: type === 'string' || type === 'boolean' };
  return decisions === null ? [own] : [own, ...decisionFields(name, decisions)];
}

function defaultColumns(
  output: ScoreOutput,
  outputs: readonly ScoreOutput[],
  mistakes: MappingMistake[],
): OutputColumn[] {
  if (isRefused(output, outputs, mistakes)) return [];
  const width = widthOf(output);
  const labels = output.classLabels;
  if (labels !== null && width === labels.length) {
    // The names of the outputs distinguish two classifiers in one graph.
    const others = outputs.filter(({ classLabels }) => classLabels !== null);
    const stem = others.length === 1 ? 'probability' : output.name;
    return labels.map((label, index) => column(output, `${stem}_${label}`, index, label, null));
  }
  if (width === 1) return [column(output, output.name, 0, null, null)];
  if (fitsList(output)) return [column(output, output.name, null, null, null)];
  // A list of float32 would lose digits: one column per element keeps the type.
  if (width !== null && width <= widest) {
    return Array.from({ length: width }, (_, index) =>
      column(output, `${output.name}_${index}`, index, null, null),
    );
  }
  mistakes.push(noList(output, output.name));
  return [];
}

const widest = 1000;

/** Returns true if a whole row of the output fits a list<float32> without loss. */
function fitsList({ type }: ScoreOutput): boolean {
  return type === 'float32' || type === 'float16';
}

function noList({ name, type }: ScoreOutput, columnName: string): MappingMistake {
  return {
    tensor: name,
    column: columnName,
    message: `the output "${name}" of the model has several values of ${type} per row, but a list column holds only float32`,
    hint: `take its elements one by one under "model.outputs": { column: { from: ${JSON.stringify(name)}, class: 0 } }`,
  };
}

function mappedColumn(
  mapping: OutputMapping,
  outputs: readonly ScoreOutput[],
  mistakes: MappingMistake[],
): OutputColumn | null {
  const output =
    outputs.find(({ name }) => name === mapping.from) ?? outputs.find(({ alias }) => alias === mapping.from);
  const mistake = (message: string, hint: string): null => {
    mistakes.push({ tensor: mapping.from, column: mapping.column, message, hint });
    return null;
  };
  if (output === undefined) {
    const names = outputs.map(({ name }) => name);
    const near = nearestName(mapping.from, names);
    return mistake(
      `"model.outputs.${mapping.column}" is from "${mapping.from}", which is not an output of the model${near === null ? '' : `, did you mean "${near}"`}`,
      `the model's outputs are ${names.map((name) => `"${name}"`).join(', ')}`,
    );
  }
  if (isRefused(output, outputs, mistakes)) return null;
  const range =
    mapping.range === null
      ? null
      : { low: plainBound(mapping.range.low), high: plainBound(mapping.range.high) };
  const width = widthOf(output);
  const decisions = mapping.decisions ?? null;
  if (decisions !== null && !(decides(output) && (mapping.class !== null || width === 1)))
    return mistake(
      `"model.outputs.${mapping.column}" decides by a score, and the output "${output.name}" has ${width === 1 || mapping.class !== null ? `values of ${output.type}` : 'several values per row'}`,
      decides(output)
        ? 'choose one with "class"'
        : 'remove "calibration", "round", "threshold" and "bands"; only floating-point scores have them',
    );
  if (mapping.class === null) {
    if (width === 1) return column(output, mapping.column, 0, null, range, decisions);
    if (fitsList(output)) return column(output, mapping.column, null, null, range);
    mistakes.push(noList(output, mapping.column));
    return null;
  }
  const labels = output.classLabels;
  const index = classIndex(mapping.class, labels, width);
  if (index === null) {
    const known =
      labels === null ? (width === null ? 'of unknown number' : `0 to ${width - 1}`) : labels.join(', ');
    return mistake(
      `"model.outputs.${mapping.column}" asks the output "${output.name}" for the class ${JSON.stringify(mapping.class)}, which it does not have`,
      `its classes are ${known.length > 200 ? `${known.slice(0, 200)} ...` : known}`,
    );
  }
  return column(output, mapping.column, index, labels?.[index] ?? null, range, decisions);
}

/** Returns a class's index by its label, else by its number unless labels are whole numbers. */
function classIndex(
  wanted: string | number,
  labels: readonly string[] | null,
  width: number | null,
): number | null {
  const byLabel = labels?.indexOf(String(wanted)) ?? -1;
  if (byLabel !== -1) return byLabel;
  const isIndex = typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= 0;
  if (!isIndex || labels?.some((label) => /^-?\d+$/.test(label)) === true) return null;
  return width === null || wanted < width ? wanted : null;
}

/** Returns true if decisions can be made from an output: its values are floating-point numbers. */
function decides({ type }: ScoreOutput): boolean {
  return columnTypes[type] === 'float32' || columnTypes[type] === 'float64';
}

function isRefused(
  output: ScoreOutput,
  outputs: readonly ScoreOutput[],
  mistakes: MappingMistake[],
): boolean {
  if (output.refused === null) return false;
  const others = outputs.filter(({ refused }) => refused === null).map(({ name }) => name);
  mistakes.push({
    tensor: output.name,
    column: null,
    message: `the output "${output.name}" of the model ${output.refused}`,
    hint:
      others.length === 0
        ? 'export the model with an output tensor that has one row per input row'
        : `select other outputs under "model.outputs": ${others.map((name) => `"${name}"`).join(', ')}`,
  });
  return true;
}

function column(
  output: ScoreOutput,
  name: string,
  index: number | null,
  label: string | null,
  range: OutputColumn['range'],
  decisions: Decisions | null = null,
): OutputColumn {
  const own = index === null ? 'list<float32>' : columnTypes[output.type];
  const type = decisions?.calibration == null ? own : 'float64';
  const { codes } = output;
  return { name, from: output.name, type, index, width: widthOf(output), label, codes, range, decisions };
}

/** Returns the values per row; null if the rank or the width is open. */
function widthOf({ dims }: ScoreOutput): number | null {
  if (dims === null) return null;
  const tail = dims.slice(1);
  return tail.every((dim) => typeof dim === 'number')
    ? tail.reduce<number>((product, dim) => product * (dim as number), 1)
    : null;
}

function plainBound(bound: number | bigint | null): number | null {
  return bound === null ? null : Number(bound);
}

const columnTypes: Readonly<Record<TensorType, ColumnType>> = {
  float32: 'float32',
  float64: 'float64',
  float16: 'float32',
  int64: 'int64',
  uint64: 'int64',
  uint32: 'int64',
  int32: 'int32',
  int16: 'int32',
  int8: 'int32',
  uint16: 'int32',
  uint8: 'int32',
  bool: 'boolean',
  string: 'string',
};
