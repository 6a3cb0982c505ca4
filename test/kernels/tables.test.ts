import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelOver } from '../../src/kernels/kernel-over.js';
import { simdLoops } from '../../src/kernels/simd-loops.js';
import { column, comma } from './both-kernels.js';

test('thousands of columns make the memory grow a few times, not once for each', async () => {
  const loops = (await simdLoops())!;
  const buffers = new Set<ArrayBuffer>();
  const ensure = (bytes: number): void => {
    loops.ensure(bytes);
    buffers.add(loops.buffer());
  };
  const kernel = kernelOver({ ...loops, ensure }, 'simd');
  const fields = 3000;
  const plans = Array.from({ length: fields }, (_, source) => column('string', { source, layout: 'text' }));
  kernel.prepare({ ...comma, fields }, plans);
  assert.ok(buffers.size < 10, `${buffers.size} buffers`);
});
