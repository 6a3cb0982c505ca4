import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { leftovers, published, sampleRun } from '../faults/made-job.js';
import { echoModel } from '../golden/tiny-model.js';
import { residentWith } from '../resident.js';
import { jobInS3, leftAt, publishedAt, putDays } from '../s3-bucket.js';
import { type Fault, s3Server } from '../s3-server.js';
import { lastLine, type Ran, said, type Workdir, workdir } from '../workdir.js';

const server = await s3Server({ page: 5 });
const resident = residentWith(server.env);
const call = (dir: Workdir, args: readonly string[]) => resident({ folder: dir.path, args });
const inProcess = { workers: 1, isolation: 'none' } as const;

async function ranWell(ran: Promise<Ran>): Promise<Ran> {
  const ended = await ran;
  assert.equal(ended.code, 0, said(ended));
  return ended;
}

/** Records without times and addresses. */
function bare(record: string): unknown {
  const { runId, startedAt, durationMs, identity, input, ...rest } = JSON.parse(record);
  const { path, ...shown } = input;
  return { ...rest, input: shown, bytes: identity.input.bytes, model: identity.model };
}

describe('a run folder in S3', () => {
  before(() => putDays(server));

  const local = workdir();
  let scoredHere: Record<string, string> | null = null;
  async function scored(): Promise<Record<string, string>> {
    if (scoredHere !== null) return scoredHere;
    const job = sampleRun(local, inProcess);
    await ranWell(
      call(local, ['run', local.write('local.yaml', `audit: true\n${readFileSync(job, 'utf8')}`)]),
    );
    scoredHere = published(local);
    return scoredHere;
  }

  it('has the bytes and records of a local one, and resumes', async () => {
    server.fault(() => null);
    const dir = workdir();
    const job = jobInS3(dir, 'same', { workers: 2 });
    const ran = await ranWell(call(dir, ['run', job]));
    assert.deepEqual(publishedAt(server, 'same'), await scored());
    assert.deepEqual(leftAt(server, 'same'), []);
    assert.deepEqual(leftovers(local), []);
    const line = lastLine(ran);
    assert.equal(line.output, 's3://b/same');
    assert.equal(line.summary, 's3://b/same/_summary.json');
    const own = 'same/_nightshift/partitions/';
    for (const [key, bytes] of server.contents(own))
      assert.deepEqual(
        bare(bytes.toString()),
        bare(local.read(`out/_nightshift/partitions/${key.slice(own.length)}`)),
      );
    for (const name of ['_summary.json', '_summary.html', '_manifest.json', '_nightshift/last-run.json'])
      assert.ok(server.contents(`same/${name}`).size === 1, name);
    const again = await ranWell(call(dir, ['run', job]));
    assert.deepEqual(lastLine(again).partitions, { planned: 4, published: 0, failed: 0, skipped: 4 });
    await ranWell(call(dir, ['run', job, '--force']));
    assert.deepEqual(publishedAt(server, 'same'), await scored());
    assert.deepEqual(leftAt(server, 'same'), []);
  });

  it('is shown, planned, sharded, finished, and retried', async () => {
    const dir = workdir();
    const job = jobInS3(dir, 'parts', inProcess);
    await ranWell(call(dir, ['check', job]));
    assert.equal(server.contents('parts/').size, 0, 'check leaves nothing');
    await ranWell(call(dir, ['plan', job, '--save']));
    await ranWell(call(dir, ['run', job, '--shard', '1/2']));
    const early = await call(dir, ['finish', job]);
    assert.equal(early.code, 5, said(early));
    const shown = JSON.parse((await ranWell(call(dir, ['status', job, '--json']))).stdout);
    assert.equal(shown.output, 's3://b/parts');
    assert.deepEqual(shown.partitions.map(({ state }: { state: string }) => state).sort(), [
      'held',
      'held',
      'not-started',
      'not-started',
    ]);
    await ranWell(call(dir, ['run', job, '--shard', '2/2']));
    await ranWell(call(dir, ['finish', job]));
    await ranWell(call(dir, ['finish', job]));
    assert.deepEqual(publishedAt(server, 'parts'), await scored());
    assert.deepEqual(leftAt(server, 'parts').sort(), []);
    await ranWell(call(dir, ['retry', job]));
  });

  it('has its page written again by report, from its folder or its summary, and an index with others', async () => {
    server.fault(() => null);
    const dir = workdir();
    const series = (date: string) => {
      const job = jobInS3(dir, `series/date=${date}`, { ...inProcess, days: `${date}*` });
      return dir.write('series.yaml', readFileSync(job, 'utf8'));
    };
    for (const date of ['2013-01-01', '2013-01-04'])
      await ranWell(call(dir, ['run', series(date), '--quiet']));
    const page = 'series/date=2013-01-04/_summary.html';
    const written = server.contents(page).get(page)!.toString();
    for (const path of ['', '/', '/_summary.json']) {
      server.clear(page);
      const ran = await ranWell(call(dir, ['report', `s3://b/series/date=2013-01-04${path}`]));
      assert.equal(server.contents(page).get(page)!.toString(), written);
      assert.match(ran.stdout, new RegExp(`page +s3://b/${page}`));
    }
    await ranWell(call(dir, ['report', 's3://b/series/date=2013-01-04', '-o', 'page.html']));
    assert.equal(dir.read('page.html'), written);
    for (const path of ['s3://b/series', 's3://b/series/', 's3://b/']) {
      const ran = await ranWell(call(dir, ['report', path, '--json']));
      const { page: index, runs } = JSON.parse(ran.stdout);
      assert.equal(index, `${path.replace(/\/$/, '')}/index.html`);
      const key = index.slice('s3://b/'.length);
      const text = server.contents(key).get(key)!.toString();
      const links = [...text.matchAll(/href="\.\/([^"]*)"/g)].map(([, to]) => decodeURIComponent(to!));
      assert.equal(links.length, runs);
      const above = key.slice(0, -'index.html'.length);
      for (const link of links) assert.ok(server.contents(`${above}${link}`).size === 1, link);
    }
    server.clear('index.html');
    for (const [path, why] of [
      ['s3://b/nowhere', /nothing to report at "nowhere": there is no such folder/],
      ['s3://b/data', /nothing to report at "data": it contains no _summary.json/],
      ['s3://b/data/2013-01-01.csv', /nothing to report at "2013-01-01.csv": it is a file/],
      ['s3://other/run', /there is no such bucket/],
    ] as const) {
      const ran = await call(dir, ['report', path]);
      assert.equal(ran.code, 2, path);
      assert.match(said(ran), why);
    }
  });

  it('keeps the rejected rows of what a gate holds back, and publishes it when the gate is changed', async () => {
    const dir = workdir();
    const job = jobInS3(dir, 'gated', inProcess);
    const text = readFileSync(job, 'utf8');
    dir.write('gated.yaml', text.replace('min_rows: 100', 'min_rows: 1000000'));
    const ran = await call(dir, ['run', job]);
    assert.equal(ran.code, 3, said(ran));
    const names = [...server.contents('gated/').keys()].map((key) => key.slice('gated/'.length));
    assert.deepEqual(
      names.filter((name) => name.startsWith('part-') || name === '_SUCCESS'),
      [],
    );
    assert.ok(names.includes('_nightshift/partitions/2013-01-04.rejects.ndjson'), names.join(' '));
    dir.write('gated.yaml', text);
    await ranWell(call(dir, ['retry', job]));
    assert.deepEqual(publishedAt(server, 'gated'), await scored());
    assert.deepEqual(leftAt(server, 'gated'), []);
  });

  it('replaces and removes what an earlier plan published, but no file that someone changed', async () => {
    const dir = workdir();
    const job = jobInS3(dir, 'stale', inProcess);
    await ranWell(call(dir, ['run', job]));
    server.put('stale/part-2013-01-02.parquet', 'changed');
    dir.write('stale.yaml', readFileSync(job, 'utf8').replace('s3://b/data/*', 's3://b/data/2013-01-0[34]*'));
    const ran = await ranWell(call(dir, ['run', job]));
    const names = Object.keys(publishedAt(server, 'stale'));
    assert.ok(names.includes('part-2013-01-02.parquet') && !names.includes('part-2013-01-01.parquet'));
    assert.match(said(ran), /not removed, because someone changed it: part-2013-01-02\.parquet/);
  });

  it('tells the runs for other dates what is scored, for input.since', async () => {
    const dir = workdir();
    const text = readFileSync(jobInS3(dir, 'since', inProcess), 'utf8')
      .replace('s3://b/data/*', 's3://b/fresh/*.csv\n  since: last')
      .replace('s3://b/since', 's3://b/since/$' + '{job}/date=$' + '{date}');
    const job = dir.write('since.yaml', text);
    const day = readFileSync('data-samples/flights/2013-01-01.csv');
    server.put('fresh/one.csv', day);
    await ranWell(call(dir, ['run', job, '--date', '2013-01-01']));
    const none = await call(dir, ['run', job, '--date', '2013-01-02']);
    assert.deepEqual([none.code, lastLine(none).reason], [99, 'nothing-new'], said(none));
    server.put('fresh/two.csv', Buffer.concat([day, day.subarray(day.indexOf('\n') + 1)]));
    const second = await call(dir, ['run', job, '--date', '2013-01-02']);
    assert.equal(lastLine(second).partitions.planned, 1, said(second));
  });

  it('tells the runs for other dates which rows are scored, for a watermark', async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x'));
    const job = dir.write(
      'rows.yaml',
      `name: rows
input: { path: s3://b/grown/*.csv, since: { watermark: at } }
model: { path: m.onnx }
columns: { at: { type: timestamp } }
output: { path: "s3://b/rows/date=\${date}", format: csv, columns: [at] }
run: { workers: 1, isolation: none }
`,
    );
    const rows = (...minutes: readonly number[]) =>
      Buffer.from(`x,at\n${minutes.map((minute) => `${minute},2013-01-01 08:${minute}\n`).join('')}`);
    server.put('grown/a.csv', rows(10, 20));
    await ranWell(call(dir, ['run', job, '--date', '2013-01-01']));
    server.put('grown/a.csv', rows(10, 20, 15, 30));
    const { rows: counts } = lastLine(await ranWell(call(dir, ['run', job, '--date', '2013-01-02'])));
    assert.deepEqual([counts.scored, counts.left_out], [1, 3]);
    const again = await ranWell(call(dir, ['run', job, '--date', '2013-01-01', '--force']));
    assert.deepEqual([lastLine(again).rows.scored, lastLine(again).rows.left_out], [3, 1]);
    const none = await call(dir, ['run', job, '--date', '2013-01-03']);
    assert.equal(lastLine(none).reason, 'nothing-new', said(none));
  });

  it('tells the runs for other dates which keys are published, by reading the scored files', async () => {
    const dir = workdir();
    dir.write('m.onnx', await echoModel('x'));
    for (const format of ['csv', 'parquet']) {
      const job = dir.write(
        'keys.yaml',
        `name: keys
input: { path: s3://b/keyed-${format}/*.csv, since: { key: id } }
model: { path: m.onnx }
columns: { id: { type: int64, missing: reject } }
output: { path: "s3://b/keys-${format}/date=\${date}", format: ${format}, columns: [id] }
run: { workers: 1, isolation: none }
`,
      );
      const rows = (...ids: readonly number[]) =>
        Buffer.from(`x,id\n${ids.map((id) => `1,${id}\n`).join('')}`);
      server.put(`keyed-${format}/a.csv`, rows(10, 20));
      await ranWell(call(dir, ['run', job, '--date', '2013-01-01']));
      server.put(`keyed-${format}/b.csv`, rows(30, 20, 15));
      const { rows: counts } = lastLine(await ranWell(call(dir, ['run', job, '--date', '2013-01-02'])));
      assert.deepEqual([counts.scored, counts.left_out], [2, 1]);
    }
  });

  it('is no input of the job that publishes there', async () => {
    const dir = workdir();
    const job = jobInS3(dir, 'same', inProcess);
    const text = readFileSync(job, 'utf8');
    for (const path of ['s3://b/same', 's3://b/same/*.parquet', 's3://b/**/*.parquet']) {
      dir.write('same.yaml', text.replace(/path: s3:\/\/b\/data\/\*/, `path: "${path}"`));
      const ran = await call(dir, ['run', job]);
      assert.equal(ran.code, 2, `${path}: ${said(ran)}`);
      assert.match(said(ran), /its own output|own output|publishes to/);
    }
  });
});

describe('an output in S3 that cannot be used', () => {
  before(() => putDays(server));

  /** Runs and checks; returns the code and the message of the run. */
  async function refused(out: string, decide: (method: string, key: string) => Fault) {
    const dir = workdir();
    server.fault((_, { method = '', url = '' }) => decide(method, url));
    const text = readFileSync(jobInS3(dir, out, inProcess), 'utf8');
    const job = dir.write('once.yaml', text.replace('retries: 2', 'retries: 0'));
    const ran = await call(dir, ['run', job]);
    const checked = await call(dir, ['check', job]);
    server.fault(() => null);
    assert.equal(server.contents(`${out}/part-`).size, 0);
    return { code: ran.code, text: said(ran), checked: checked.code };
  }

  const puts = (fault: Fault) => (method: string) => (method === 'PUT' ? fault : null);

  it('for lack of permission: 2, and which rights to grant', async () => {
    const { code, text, checked } = await refused('denied', puts('AccessDenied'));
    assert.deepEqual([code, checked], [2, 2], text);
    assert.match(text, /"s3:\/\/b\/denied\/\S*" cannot be written: access is denied .*s3:PutObject/s);
  });

  it('because its service knows no conditional puts: 2', async () => {
    const { code, text, checked } = await refused('none', puts('NotImplemented'));
    assert.deepEqual([code, checked], [2, 2], text);
    assert.match(text, /does not support conditional puts/);
    const ignoring = await s3Server({ ignoresConditions: true });
    putDays(ignoring);
    const dir = workdir();
    const ran = await dir.start(['run', jobInS3(dir, 'ignored', inProcess)], ignoring.env).ended;
    assert.equal(ran.code, 2, said(ran));
    assert.match(said(ran), /does not support conditional puts/);
    assert.equal(ignoring.contents('ignored/').size, 0);
  });

  it('because there is no such bucket: 2', async () => {
    const dir = workdir();
    const job = jobInS3(dir, 'out', inProcess);
    dir.write('out.yaml', readFileSync(job, 'utf8').replace('s3://b/out', 's3://missing/out'));
    const ran = await call(dir, ['run', job]);
    assert.equal(ran.code, 2, said(ran));
    assert.match(said(ran), /"s3:\/\/missing\/out\/\S*" cannot be written: there is no such bucket/);
  });

  it('because the service is away: 5', async () => {
    const { code, text } = await refused('away', puts('InternalError'));
    assert.equal(code, 5, text);
    assert.match(text, /cannot be written: the service failed/);
  });

  it('for its address: 2', async () => {
    const dir = workdir();
    const text = readFileSync(jobInS3(dir, 'out', inProcess), 'utf8');
    for (const path of ['s3://b', 's3://b/', 's3:///x', 's3://b/a/../c', 'gs://b/x']) {
      dir.write('out.yaml', text.replace('s3://b/out', path));
      const ran = await call(dir, ['run', 'out.yaml']);
      assert.equal(ran.code, 2, path);
      assert.match(said(ran), /"output\.path" must be/, path);
    }
  });
});
