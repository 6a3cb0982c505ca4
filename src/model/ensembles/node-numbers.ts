import { elementTypes } from '../onnx-schema.js';
import { attributeOf, type GraphNode, type OnnxModel } from '../read-model.js';
import { ModelFault } from '../trees/model-value.js';
import { eachField } from '../wire.js';

/** Field numbers of AttributeProto's lists. */
const list = { floats: 7, ints: 8, strings: 9 } as const;

/**
 * Returns the whole numbers of an ints attribute, none if it is absent. Throws `ModelFault` beyond 32 bits.
 */
export function intsOf(node: GraphNode, name: string): Int32Array {
  const bytes = node.attributes.get(name);
  if (bytes === undefined) return new Int32Array(0);
  const values = new Int32Array(bytes.length);
  let count = 0;
  eachField(bytes, list.ints, (part) => {
    const isPacked = (bytes[part.start]! & 7) === 2;
    const end = part.end;
    let at = isPacked ? part.valueStart : part.start + 1;
    while (at < end) {
      let [low, high, shift] = [0, 0, 0];
      for (;;) {
        const byte = bytes[at++]!;
        const bits = byte & 127;
        if (shift < 28) low |= bits << shift;
        else if (shift === 28) {
          low |= bits << 28;
          high = bits >> 4;
        } else high |= bits << (shift - 32);
        if (byte < 128 || at >= end) break;
        shift += 7;
      }
      if (high !== low >> 31) throw new ModelFault(`its "${name}" holds a number beyond 32 bits`);
      values[count++] = low;
    }
  });
  return values.slice(0, count);
}

/**
 * Returns the numbers of a floats attribute, or of the tensor that may replace it; null if neither exists.
 */
export function floatsOf(model: OnnxModel, node: GraphNode, name: string): Float64Array | null {
  const bytes = node.attributes.get(name);
  if (bytes === undefined) return tensorOf(model, node, `${name}_as_tensor`)?.values ?? null;
  const values = new Float64Array(bytes.length >> 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  eachField(bytes, list.floats, ({ start, valueStart, end }) => {
    const isPacked = (bytes[start]! & 7) === 2;
    for (let at = isPacked ? valueStart : end - 4; at + 4 <= end; at += 4)
      values[count++] = view.getFloat32(at, true);
  });
  return values.slice(0, count);
}

/** A tensor attribute's numbers, and their type. */
interface NodeTensor {
  readonly element: string;
  readonly values: Float64Array;
}

/** Returns a tensor attribute; null if absent. Throws `ModelFault` for a type that trees do not have. */
export function tensorOf(model: OnnxModel, node: GraphNode, name: string): NodeTensor | null {
  const tensor = attributeOf(model, node, name)?.t;
  if (tensor === undefined) return null;
  const element = elementTypes[tensor.data_type ?? 0] ?? 'undefined';
  const raw = Uint8Array.from(tensor.raw_data ?? []);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = (listed: readonly number[] | undefined, size: number, get: (at: number) => number) =>
    raw.length === 0
      ? Float64Array.from(listed ?? [])
      : Float64Array.from({ length: Math.floor(raw.length / size) }, (_, i) => get(i * size));
  switch (element) {
    case 'float32':
      return { element, values: read(tensor.float_data, 4, (at) => view.getFloat32(at, true)) };
    case 'float64':
      return { element, values: read(tensor.double_data, 8, (at) => view.getFloat64(at, true)) };
    case 'uint8':
      return { element, values: read(tensor.int32_data, 1, (at) => view.getUint8(at)) };
    default:
      throw new ModelFault(`its "${name}" is a tensor of ${element}`);
  }
}

/**
 * Returns the texts of a strings attribute, none if the node lacks it. A text that repeats is made once: the
 * modes of millions of nodes are a few texts.
 */
export function stringsOf(node: GraphNode, name: string): string[] {
  const bytes = node.attributes.get(name);
  if (bytes === undefined) return [];
  const texts: string[] = [];
  const known: { readonly text: string; readonly at: number }[] = [];
  eachField(bytes, list.strings, ({ valueStart, end }) => {
    const before = known.find(({ text, at }) => {
      if (text.length !== end - valueStart) return false;
      let same = 0;
      while (same < text.length && bytes[at + same] === bytes[valueStart + same]) same++;
      return same === text.length;
    });
    if (before !== undefined) {
      texts.push(before.text);
      return;
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + valueStart, end - valueStart).toString(
      'latin1',
    );
    texts.push(text);
    if (known.length < mostKnown) known.push({ text, at: valueStart });
  });
  return texts;
}

/** Texts that are looked for; ONNX has eight modes of nodes. */
const mostKnown = 8;
