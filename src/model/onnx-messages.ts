import type protobuf from 'protobufjs/light.js';
import { onnxSchema } from './onnx-schema.js';

/** A 64-bit whole number from protobufjs: exact as text. */
export type Int64 = { toString(): string } | number;

/** An attribute of a node. */
export interface AttributeProto {
  name?: string;
  ref_attr_name?: string;
  type?: number;
  f?: number;
  i?: Int64;
  s?: Uint8Array;
  t?: TensorProto;
  floats?: number[];
  ints?: Int64[];
  strings?: Uint8Array[];
}

/** A node of a graph. */
export interface NodeProto {
  input?: string[];
  output?: string[];
  name?: string;
  op_type?: string;
  domain?: string;
  attribute?: AttributeProto[];
}

/** A constant. */
export interface TensorProto {
  dims?: Int64[];
  data_type?: number;
  float_data?: number[];
  int32_data?: number[];
  int64_data?: Int64[];
  double_data?: number[];
  string_data?: Uint8Array[];
  name?: string;
  raw_data?: Uint8Array;
  external_data?: { key?: string; value?: string }[];
  data_location?: number;
}

/** Dimensions: each is a number, a name, or unknown. */
interface TensorShapeProto {
  dim?: { dim_value?: Int64; dim_param?: string; denotation?: string }[];
}

/** The type of a dense tensor. */
interface TensorTypeProto {
  elem_type?: number;
  shape?: TensorShapeProto;
}

/** The type of a value: one of its members is set. */
export interface TypeProto {
  tensor_type?: TensorTypeProto;
  sequence_type?: { elem_type?: TypeProto };
  map_type?: { key_type?: number; value_type?: TypeProto };
  optional_type?: { elem_type?: TypeProto };
  sparse_tensor_type?: TensorTypeProto;
  opaque_type?: { domain?: string; name?: string };
  denotation?: string;
}

/** A named value with its type. */
export interface ValueInfoProto {
  name?: string;
  type?: TypeProto;
  doc_string?: string;
  metadata_props?: { key?: string; value?: string }[];
}

interface Messages {
  AttributeProto: AttributeProto;
  NodeProto: NodeProto;
  TensorProto: TensorProto;
  ValueInfoProto: ValueInfoProto;
  OperatorSetIdProto: { domain?: string; version?: Int64 };
  StringStringEntryProto: { key?: string; value?: string };
}

/**
 * Decodes and encodes the messages of `onnxSchema`; fields that are not set are absent, or empty if they
 * repeat. `decode` throws `RangeError` for bytes that are not such a message.
 */
export interface OnnxCodec {
  decode<K extends keyof Messages>(name: K, bytes: Uint8Array): Messages[K];
  encode<K extends keyof Messages>(name: K, message: Messages[K]): Uint8Array;
}

let loading: Promise<OnnxCodec> | null = null;

/** Returns the codec; loads protobufjs on first use, which costs about 30 ms once. */
export function loadCodec(): Promise<OnnxCodec> {
  loading ??= create();
  return loading;
}

async function create(): Promise<OnnxCodec> {
  const { default: pb } = await import('protobufjs/light.js');
  const root = pb.Root.fromJSON(onnxSchema).resolveAll();
  const types = new Map<string, protobuf.Type>();
  const typeOf = (name: string): protobuf.Type => {
    let type = types.get(name);
    if (type === undefined) {
      type = root.lookupType(name);
      types.set(name, type);
    }
    return type;
  };
  return {
    decode(name, bytes) {
      try {
        // Absent optional fields would be read as defaults from the prototype; a copy holds only what was
        // set.
        return { ...typeOf(name).decode(bytes) } as never;
      } catch (cause) {
        // protobufjs throws a plain error, a RangeError, or for a text that is not UTF-8 a TypeError.
        throw new RangeError(`these bytes are not a ${name}`, { cause });
      }
    },
    encode: (name, message) =>
      typeOf(name)
        .encode(message as { [k: string]: unknown })
        .finish(),
  };
}

/** Decodes a list of byte strings. */
export function decodeTexts(values: readonly Uint8Array[] | undefined): string[] {
  return (values ?? []).map((value) => utf8.decode(value));
}

/** Decodes a byte string; returns `fallback` if there is none. */
export function decodeText(value: Uint8Array | undefined, fallback: string): string {
  return value === undefined ? fallback : utf8.decode(value);
}

// Not fatal: a name with broken bytes is still a name; rewriting checks that it stays distinguishable.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
