import { decodeTexts, type TensorProto } from './onnx-messages.js';
import { elementTypes } from './onnx-schema.js';
import { attributeOf, type OnnxModel, toNumber } from './read-model.js';

/** Returns the whole numbers of a constant of at most `limit` items; null if it is not one, or is larger. */
export function constantInts(model: OnnxModel, name: string, limit: number): number[] | null {
  const tensor = constantTensor(model, name, limit);
  if (tensor === null) return null;
  return tensorInts(tensor);
}

/** Returns the texts of a constant of at most `limit` items; null if it is not one, or has other values. */
export function constantTexts(model: OnnxModel, name: string, limit: number): string[] | null {
  const tensor = constantTensor(model, name, limit);
  return tensor === null || elementTypes[tensor.data_type ?? 0] !== 'string'
    ? null
    : decodeTexts(tensor.string_data);
}

/** Returns a constant float matrix or vector with its dimensions; null for anything else. */
export function constantFloats(
  model: OnnxModel,
  name: string,
  limit: number,
): { readonly values: Float64Array; readonly dims: readonly number[] } | null {
  const tensor = constantTensor(model, name, limit);
  if (tensor === null || tensor.data_location === 1) return null;
  const type = elementTypes[tensor.data_type ?? 0];
  if (type !== 'float32' && type !== 'float64') return null;
  const raw = tensor.raw_data ?? new Uint8Array(0);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const size = type === 'float32' ? 4 : 8;
  const listed = (type === 'float32' ? tensor.float_data : tensor.double_data) ?? [];
  const values =
    raw.length === 0
      ? Float64Array.from(listed)
      : Float64Array.from({ length: Math.floor(raw.length / size) }, (_, i) =>
          size === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true),
        );
  return { values, dims: (tensor.dims ?? []).map(toNumber) };
}

/** Returns the numbers of an int32 or int64 tensor; null for another type, or data outside the file. */
function tensorInts(tensor: TensorProto): number[] | null {
  if (tensor.data_location === 1) return null;
  const type = elementTypes[tensor.data_type ?? 0];
  const raw = tensor.raw_data;
  if (type === 'int64') {
    if (raw === undefined || raw.length === 0) return (tensor.int64_data ?? []).map(toNumber);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    return Array.from({ length: raw.length >> 3 }, (_, i) => Number(view.getBigInt64(i * 8, true)));
  }
  if (type === 'int32') {
    if (raw === undefined || raw.length === 0) return tensor.int32_data ?? [];
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    return Array.from({ length: raw.length >> 2 }, (_, i) => view.getInt32(i * 4, true));
  }
  return null;
}

function constantTensor(model: OnnxModel, name: string, limit: number): TensorProto | null {
  const initializer = model.initializers.get(name);
  if (initializer !== undefined) {
    const size = initializer.dims.reduce((product, dim) => product * dim, 1);
    if (size > limit || initializer.location !== null) return null;
    return model.codec.decode('TensorProto', initializer.bytes);
  }
  const node = model.nodes.find(({ op, outputs }) => op === 'Constant' && outputs[0] === name);
  if (node === undefined) return null;
  const value = attributeOf(model, node, 'value')?.t;
  if (value !== undefined) return value;
  const ints = attributeOf(model, node, 'value_ints')?.ints ?? undefined;
  if (ints !== undefined) return { data_type: 7, int64_data: ints };
  const int = attributeOf(model, node, 'value_int')?.i;
  if (int !== undefined) return { data_type: 7, int64_data: [int] };
  const texts = attributeOf(model, node, 'value_strings')?.strings;
  if (texts !== undefined) return { data_type: 8, string_data: texts };
  const textValue = attributeOf(model, node, 'value_string')?.s;
  return textValue === undefined ? null : { data_type: 8, string_data: [textValue] };
}
