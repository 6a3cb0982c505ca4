import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import { describeModel } from '../../src/model/describe-model.js';
import { prepareModel } from '../../src/model/prepare-model.js';
import { startProber } from '../../src/model/prober.js';
import { temporaryFolder } from '../temporary-folder.js';
import { caseOf } from './cases.js';
import { makeModelFile } from './make-model.js';

const plain = { fixedRows: null, rewrite: 'auto', batchRows: 64, threads: 1 } as const;

async function requestFor(path: string, widths: Record<string, number>) {
  return { ...plain, description: await describeModel(path), shape: { widths, constants: {} } };
}

test('what the runtime refuses comes back from its own process as one sentence', async () => {
  const path = await makeModelFile({
    inputs: { x: ['float32', 'N', 1] },
    outputs: { y: ['float32', 'N', 1] },
    nodes: [{ op_type: 'NoSuchOperator', input: ['x'], output: ['y'] }],
  });
  await assert.rejects(prepareModel(await requestFor(path, { x: 1 })), (error: unknown) => {
    assert.ok(error instanceof InvalidError);
    assert.equal(error.reason, 'model-refused');
    assert.match(error.message, /^the runtime cannot open ".*": .*NoSuchOperator/);
    assert.ok(!error.message.includes('\n'));
    return true;
  });
});

async function withNodeOptions<T>(options: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = options;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
}

test('a process that ends before it opens the model says nothing of the model', async () => {
  const request = await requestFor(caseOf('mlp').path, { numbers: 8 });
  await withNodeOptions('--require ./there-is-no-such-file.cjs', () =>
    assert.rejects(prepareModel(request), {
      reason: 'probe-killed',
      exitCode: 5,
      message: /^the process that tests the model ended before it opened the model, with exit code 1/,
      hint: /ulimit -u/,
    }),
  );
});

test('a process that ends while the model answers is a model that crashes', async () => {
  const request = await requestFor(caseOf('mlp').path, { numbers: 8 });
  const preload = join(temporaryFolder('crash'), 'crash.cjs');
  writeFileSync(
    preload,
    `const { send } = process;
process.send = function (message, ...rest) {
  if (message === 'batch') process.abort();
  return send.call(this, message, ...rest);
};`,
  );
  await withNodeOptions(`--require ${preload}`, () =>
    assert.rejects(prepareModel({ ...request, batchRows: 60 }), {
      reason: 'model-crashes',
      exitCode: 2,
      message: /^the model crashed the process that tested it, with SIGABRT/,
    }),
  );
});

test('a process that was started ahead answers the same, or is closed without a question', async () => {
  const request = await requestFor(caseOf('mlp').path, { numbers: 8 });
  const prober = startProber(new AbortController().signal);
  const ahead = await prepareModel({ ...request, batchRows: 63 }, () => prober);
  const here = await prepareModel({ ...request, batchRows: 62 }, 'here');
  assert.deepEqual(ahead.report.outputs, here.report.outputs);
  prober.close();
  const idle = startProber(new AbortController().signal);
  idle.close();
  await assert.rejects(
    prepareModel({ ...request, batchRows: 61 }, () => idle),
    { reason: 'probe-killed' },
  );
});

test('the width of answers comes from running the model, whatever it declares', async () => {
  const { description } = await prepareModel(
    await requestFor(caseOf('catboost-regressor').path, { features: 10 }),
    'here',
  );
  assert.deepEqual(description.outputs[0]!.dims, [null, 1]);
  const labels = await prepareModel(
    await requestFor(caseOf('lightgbm-classifier').path, { input: 4 }),
    'here',
  );
  assert.deepEqual(labels.description.outputs[0]!.dims, [null]);
});

test('a model that fails on made-up rows is described as it declares itself', async () => {
  const path = await makeModelFile({
    inputs: { x: ['int64', 'N'] },
    outputs: { y: ['float32', 'N', 2] },
    initializers: [
      { name: 'table', dims: [1, 2], data_type: 1, float_data: [1, 2] },
      { name: 'hundred', dims: [], data_type: 7, int64_data: [100] },
    ],
    nodes: [
      { op_type: 'Sub', input: ['x', 'hundred'], output: ['place'] },
      { op_type: 'Gather', input: ['table', 'place'], output: ['y'] },
    ],
    opsets: { '': 17 },
  });
  const { description, report } = await prepareModel(await requestFor(path, { x: 1 }), 'here');
  assert.match(report.failure!, /out of (data )?bounds/);
  assert.equal(report.outputs, null);
  assert.deepEqual(description.outputs[0]!.dims, ['N', 2]);
});

test('the batch size is measured where it is left open, among a few', async () => {
  const request = await requestFor(caseOf('mlp').path, { numbers: 8 });
  const { report } = await prepareModel({ ...request, batchRows: 'auto' }, 'here');
  assert.ok([512, 1024, 2048, 4096, 8192].includes(report.batchRows));
  assert.ok(report.rates.length >= 1);
  for (const { perSecond } of report.rates) assert.ok(perSecond > 0);
});

test('the same question is answered from memory', async () => {
  const request = await requestFor(caseOf('mlp').path, { numbers: 8 });
  const first = await prepareModel(request, 'here');
  const second = await prepareModel(request, 'here');
  assert.equal(second.report, first.report);
  assert.notEqual((await prepareModel({ ...request, batchRows: 65 }, 'here')).report, first.report);
});

test('a model whose rows depend on each other is found out, and no measurement chooses its batch', async () => {
  for (const [name, expected] of [
    ['mlp-int8-dynamic', true],
    ['mlp-int8', false],
    ['mlp', false],
  ] as const) {
    const request = await requestFor(caseOf(name).path, { numbers: 8 });
    const { report } = await prepareModel({ ...request, batchRows: 'auto' }, 'here');
    assert.equal(report.dependsOnBatch, expected ? 'rows' : 'none', name);
    assert.equal(report.rates.length === 0, expected, name);
    if (expected) assert.equal(report.batchRows, 2048);
  }
});

test('a model that no row can be fed to is refused by name before it is tried out', async () => {
  const sizes: readonly (readonly [number, number | null])[] = [
    [2 ** 28, null],
    [2 ** 31, null],
    [2 ** 53, null],
    [2 ** 62, null],
    [1, 2 ** 28],
    [2 ** 14, 2 ** 14],
  ];
  for (const [width, fixedRows] of sizes) {
    const path = await makeModelFile({
      inputs: { x: ['float32', fixedRows ?? 'N', width] },
      outputs: { y: ['float32', fixedRows ?? 'N', width] },
      nodes: [{ op_type: 'Identity', input: ['x'], output: ['y'] }],
    });
    const request = { ...(await requestFor(path, { x: width })), fixedRows };
    await assert.rejects(prepareModel(request), {
      reason: 'model-too-large',
      message: /^the input "x" of the model takes \d+ GiB for /,
    });
  }
});

test('an output with a name that JavaScript keeps for itself is refused by name', async () => {
  const path = await makeModelFile({
    inputs: { x: ['float32', 'N', 1] },
    outputs: Object.fromEntries([['__proto__', ['float32', 'N', 1]]]),
    nodes: [{ op_type: 'Identity', input: ['x'], output: ['__proto__'] }],
  });
  await assert.rejects(prepareModel(await requestFor(path, { x: 1 })), {
    reason: 'model-refused',
    message: /output "__proto__"/,
  });
});
