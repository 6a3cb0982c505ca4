import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface CaseTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: readonly (number | string | boolean)[];
  readonly classes?: readonly (number | string)[];
}

interface Case {
  readonly model: string;
  readonly inputs?: Readonly<Record<string, CaseTensor>>;
  readonly outputs?: Readonly<Record<string, CaseTensor>>;
  readonly refused?: string;
}

const root = 'data-samples/models/exporters';
const names = readdirSync(root).filter((name) => name !== 'README.md');

function bytesUnder(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + bytesUnder(join(path, name)), 0);
}

test('every case has its model and whole tensors, or the reason why it is refused', () => {
  for (const name of names) {
    const one = JSON.parse(readFileSync(join(root, name, 'case.json'), 'utf8')) as Case;
    assert.ok(existsSync(join(root, name, one.model)), name);
    if (one.refused !== undefined) continue;
    const outputs = Object.values(one.outputs!);
    for (const tensor of [...Object.values(one.inputs!), ...outputs]) {
      const size = tensor.dims.reduce((product, dim) => product * dim, 1);
      assert.equal(tensor.data.length, size, name);
      if (tensor.classes !== undefined) assert.equal(tensor.classes.length, tensor.dims[1], name);
    }
    assert.equal(new Set(outputs.map((tensor) => tensor.dims[0])).size, 1, `${name} answers once per row`);
  }
});

test('the list of cases names each of them', () => {
  const listed = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| `([^`]+)` \|/gm)].map(
    (match) => match[1],
  );
  assert.deepEqual(listed.sort(), [...names].sort());
});

test('samples stay small: 300 kB a case, 20 MB in all', () => {
  for (const name of names) assert.ok(bytesUnder(join(root, name)) < 300_000, name);
  assert.ok(bytesUnder('data-samples') < 20_000_000);
});
