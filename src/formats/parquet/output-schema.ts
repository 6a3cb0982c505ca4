import type { OutputField } from '../../chunk/batch.js';
import type { Thrift } from './read-footer.js';

/**
 * Returns an output's schema as elements of parquet.thrift: all columns optional, lists in three levels, with
 * both old and new logical types.
 */
export function schemaElements(fields: readonly OutputField[]): Thrift[] {
  const root = { field_4: 'schema', field_5: fields.length };
  return [root, ...fields.flatMap(({ name, type }) => fieldElements(name, type))];
}

const optional = 1;
const repeated = 2;

function fieldElements(name: string, type: OutputField['type']): Thrift[] {
  if (type !== 'list<float32>' && type !== 'list<string>') return [leaf(name, type)];
  return [
    { field_3: optional, field_4: name, field_5: 1, field_6: 3, field_10: { field_3: {} } },
    { field_3: repeated, field_4: 'list', field_5: 1 },
    leaf('element', type === 'list<float32>' ? 'float32' : 'string'),
  ];
}

function leaf(name: string, type: Exclude<OutputField['type'], `list<${string}>`>): Thrift {
  const element = { field_3: optional, field_4: name };
  switch (type) {
    case 'boolean':
      return { field_1: 0, ...element };
    case 'int32':
      return { field_1: 1, ...element };
    case 'int64':
      return { field_1: 2, ...element };
    case 'float32':
      return { field_1: 4, ...element };
    case 'float64':
      return { field_1: 5, ...element };
    case 'string':
      return { field_1: 6, ...element, field_6: 0, field_10: { field_1: {} } };
    case 'date':
      return { field_1: 1, ...element, field_6: 6, field_10: { field_6: {} } };
    case 'timestamp': {
      const micros = { field_8: { field_1: true, field_2: { field_2: {} } } };
      return { field_1: 2, ...element, field_6: 10, field_10: micros };
    }
  }
}
