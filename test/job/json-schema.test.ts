import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobJsonSchema } from '../../src/job/json-schema.js';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
}

const schema = jobJsonSchema() as Schema;

test('is plain data that allows no unknown keys', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
  const seen: string[] = [];
  const visit = (at: Schema, path: string) => {
    if (at.properties !== undefined) {
      assert.equal(at.additionalProperties, false, path);
      seen.push(path);
    }
    for (const [key, value] of Object.entries(at.properties ?? {})) visit(value, `${path}.${key}`);
    for (const option of at.anyOf ?? []) visit(option, path);
    if (typeof at.additionalProperties === 'object') visit(at.additionalProperties, `${path}.*`);
    if (at.items !== undefined && typeof at.items === 'object') visit(at.items, `${path}[]`);
  };
  visit(schema, '');
  for (const path of ['', '.input', '.input.csv', '.columns.*', '.rules[]', '.quality.scores.*', '.run']) {
    assert.ok(seen.includes(path), path);
  }
});

test('requires the keys that a job needs, and states the defaults', () => {
  assert.deepEqual(schema.required, ['name', 'input', 'model', 'output']);
  assert.deepEqual(schema.properties!['input']!.required, ['path']);
  assert.equal(schema.properties!['run']!.properties!['chunk_bytes']!.default, '4MiB');
  assert.equal(schema.properties!['quality']!.properties!['max_rejected']!.default, '1%');
});

test('every key of a section says what it means', () => {
  const visit = (at: Schema, path: string) => {
    for (const [key, value] of Object.entries(at.properties ?? {})) {
      assert.ok((value.description ?? '').length > 10, `${path}.${key}`);
      visit(value, `${path}.${key}`);
    }
    if (typeof at.additionalProperties === 'object') visit(at.additionalProperties, `${path}.*`);
  };
  visit(schema, '');
});
