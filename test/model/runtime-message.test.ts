import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidError } from '../../src/errors.js';
import { openSession } from '../../src/model/open-session.js';
import { runtimeMessage } from '../../src/model/runtime-message.js';
import { makeModelFile } from './make-model.js';

test('messages of the runtime are shown without locations in its source', () => {
  const message =
    'Load model from a.onnx failed:/onnxruntime_src/onnxruntime/core/graph/a.h:46 void onnxruntime::f(const std::map<int, g>&, bool, const h&) Opset 99\nis under development';
  assert.equal(runtimeMessage(new Error(message)), 'Opset 99 is under development');
  const within =
    'Exception: /onnxruntime_src/a.cc:235 a::Locale::Locale(const std::string&)::<lambda()> Failed to construct locale';
  assert.equal(runtimeMessage(new Error(within)), 'Exception: Failed to construct locale');
  const failed = "Non-zero status code returned while running Gather node. Name:'pick' Status Message: idx=9";
  assert.equal(runtimeMessage(new Error(failed)), 'Gather "pick": idx=9');
});

test('a model newer than the runtime is refused with the opset that the runtime knows', async () => {
  const path = await makeModelFile({
    inputs: { x: ['float32', 'N', 1] },
    outputs: { y: ['float32', 'N', 1] },
    nodes: [{ op_type: 'Identity', input: ['x'], output: ['y'] }],
    opsets: { '': 99 },
  });
  const opened = openSession({ path, sha256: null, rewrites: [], threads: 1 });
  await assert.rejects(opened, (error: unknown) => {
    assert.ok(error instanceof InvalidError);
    assert.match(error.message, /: ONNX Runtime only .*Opset 99.* till opset \d+/);
    assert.match(error.hint ?? '', /export for an older opset/);
    return true;
  });
});
