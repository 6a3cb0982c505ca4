import type protobuf from 'protobufjs/light.js';

/**
 * The messages of onnx-ml.proto (onnx 1.19, proto2) that are read or written field by field, with its names,
 * numbers and types. Leaves out the messages that hold a whole graph (model, graph, node, function):
 * `wire.ts` cuts those without decoding them, so that unchanged parts stay byte for byte, and an attribute of
 * ten million numbers costs nothing until it is used.
 */
export const onnxSchema: protobuf.INamespace = {
  nested: {
    AttributeProto: message({
      name: 'optional string 1',
      ref_attr_name: 'optional string 21',
      doc_string: 'optional string 13',
      type: 'optional int32 20',
      f: 'optional float 2',
      i: 'optional int64 3',
      s: 'optional bytes 4',
      t: 'optional TensorProto 5',
      floats: 'repeated float 7',
      ints: 'repeated int64 8',
      strings: 'repeated bytes 9',
    }),
    NodeProto: message({
      input: 'repeated string 1',
      output: 'repeated string 2',
      name: 'optional string 3',
      op_type: 'optional string 4',
      domain: 'optional string 7',
      attribute: 'repeated AttributeProto 5',
      doc_string: 'optional string 6',
    }),
    TensorProto: message({
      dims: 'repeated int64 1',
      data_type: 'optional int32 2',
      float_data: 'repeated float 4 packed',
      int32_data: 'repeated int32 5 packed',
      string_data: 'repeated bytes 6',
      int64_data: 'repeated int64 7 packed',
      name: 'optional string 8',
      raw_data: 'optional bytes 9',
      double_data: 'repeated double 10 packed',
      uint64_data: 'repeated uint64 11 packed',
      doc_string: 'optional string 12',
      external_data: 'repeated StringStringEntryProto 13',
      data_location: 'optional int32 14',
    }),
    ValueInfoProto: message({
      name: 'optional string 1',
      type: 'optional TypeProto 2',
      doc_string: 'optional string 3',
      metadata_props: 'repeated StringStringEntryProto 4',
    }),
    TypeProto: {
      ...message({
        tensor_type: 'optional Tensor 1',
        sequence_type: 'optional Sequence 4',
        map_type: 'optional Map 5',
        optional_type: 'optional Optional 9',
        sparse_tensor_type: 'optional Tensor 8',
        opaque_type: 'optional Opaque 7',
        denotation: 'optional string 6',
      }),
      nested: {
        Tensor: message({ elem_type: 'optional int32 1', shape: 'optional TensorShapeProto 2' }),
        Sequence: message({ elem_type: 'optional TypeProto 1' }),
        Map: message({ key_type: 'optional int32 1', value_type: 'optional TypeProto 2' }),
        Optional: message({ elem_type: 'optional TypeProto 1' }),
        Opaque: message({ domain: 'optional string 1', name: 'optional string 2' }),
      },
    },
    TensorShapeProto: {
      ...message({ dim: 'repeated Dimension 1' }),
      nested: {
        Dimension: message({
          dim_value: 'optional int64 1',
          dim_param: 'optional string 2',
          denotation: 'optional string 3',
        }),
      },
    },
    OperatorSetIdProto: message({ domain: 'optional string 1', version: 'optional int64 2' }),
    StringStringEntryProto: message({ key: 'optional string 1', value: 'optional string 2' }),
  },
};

/** Field numbers of the messages that `wire.ts` cuts. */
export const field = {
  model: {
    irVersion: 1,
    producerName: 2,
    producerVersion: 3,
    graph: 7,
    opsetImport: 8,
    metadataProps: 14,
    functions: 25,
  },
  graph: {
    node: 1,
    name: 2,
    initializer: 5,
    input: 11,
    output: 12,
    valueInfo: 13,
    sparseInitializer: 15,
  },
  node: { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 },
  attribute: { name: 1, tensor: 5, graph: 6, tensors: 10, graphs: 11 },
  tensor: { dims: 1, dataType: 2, name: 8, externalData: 13, dataLocation: 14 },
  function: { node: 7 },
} as const;

/** TensorProto.DataType as words; null: a type that neither columns nor the runtime's binding support. */
export const elementTypes = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
] as const;

/** TensorProto.DataType of the element types that are written. */
export const dataType = { float32: 1, uint8: 2, int8: 3, int64: 7, string: 8 } as const;

/** AttributeProto.AttributeType of the kinds that are written. */
export const attributeType = { int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

function message(fields: Record<string, string>): protobuf.IType {
  const described: Record<string, protobuf.IField> = {};
  for (const [name, text] of Object.entries(fields)) {
    const [rule, type, id, packed] = text.split(' ');
    described[name] = {
      type: type!,
      id: Number(id),
      ...(rule === 'repeated' ? { rule: 'repeated', options: { packed: packed === 'packed' } } : {}),
    };
  }
  return { fields: described };
}
