import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { lastLine, workdir } from '../workdir.js';
import { echoModel } from './tiny-model.js';

describe('characters beyond ASCII in the program itself', () => {
  it('are escaped in every bundle, because a bundle is read byte by byte', () => {
    const bundles = readdirSync('dist/bundle').filter((name) => name.endsWith('.cjs'));
    assert.deepEqual(bundles, ['probe.cjs', 'program.cjs', 'worker.cjs']);
    for (const name of bundles)
      assert.equal(/[\x80-\xff]/.exec(readFileSync(`dist/bundle/${name}`, 'latin1')), null, name);
  });

  it('read numbers, totals and words of windows-1252 in the built program as in the tests', async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x'));
    const rows = Array.from({ length: 40 }, (_, i) => `Größe ${i};68’${100 + i}.29`);
    dir.write('swiss.csv', `k;x\n${rows.join('\n')}\n`);
    dir.write('western.csv', Buffer.from(`k;x\n${rows.join('\n').replaceAll('’', "'")}\n`, 'latin1'));
    dir.write('total.csv', `k;x\n${rows.join('\n')}\nитого;68’100.29\n`);
    const findings = ['swiss', 'western', 'total'].map((name) => {
      const job = {
        name,
        input: { path: `${name}.csv` },
        model: { path: 'm.onnx' },
        output: { path: `out-${name}`, format: 'csv' },
        run: { workers: 1 },
      };
      const ran = dir.nightshift(['run', dir.write('job.yaml', JSON.stringify(job))]);
      const { rows: counts, findings } = lastLine(ran);
      assert.equal(counts.repaired, name === 'total' ? 41 : 40, ran.stderr);
      assert.match(dir.read(`out-${name}/part-${name}.csv`), /^68100\.29,/m);
      return findings.map(({ level, code }) => `${level} ${code}`);
    });
    assert.deepEqual(findings, [[], [], ['check total-row']]);
  });
});
