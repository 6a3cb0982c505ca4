import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { describeModel } from '../../../src/model/describe-model.js';
import { firstDifference } from '../../../src/model/ensembles/compare-answers.js';
import { findEnsembles } from '../../../src/model/ensembles/cut-ensembles.js';
import { openEnsembles } from '../../../src/model/ensembles/open-ensembles.js';
import { loadCodec } from '../../../src/model/onnx-messages.js';
import { elementTypes } from '../../../src/model/onnx-schema.js';
import { readModel } from '../../../src/model/read-model.js';
import { openRuntime } from '../../../src/model/runtime-session.js';
import { readTrees, treeFormat } from '../../../src/model/trees/read-trees.js';
import type { TreeTable } from '../../../src/model/trees/tree-table.js';
import { walkTrees } from '../../../src/model/trees/walk-trees.js';
import { random } from '../../faults/random.js';
import { temporaryFolder } from '../../temporary-folder.js';

const corpora = '../shared/corpora';
const skip = existsSync(corpora) ? false : 'the corpora are not there';

/** Files of all corpora whose name may be that of a model. */
function modelFiles(): string[] {
  return readdirSync(corpora, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(onnx|ubj|json|txt|model|lgb|xgb|bin)$/.test(name))
    .map((name) => join(corpora, name))
    .sort();
}

/** The tensor of float32 or float64 in a file of the corpus. */
async function tensorOf(path: string) {
  const proto = (await loadCodec()).decode('TensorProto', readFileSync(path));
  const raw = Uint8Array.from(proto.raw_data ?? []);
  const type = elementTypes[proto.data_type ?? 0] as 'float32' | 'float64';
  const listed = proto.float_data ?? proto.double_data ?? [];
  const data =
    raw.length === 0
      ? type === 'float32'
        ? Float32Array.from(listed)
        : Float64Array.from(listed)
      : type === 'float32'
        ? new Float32Array(raw.buffer)
        : new Float64Array(raw.buffer);
  return { type, data, dims: (proto.dims ?? []).map((dim) => Number(dim.toString())) };
}

const python = process.env['NIGHTSHIFT_TREES_PYTHON'];

const script = `import sys, numpy, lightgbm
booster = lightgbm.Booster(model_file=sys.argv[1])
rows = numpy.fromfile(sys.argv[2]).reshape(-1, booster.num_feature())
booster.predict(rows, raw_score=True).astype("<f8").tofile(sys.argv[3])`;

/** Compares the raw scores of random rows with LightGBM's own, bit by bit. */
function compareWithTrainer(path: string, table: TreeTable): string {
  const folder = temporaryFolder();
  const next = random(7);
  const rows = 10_000;
  const values = Float64Array.from({ length: rows * table.features }, () => {
    const kind = next();
    return kind < 0.05
      ? Number.NaN
      : kind < 0.1
        ? Number.POSITIVE_INFINITY
        : Math.round(1000 * next() - 100) / 100;
  });
  writeFileSync(join(folder, 'rows.bin'), values);
  execFileSync(python!, ['-c', script, path, join(folder, 'rows.bin'), join(folder, 'raw.bin')], {
    stdio: 'ignore',
  });
  const sums = new Float64Array(rows * table.groups);
  walkTrees(table, values, rows, sums);
  assert.ok(Buffer.from(sums.buffer).equals(readFileSync(join(folder, 'raw.bin'))), path);
  return `, ${rows} rows as LightGBM scores them`;
}

test('scores every tree model of the corpora as its reference, or says why the runtime does', {
  skip,
}, async (t) => {
  const fates: string[] = [];
  for (const path of modelFiles()) {
    const bytes = readFileSync(path);
    if (!path.endsWith('.onnx')) {
      const format = treeFormat(bytes);
      if (format === null) continue;
      const { table } = readTrees(bytes, format, path, 'auto');
      const compared =
        python === undefined || format.startsWith('xgboost') ? '' : compareWithTrainer(path, table);
      fates.push(`${basename(path)}: ${table.roots.length} trees${compared}`);
      continue;
    }
    const model = await readModel(bytes, path);
    const ensembles = findEnsembles(model);
    if (ensembles.length === 0) continue;
    const folder = join(path, '../test_data_set_0');
    const name = basename(join(path, '..'));
    const { keptTrees, rewrites } = await describeModel(path);
    const walked = rewrites.flatMap((one) => (one.kind === 'walk-trees' ? [one.output] : []));
    assert.equal(keptTrees.length + walked.length, ensembles.length, `${name}: each has a way`);
    const runtime = await openRuntime(path, path, 1);
    const ours = walked.length === 0 ? runtime : await openEnsembles(bytes, path, walked, 1);
    const input = await tensorOf(join(folder, 'input_0.pb'));
    const feeds = { [runtime.inputNames[0]!]: runtime.tensor(input.type, input.data, input.dims) };
    const fetches = () => Object.fromEntries(runtime.outputNames.map((output) => [output, null]));
    const [expected, found] = [await runtime.run(feeds, fetches()), await ours.run(feeds, fetches())];
    assert.equal(firstDifference(expected, found, input.dims[0]!), -1, name);
    const answers = found[runtime.outputNames[0]!]!.data as Float64Array;
    const reference = await tensorOf(join(folder, 'output_0.pb'));
    assert.equal(answers.length, reference.data.length);
    for (const [i, value] of reference.data.entries())
      assert.ok(
        Object.is(answers[i], value) || Math.abs(answers[i]! - value) <= 1e-7 + 1e-3 * Math.abs(value),
        name,
      );
    await runtime.release();
    if (ours !== runtime) await ours.release();
    fates.push(
      `${name}: ${keptTrees.length === 0 ? 'our loops' : keptTrees.map(({ reason }) => reason).join('; ')}`,
    );
  }
  for (const fate of fates) t.diagnostic(fate);
  assert.ok(fates.length >= 2, `only ${fates.length} tree models in the corpora`);
});
