import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../src/chunk/column.js';
import { createFeeds } from '../../src/features/create-feeds.js';
import { planFeatures } from '../../src/features/plan-features.js';
import { planOutputs } from '../../src/features/plan-outputs.js';
import { readOutputs } from '../../src/features/read-outputs.js';
import { describeModel } from '../../src/model/describe-model.js';
import { openScorer } from '../../src/model/open-scorer.js';
import { planScorer } from '../../src/model/plan-scorer.js';
import { prepareModel } from '../../src/model/prepare-model.js';
import {
  cellsOf,
  numberFeatures as numbers,
  readTable,
  type Table,
  textFeatures as texts,
} from '../samples/samples.js';

const flights = readTable('flights/2013-01-01.csv');

function columnsOf(table: Table, categories: ReadonlyMap<string, readonly string[]>): Map<string, Column> {
  const columns = new Map<string, Column>();
  const length = table.rows.length;
  for (const name of numbers) {
    const values = Float32Array.from(cellsOf(table, name), (cell) =>
      cell === '' ? Number.NaN : Number(cell),
    );
    columns.set(name, { type: 'float32', length, values, validity: null });
  }
  for (const name of texts) {
    const cells = cellsOf(table, name);
    const dictionary = [...new Set([...categories.get(name)!, ...cells])];
    const codes = Int32Array.from(cells, (cell) => dictionary.indexOf(cell));
    columns.set(name, { type: 'string', layout: 'dictionary', length, codes, dictionary, validity: null });
  }
  return columns;
}

for (const model of ['flight-delay', 'flight-delay-trees']) {
  test(`${model} scores a day as Python does, labels exactly and probabilities within 1e-6`, async () => {
    const described = await describeModel(`data-samples/models/${model}.onnx`);
    const pipeline = await describeModel('data-samples/models/flight-delay.onnx');
    const categories = new Map(pipeline.inputs.map(({ name, categories }) => [name, categories ?? []]));
    const columns = columnsOf(flights, categories);
    const packed = [...numbers, ...texts].map((column) => ({ column, oneHot: false }));
    const request = {
      mappings: model === 'flight-delay' ? [] : [{ input: 'features', columns: packed, packed: true }],
      constants: [],
      columns: [...columns].map(([name, { type }]) => ({
        name,
        type,
        categories: type === 'string' ? categories.get(name)! : null,
      })),
      signature: null,
      file: [],
    };
    const { widths, constants, fixedRows } = planFeatures({ ...request, inputs: described.inputs });
    const shape = { widths, constants };
    // In a separate process here, as in a run.
    const prepared = await prepareModel({
      description: described,
      shape,
      fixedRows,
      rewrite: 'auto',
      batchRows: 256,
      threads: 1,
    });
    assert.deepEqual(prepared.report.refuted, []);
    const features = planFeatures({ ...request, inputs: prepared.description.inputs });
    const outputs = planOutputs(prepared.description.outputs, [
      { column: 'label', from: described.outputs[0]!.name, class: null, range: null },
      { column: 'probability', from: 'probabilities', class: 1, range: { low: 0, high: 1 } },
    ]);
    const scorer = await openScorer(planScorer(prepared, outputs.fetched, features, 1));
    try {
      const rows = flights.rows.length;
      const { fetches, failed } = await scorer.score(createFeeds(features, columns, rows), rows);
      assert.deepEqual(failed, []);
      const read = readOutputs(outputs, fetches, rows);
      assert.deepEqual(read.problems, []);
      const truth = readTable(`truth/${model}.2013-01-01.csv`);
      const [label, probability] = [read.columns.get('label')!, read.columns.get('probability')!];
      assert.equal(truth.rows.length, rows);
      assert.ok(label.type === 'int64' && probability.type === 'float32');
      assert.deepEqual(Array.from(label.values, String), cellsOf(truth, 'label'));
      for (const [row, cell] of cellsOf(truth, 'probability').entries()) {
        assert.ok(Math.abs(probability.values[row]! - Number(cell)) < 1e-6, `row ${row}`);
      }
    } finally {
      await scorer.close();
    }
  });
}
