// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables as they stand in a job file
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Job } from '../../src/job/job.js';
import type { JobOptions } from '../../src/job/job-options.js';
import { keptJob } from '../../src/job/kept-job.js';
import { JobFileError } from '../../src/job/mistake.js';
import { readJob } from '../../src/job/read-job.js';
import { keepCodeWith } from '../../src/process/kept-code.js';
import { temporaryFolder } from '../temporary-folder.js';

const head = 'name: flights\nmodel: { path: m.onnx }\n';
const dated = `${head}input: { path: ["in/\${date}*.csv", "more/\${date:yyyy/MM}.csv"] }\noutput: { path: "out/\${job}/\${date}" }\n`;
const path = resolve('job.yaml');
const earlier = { cache: process.env['XDG_CACHE_HOME'], off: process.env['NIGHTSHIFT_NO_CACHE'] };
let cache = '';
let reads = 0;

function fresh(text: string, options: JobOptions): Job | null {
  return readJob(text, path, options).job;
}

function kept(text: string, options: JobOptions = {}, at = path): Promise<Job> {
  return keptJob(text, at, options, async () => {
    reads++;
    const { job, dated, mistakes } = readJob(text, at, options);
    if (job === null) throw new JobFileError(at, mistakes);
    return { job, dated };
  });
}

function cached(): string {
  const folder = join(cache, 'nightshift');
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('');
}

describe('a kept job', () => {
  before(() => {
    delete process.env['NIGHTSHIFT_NO_CACHE'];
    keepCodeWith(() => {}, 'code of a test');
  });

  beforeEach(() => {
    cache = temporaryFolder('kept-job');
    process.env['XDG_CACHE_HOME'] = cache;
    reads = 0;
  });

  after(() => {
    for (const [name, value] of [
      ['XDG_CACHE_HOME', earlier.cache],
      ['NIGHTSHIFT_NO_CACHE', earlier.off],
    ] as const)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });

  it('is what its file says, for each job of the repository and each date', async () => {
    for (const name of readdirSync('jobs').filter((name) => name.endsWith('.yaml'))) {
      const [text, at] = [readFileSync(join('jobs', name), 'utf8'), resolve('jobs', name)];
      for (const date of ['2013-01-04', '2013-01-04', '2024-02-29']) {
        const { job } = readJob(text, at, { date });
        assert.ok(job !== null, name);
        assert.deepStrictEqual(await kept(text, { date }, at), job, `${name} of ${date}`);
      }
    }
  });

  it('is read once for all dates if only its paths use the date', async () => {
    for (const date of ['2013-01-04', '2024-02-29', '2024-02-29T06']) {
      assert.deepStrictEqual(await kept(dated, { date }), fresh(dated, { date }));
      assert.equal(reads, 1, date);
    }
  });

  it('is read again if the date stands elsewhere, or could, because an alias repeats a path', async () => {
    const elsewhere = `${dated}redact: ["on \${date}"]\ncolumns: { "on 2013-01-04": {}, "on 2024-02-29": {} }\n`;
    const alias = dated
      .replace('["in/${date}*.csv", ', '[&one "in/${date}*.csv", ')
      .replace('model: { path: m.onnx }', 'model: { path: m.onnx, outputs: {} }');
    for (const text of [elsewhere, `${alias}telemetry: { namespace: *one }\n`])
      for (const date of ['2013-01-04', '2024-02-29']) {
        const job = fresh(text, { date });
        assert.ok(job !== null);
        assert.deepStrictEqual(await kept(text, { date }), job);
      }
    assert.equal(reads, 4);
  });

  it('has the mistakes of a wrong or missing date as if nothing were kept', async () => {
    await kept(dated, { date: '2013-01-04' });
    for (const options of [{}, { date: 'monday' }, { date: '../2013' }])
      await assert.rejects(kept(dated, options), JobFileError);
    assert.equal(reads, 4);
  });

  it('has the mistake of a date with which the output is within the input', async () => {
    const text = `${head}input: { path: scored/2013 }\noutput: { path: "scored/\${date:yyyy}/out" }\n`;
    await kept(text, { date: '2024-02-29' });
    await assert.rejects(kept(text, { date: '2013-01-04' }), JobFileError);
  });

  it('is another one for another text, folder or option', async () => {
    const date = '2013-01-04';
    await kept(dated, { date });
    assert.deepStrictEqual(await kept(dated, { date, workers: 3 }), fresh(dated, { date, workers: 3 }));
    const there = resolve('elsewhere/job.yaml');
    assert.equal((await kept(dated, { date }, there)).baseDir, resolve('elsewhere'));
    assert.equal((await kept(`${dated}audit: true\n`, { date })).audit, true);
    assert.equal(reads, 4);
  });

  it('is not cached with values of --set, which may be secrets', async () => {
    const text = `${head}input: { path: "in/\${region}.csv" }\noutput: { path: out }\n`;
    for (let i = 0; i < 2; i++) {
      const job = await kept(text, { set: { region: 'north-42' } });
      assert.deepEqual(job.input.paths, ['in/north-42.csv']);
    }
    assert.equal(reads, 2);
    await kept(dated, { date: '2013-01-04' });
    assert.match(cached(), /flights/);
    assert.doesNotMatch(cached(), /north-42/);
  });
});
