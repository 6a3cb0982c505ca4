import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const script = `
import { Problems } from ${JSON.stringify(new URL('../../src/chunk/problem.js', import.meta.url).href)};
const kind = { code: 'long-row', column: null, expected: '3 cells', outcome: 'rejected' };
const pause = () => new Promise((done) => setTimeout(done, 20));
function rowsOf(problems) {
  let sum = 0;
  for (let i = 0; i < problems.length; i++) sum += problems.row(i);
  return sum;
}
function count() {
  const problems = new Problems();
  for (let row = 0; row < 300; row++) problems.add(kind, row, null);
  return rowsOf(problems);
}
for (let i = 0; i < 6000; i++) {
  count();
  if (i % 1000 === 0) await pause();
}
await pause();
for (let i = 0; i < 3; i++) {
  gc();
  await pause();
}
`;

test('code compiled for problems outlives the problems of a chunk', () => {
  const options = ['--expose-gc', '--trace-opt', '--trace-deopt', '--input-type=module'];
  const { stdout, status } = spawnSync(process.execPath, [...options, '--eval', script], {
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.match(stdout, /completed optimizing .*rowsOf/);
  assert.doesNotMatch(stdout, /rowsOf.*weak objects/);
});
