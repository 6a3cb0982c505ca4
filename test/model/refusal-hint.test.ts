import assert from 'node:assert/strict';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { elementTypes } from '../../src/model/onnx-schema.js';
import { openSession } from '../../src/model/open-session.js';
import { refusalHint } from '../../src/model/refusal-hint.js';
import { temporaryFolder } from '../temporary-folder.js';
import { makeModelFile } from './make-model.js';

/** A model whose three weights are in `weights.bin` in the same folder, which the test must create. */
async function modelWithData(): Promise<string> {
  const path = await makeModelFile({
    inputs: { x: ['float32', 'N', 3] },
    outputs: { y: ['float32', 'N', 1] },
    nodes: [{ op_type: 'MatMul', input: ['x', 'w'], output: ['y'] }],
    initializers: [
      {
        name: 'w',
        dims: [3, 1],
        data_type: elementTypes.indexOf('float32'),
        data_location: 1,
        external_data: [
          { key: 'location', value: 'weights.bin' },
          { key: 'offset', value: '0' },
          { key: 'length', value: '12' },
        ],
      },
    ],
  });
  const folder = temporaryFolder('data');
  cpSync(path, join(folder, 'model.onnx'));
  return folder;
}

function open(folder: string) {
  return openSession({ path: join(folder, 'model.onnx'), sha256: null, rewrites: [], threads: 1 });
}

test('weights behind a link that leaves the folder, and truncated weights, are distinguished', async () => {
  const elsewhere = join(temporaryFolder('blob'), 'blob');
  writeFileSync(elsewhere, new Uint8Array(12));
  const linked = await modelWithData();
  symlinkSync(elsewhere, join(linked, 'weights.bin'));
  await assert.rejects(open(linked), { hint: /a link to outside the folder of the model/ });
  const short = await modelWithData();
  writeFileSync(join(short, 'weights.bin'), '../blobs');
  await assert.rejects(open(short), { hint: /shorter than the model says.*a link was copied as text/ });
  const inside = await modelWithData();
  writeFileSync(join(inside, 'w.bin'), new Uint8Array(12));
  symlinkSync('w.bin', join(inside, 'weights.bin'));
  await (await open(inside)).release();
});

test('a locale that the system lacks is named with the way out, and opsets only where they matter', () => {
  const locale = refusalHint(
    'Exception during initialization: Failed to construct locale with name:de_DE:locale::facet::_S_create_c_locale name not valid',
    '1.30',
  );
  assert.match(locale, /the locale de_DE.*locale-gen de_DE.*"locale" to C\.UTF-8/);
  assert.match(refusalHint('No Op registered for NoOp9 with domain_version of 17', '1.30'), /older opset/);
  assert.match(refusalHint('Current official support for domain ai.onnx is till opset 28', '1.30'), /opset/);
  assert.doesNotMatch(refusalHint('This is an invalid model: node without input', '1.30'), /opset/);
});
