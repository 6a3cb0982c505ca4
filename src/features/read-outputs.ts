import type { Column, DictionaryColumn } from '../chunk/column.js';
import type { Fetches, TensorData, TensorType } from '../chunk/tensor.js';
import { fromFloat16 } from '../text/float16.js';
import { checkScores } from './check-scores.js';
import { decide, settleScore } from './decide.js';
import type { OutputColumn, OutputPlan, ScoreProblem } from './output-plan.js';

/**
 * The scored columns in plan order, and invalid values. Columns may be views of the scorer's memory, valid
 * until its next call.
 */
interface ReadScores {
  readonly columns: ReadonlyMap<string, Column>;
  readonly problems: readonly ScoreProblem[];
}

/**
 * Extracts and checks the planned columns of the model's answers: one or two passes per column, no allocation
 * per row.
 */
export function readOutputs(plan: OutputPlan, fetches: Fetches, rows: number): ReadScores {
  const columns = new Map<string, Column>();
  const problems: ScoreProblem[] = [];
  for (const output of plan.columns) {
    const { decisions } = output;
    const read = readColumn(output, fetches[output.from]!, rows);
    const isScore = read.type === 'float32' || read.type === 'float64';
    const column = decisions !== null && isScore ? settleScore(decisions, read) : read;
    columns.set(output.name, column);
    checkScores(output, column, problems);
    if (decisions === null || (column.type !== 'float32' && column.type !== 'float64')) continue;
    for (const [name, decided] of decide(output, decisions, column, problems)) columns.set(name, decided);
  }
  return { columns, problems };
}

function floatType(type: TensorType): 'float32' | 'float64' {
  return type === 'float64' ? 'float64' : 'float32';
}

type Numbers = Exclude<TensorData['data'], readonly string[]>;

function readColumn(output: OutputColumn, tensor: TensorData, rows: number): Column {
  const { index } = output;
  // A calibrated score is read in the model's own type.
  const type = output.decisions === null ? output.type : floatType(tensor.type);
  const length = rows;
  if (tensor.data.length === 0) return noAnswers(output, rows);
  const width = tensor.data.length / rows;
  if (index === null) return readVectors(tensor, rows, width);
  if (type === 'string') return readTexts(output, tensor, rows, width, index);
  const data = tensor.data as Numbers;
  switch (type) {
    case 'float32':
      if (tensor.type === 'float16')
        return { type, length, values: halves(data, rows, width, index), validity: null };
      return {
        type,
        length,
        values: pick(data as Float32Array, Float32Array, rows, width, index),
        validity: null,
      };
    case 'float64':
      return {
        type,
        length,
        values: pick(data as Float64Array, Float64Array, rows, width, index),
        validity: null,
      };
    case 'int64':
      return { type, length, values: longs(tensor.type, data, rows, width, index), validity: null };
    case 'int32':
      return {
        type,
        length,
        values: pick(data as Int32Array, Int32Array, rows, width, index),
        validity: null,
      };
    case 'boolean':
      return {
        type,
        length,
        values: pick(data as Uint8Array, Uint8Array, rows, width, index),
        validity: null,
      };
    default:
      throw new TypeError(`an output cannot become a column of ${type}`);
  }
}

/**
 * Returns the column if the model failed on every row, so its width is unknown: NaN, 0, empty list or text.
 */
function noAnswers({ type }: OutputColumn, length: number): Column {
  switch (type) {
    case 'float32':
      return { type, length, values: new Float32Array(length).fill(Number.NaN), validity: null };
    case 'float64':
      return { type, length, values: new Float64Array(length).fill(Number.NaN), validity: null };
    case 'int64':
      return { type, length, values: new BigInt64Array(length), validity: null };
    case 'boolean':
      return { type, length, values: new Uint8Array(length), validity: null };
    case 'string': {
      const validity = new Uint8Array((length + 7) >> 3);
      return {
        type,
        layout: 'dictionary',
        length,
        codes: new Int32Array(length).fill(-1),
        dictionary: [],
        validity,
      };
    }
    case 'list<float32>':
      return {
        type,
        length,
        offsets: new Int32Array(length + 1),
        items: new Float32Array(0),
        validity: null,
      };
    default:
      return { type: 'int32', length, values: new Int32Array(length), validity: null };
  }
}

type Plain = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Returns every `width`th number from `index` on; the array itself if that changes nothing. */
function pick<T extends Plain>(
  data: Plain,
  type: { new (size: number): T },
  rows: number,
  width: number,
  index: number,
): T {
  if (width === 1 && data instanceof type) return data.subarray(0, rows) as T;
  const values = new type(rows);
  for (let row = 0, i = index; row < rows; row++, i += width) values[row] = data[i]!;
  return values;
}

function halves(data: Numbers, rows: number, width: number, index: number): Float32Array {
  const values = new Float32Array(rows);
  for (let row = 0, i = index; row < rows; row++, i += width)
    values[row] = fromFloat16((data as Uint16Array)[i]!);
  return values;
}

function longs(type: TensorType, data: Numbers, rows: number, width: number, index: number): BigInt64Array {
  if (data instanceof BigInt64Array && width === 1) return data.subarray(0, rows);
  const values = new BigInt64Array(rows);
  if (type === 'uint32') {
    for (let row = 0, i = index; row < rows; row++, i += width)
      values[row] = BigInt((data as Uint32Array)[i]!);
  } else {
    // Signed and unsigned 64-bit values are copied bit by bit; an unsigned one above 2^63 becomes negative.
    const from = data as BigInt64Array;
    for (let row = 0, i = index; row < rows; row++, i += width) values[row] = from[i]!;
  }
  return values;
}

function readVectors(tensor: TensorData, rows: number, width: number): Column {
  const items =
    tensor.type === 'float32'
      ? (tensor.data as Float32Array)
      : Float32Array.from(tensor.data as Uint16Array, fromFloat16);
  const offsets = new Int32Array(rows + 1);
  for (let row = 0; row <= rows; row++) offsets[row] = row * width;
  return { type: 'list<float32>', length: rows, offsets, items, validity: null };
}

/** Reads labels: codes through the dictionary, or texts collected into one. */
function readTexts(
  { codes: known }: OutputColumn,
  { data }: TensorData,
  rows: number,
  width: number,
  index: number,
): DictionaryColumn {
  const codes = new Int32Array(rows);
  if (known !== null) {
    // The low words of 64-bit codes: no BigInt per row.
    const wide = data as BigInt64Array;
    const words = new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2);
    for (let row = 0, i = index * 2; row < rows; row++, i += width * 2) codes[row] = words[i]!;
    return { type: 'string', layout: 'dictionary', length: rows, codes, dictionary: known, validity: null };
  }
  const texts = data as readonly string[];
  const codeOf = new Map<string, number>();
  const dictionary: string[] = [];
  let last = '';
  let code = -1;
  for (let row = 0, i = index; row < rows; row++, i += width) {
    const text = texts[i]!;
    if (code === -1 || text !== last) {
      code = codeOf.get(text) ?? dictionary.length;
      if (code === dictionary.length) {
        codeOf.set(text, code);
        dictionary.push(text);
      }
      last = text;
    }
    codes[row] = code;
  }
  return { type: 'string', layout: 'dictionary', length: rows, codes, dictionary, validity: null };
}
