import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withFewerTrees } from '../../../src/model/ensembles/fewer-trees.js';
import { isEnsemble, readEnsemble } from '../../../src/model/ensembles/read-ensemble.js';
import { readModel } from '../../../src/model/read-model.js';
import type { TreeTable } from '../../../src/model/trees/tree-table.js';
import { walkTrees } from '../../../src/model/trees/walk-trees.js';
import { readTreeFile, treeCases } from '../trees/tree-cases.js';

const exportOf = (name: string) => join('test/fixtures/exports', `${name}.onnx`);

async function tableOf(bytes: Uint8Array, path: string): Promise<TreeTable> {
  const model = await readModel(bytes, path);
  return readEnsemble(model, model.nodes.find(isEnsemble)!, 'float32').table;
}

describe('an ONNX model with fewer trees', () => {
  for (const name of ['lightgbm-binary', 'lightgbm-multiclass', 'xgboost-binary', 'xgboost-softprob'])
    it(`is ${name} after half of its rounds of training`, async () => {
      const path = exportOf(name);
      const bytes = readFileSync(path);
      const [half, ...more] = await withFewerTrees(bytes, path, [1 / 2, 1 / 2]);
      assert.equal(more.length, 0, 'the same number once');
      const one = treeCases().find((each) => each.name === name)!;
      const eachRound = readTreeFile(one.models[0]!, 1).table.roots.length;
      const all = await tableOf(bytes, path);
      assert.equal(half!.trees, Math.floor(all.roots.length / eachRound / 2) * eachRound);

      const found = await tableOf(half!.bytes, path);
      assert.equal(found.roots.length, half!.trees);
      assert.deepEqual(found.treeGroups, all.treeGroups.slice(0, half!.trees));
      const first = { ...all, roots: all.roots.slice(0, half!.trees) };
      const values = Float32Array.from(one.values);
      const [sums, wanted] = [found, first].map((table) => {
        const each = new Float32Array(one.rows * table.groups);
        walkTrees(table, values, one.rows, each);
        return each;
      });
      assert.deepEqual(sums, wanted);
    });

  it('does not exist where the first trees alone mean something else', async () => {
    const paths = ['xgboost-gamma', 'xgboost-multi-target'].map(exportOf);
    for (const path of [
      ...paths,
      'data-samples/models/flight-delay.onnx',
      'test/fixtures/penguins/body-mass.onnx',
    ])
      assert.deepEqual(await withFewerTrees(readFileSync(path), path, [1 / 2]), [], path);
  });
});
