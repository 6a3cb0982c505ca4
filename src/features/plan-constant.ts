import type { TensorData, TensorType } from '../chunk/tensor.js';
import { toFloat16 } from '../text/float16.js';
import { type FeatureInput, inputShape, shapeText } from './feature-input.js';
import type { TensorPlan } from './feature-plan.js';
import type { MappingMistake } from './mapping-error.js';

type Scalar = string | number | bigint | boolean;

type Nested = Scalar | readonly Nested[];

/** The job's value for an input that no column feeds. */
export interface FeatureConstant {
  readonly input: string;
  readonly value: Scalar | readonly Nested[];
}

/** A whole tensor, or values repeated in every row. */
type PlannedConstant =
  | { readonly kind: 'tensor'; readonly tensor: TensorData }
  | { readonly kind: 'rows'; readonly plan: TensorPlan };

/**
 * Returns the tensor of a constant: unchanged if the input's shape is fixed or is a plain list, repeated in
 * every row if the input has an open axis of rows; null after recording why the value does not fit.
 */
export function planConstant(
  input: FeatureInput,
  { value }: FeatureConstant,
  mistakes: MappingMistake[],
): PlannedConstant | null {
  const mistake = (message: string): null => {
    mistakes.push({
      tensor: input.name,
      column: null,
      message,
      hint: `the input takes ${input.type} ${shapeText(input)}, row by row in one list`,
    });
    return null;
  };
  const shape = shapeOf(value);
  if (shape === null)
    return mistake(`"model.constants.${input.name}" must have lists of equal length at each depth`);
  const values: readonly Scalar[] = Array.isArray(value) ? value.flat(shape.length) : [value as Scalar];
  const wrong = values.find((item) => !fits(item, input.type));
  if (wrong !== undefined) {
    return mistake(
      `"model.constants.${input.name}" must be ${input.type}, found ${JSON.stringify(String(wrong))}`,
    );
  }
  const dims = input.dims ?? shape;
  if (shape.length > 1) {
    const fitsAxes =
      dims.length === shape.length &&
      dims.every((dim, axis) => typeof dim !== 'number' || dim === shape[axis]);
    if (!fitsAxes)
      return mistake(
        `"model.constants.${input.name}" must have the shape ${shapeText(input)}, found [${shape.join(', ')}]`,
      );
    const isOneRow = typeof dims[0] !== 'number' && shape[0] === 1;
    if (!isOneRow) return { kind: 'tensor', tensor: tensorOf(input.type, shape, values) };
  }
  const stated = dims.every((dim) => typeof dim === 'number');
  const size = dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  if (stated) {
    if (values.length !== size && values.length !== 1) {
      return mistake(`"model.constants.${input.name}" must have ${size} values, found ${values.length}`);
    }
    const full = values.length === size ? values : Array.from({ length: size }, () => values[0]!);
    return { kind: 'tensor', tensor: tensorOf(input.type, dims as number[], full) };
  }
  if (dims.length === 1 && Array.isArray(value)) {
    return { kind: 'tensor', tensor: tensorOf(input.type, [values.length], values) };
  }
  const rows = inputShape(input);
  if (
    typeof dims[0] === 'number' ||
    (rows.width !== null && values.length !== rows.width && values.length !== 1)
  ) {
    return mistake(
      `"model.constants.${input.name}" must have ${rows.width ?? 'its'} values per row, found ${values.length}`,
    );
  }
  const width = rows.width ?? values.length;
  const row = values.length === width ? values : Array.from({ length: width }, () => values[0]!);
  const plain = row.map((item) => (typeof item === 'string' ? item : Number(item)));
  return {
    kind: 'rows',
    plan: {
      input: input.name,
      type: input.type,
      tail: rows.tail(width),
      width,
      parts: [{ kind: 'fill', at: 0, values: plain }],
    },
  };
}

/** Returns the lengths of nested lists, outermost first; null if they differ at one depth or are mixed. */
function shapeOf(value: Nested): number[] | null {
  if (!Array.isArray(value)) return [];
  const inner = (value as readonly Nested[]).map(shapeOf);
  const [first = []] = inner;
  if (first === null || inner.some((one) => one?.join() !== first.join())) return null;
  return [value.length, ...first];
}

function fits(value: Scalar, type: TensorType): boolean {
  if (type === 'string') return typeof value === 'string';
  if (type === 'bool') return typeof value === 'boolean' || value === 0 || value === 1;
  if (typeof value !== 'number' && typeof value !== 'bigint') return false;
  return type.startsWith('float') || typeof value === 'bigint' || Number.isInteger(value);
}

/** Returns a tensor of `type` with the plain values, in the shape `dims`. */
export function tensorOf(type: TensorType, dims: readonly number[], values: readonly Scalar[]): TensorData {
  const numbers = (): number[] => values.map(Number);
  const wholes = (): bigint[] => values.map((value) => BigInt(value));
  switch (type) {
    case 'string':
      return { type, dims, data: values.map(String) };
    case 'float32':
      return { type, dims, data: Float32Array.from(numbers()) };
    case 'float64':
      return { type, dims, data: Float64Array.from(numbers()) };
    case 'float16':
      return { type, dims, data: Uint16Array.from(numbers(), toFloat16) };
    case 'int64':
      return { type, dims, data: BigInt64Array.from(wholes()) };
    case 'uint64':
      return { type, dims, data: BigUint64Array.from(wholes()) };
    case 'int32':
      return { type, dims, data: Int32Array.from(numbers()) };
    case 'int16':
      return { type, dims, data: Int16Array.from(numbers()) };
    case 'int8':
      return { type, dims, data: Int8Array.from(numbers()) };
    case 'uint32':
      return { type, dims, data: Uint32Array.from(numbers()) };
    case 'uint16':
      return { type, dims, data: Uint16Array.from(numbers()) };
    case 'uint8':
    case 'bool':
      return { type, dims, data: Uint8Array.from(numbers()) };
  }
}
