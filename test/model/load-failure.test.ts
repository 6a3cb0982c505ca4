import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadFailure } from '../../src/model/load-failure.js';

it('a runtime that does not fit into the memory is a matter of limits, not of the system', () => {
  for (const said of [
    'libonnxruntime.so.1: failed to map segment from shared object',
    'libonnxruntime.so.1: cannot allocate memory in static TLS block',
  ]) {
    const { exitCode, reason, hint } = loadFailure(new Error(said));
    assert.deepEqual([exitCode, reason], [5, 'runtime-memory']);
    assert.match(hint ?? '', /ulimit -v/);
  }
});

it('a runtime that the system does not support is a matter of the system', () => {
  const { exitCode, reason } = loadFailure(new Error("/lib/libm.so.6: version `GLIBC_2.28' not found"));
  assert.deepEqual([exitCode, reason], [2, 'system-unsupported']);
});
