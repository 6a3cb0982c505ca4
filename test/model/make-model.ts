import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  loadCodec,
  type NodeProto,
  type TensorProto,
  type TypeProto,
} from '../../src/model/onnx-messages.js';
import { elementTypes, field } from '../../src/model/onnx-schema.js';
import { lengthDelimited } from '../../src/model/wire.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A graph in a few words: values as `name: [type, ...dims]`, open dims as texts. */
export interface Sketch {
  readonly inputs: Readonly<Record<string, readonly [string, ...(number | string)[]]>>;
  readonly outputs: Readonly<Record<string, readonly [string, ...(number | string)[]] | TypeProto>>;
  /** Encoded nodes are used unchanged. */
  readonly nodes: readonly (NodeProto | Uint8Array)[];
  readonly initializers?: readonly TensorProto[];
  readonly opsets?: Readonly<Record<string, number>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of a model file. */
export async function makeModel(sketch: Sketch): Promise<Uint8Array> {
  const codec = await loadCodec();
  const value = (name: string, type: readonly [string, ...(number | string)[]] | TypeProto): Uint8Array =>
    codec.encode('ValueInfoProto', {
      name,
      type: Array.isArray(type) ? tensorType(type as [string]) : (type as TypeProto),
    });
  const graph = [
    ...sketch.nodes.flatMap((node) =>
      lengthDelimited(field.graph.node, [
        node instanceof Uint8Array ? node : codec.encode('NodeProto', node),
      ]),
    ),
    ...lengthDelimited(field.graph.name, [new TextEncoder().encode('sketch')]),
    ...(sketch.initializers ?? []).flatMap((tensor) =>
      lengthDelimited(field.graph.initializer, [codec.encode('TensorProto', tensor)]),
    ),
    ...Object.entries(sketch.inputs).flatMap(([name, type]) =>
      lengthDelimited(field.graph.input, [value(name, type)]),
    ),
    ...Object.entries(sketch.outputs).flatMap(([name, type]) =>
      lengthDelimited(field.graph.output, [value(name, type)]),
    ),
  ];
  const opsets = sketch.opsets ?? { '': 17, 'ai.onnx.ml': 3 };
  return Buffer.concat([
    Uint8Array.from([field.model.irVersion << 3, 8]),
    ...Object.entries(opsets).flatMap(([domain, version]) =>
      lengthDelimited(field.model.opsetImport, [codec.encode('OperatorSetIdProto', { domain, version })]),
    ),
    ...lengthDelimited(field.model.graph, graph),
    ...Object.entries(sketch.metadata ?? {}).flatMap(([key, text]) =>
      lengthDelimited(field.model.metadataProps, [
        codec.encode('StringStringEntryProto', { key, value: text }),
      ]),
    ),
  ]);
}

/** Writes the same to a file in a new folder. */
export async function makeModelFile(sketch: Sketch): Promise<string> {
  const path = join(temporaryFolder('model'), 'model.onnx');
  writeFileSync(path, await makeModel(sketch));
  return path;
}

function tensorType([element, ...dims]: readonly [string, ...(number | string)[]]): TypeProto {
  return {
    tensor_type: {
      elem_type: elementTypes.indexOf(element as 'float32'),
      shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dim_value: dim } : { dim_param: dim })) },
    },
  };
}

/** A node of ai.onnx.ml with attributes given as plain values. */
export function mlNode(
  op: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, number | Float32Array | readonly string[] | readonly number[]>>,
): NodeProto {
  return {
    op_type: op,
    domain: 'ai.onnx.ml',
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'number') return { name, type: 2, i: value };
      if (value instanceof Float32Array) return { name, type: 6, floats: [...value] };
      const texts = value.every((item) => typeof item === 'string');
      return texts
        ? { name, type: 8, strings: (value as string[]).map((text) => Buffer.from(text)) }
        : { name, type: 7, ints: value as number[] };
    }),
  };
}
