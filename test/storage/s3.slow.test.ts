import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parquetMetadata } from 'hyparquet';
import { published, sampleRun } from '../faults/made-job.js';
import { query } from '../golden/query.js';
import { echoModel } from '../golden/tiny-model.js';
import { residentWith } from '../resident.js';
import { type Fault, s3Server } from '../s3-server.js';
import { until } from '../until.js';
import { lastLine, type Ran, said, type Workdir, workdir } from '../workdir.js';

/** Ends with the file: a hook of a suite would end it before the tests. */
const server = await s3Server();
const resident = residentWith(server.env);
/** Calls the program with the server in its environment; `start` is for tests of another environment. */
const call = (dir: Workdir, args: readonly string[]) => resident({ folder: dir.path, args });

const flights = join(process.cwd(), 'data-samples/flights');

/** The sample days in four formats, and compressed, as JSON Lines, in UTF-16 and with small pages. */
function days(): Record<string, Buffer> {
  const names = readdirSync(flights).filter((name) => name.startsWith('2013'));
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(flights, name))]));
  const csv = files['2013-01-01.csv']!;
  const [head = '', ...rows] = csv.toString().trimEnd().split('\n');
  const columns = head.split(',');
  const text = rows.map((row) => {
    const cells = row.split(',').map((cell, i) => [columns[i], cell === 'NA' ? null : cell]);
    return JSON.stringify(Object.fromEntries(cells));
  });
  return {
    ...files,
    '2013-02-01.csv.gz': gzipSync(csv),
    '2013-02-02.jsonl': Buffer.from(`${text.join('\n')}\n`),
    '2013-02-03.csv': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(csv.toString(), 'utf16le')]),
  };
}

/** Writes the sample job over the days in `in/`, from files and from S3; in one process without `workers`. */
function jobs(dir: Workdir, workers = 0) {
  const wishes = workers === 0 ? ({ workers: 1, isolation: 'none' } as const) : { workers };
  const text = readFileSync(sampleRun(dir, wishes), 'utf8').replace(/max_rejected: \S+/, 'max_rejected: 50%');
  const keyless = text.replace('key: true, ', '');
  return {
    local: dir.write('local.yaml', keyless.replace(/path: \S*flights\/\*/, 'path: in')),
    s3: dir.write('s3.yaml', keyless.replace(/path: \S*flights\/\*/, 'path: s3://b/data')),
  };
}

async function ranWell(ran: Promise<Ran>): Promise<Ran> {
  const ended = await ran;
  assert.equal(ended.code, 0, said(ended));
  return ended;
}

describe('inputs in S3', () => {
  before(() => {
    for (const [name, bytes] of Object.entries(days())) server.put(`data/${name}`, bytes);
  });

  let scoredHere: Record<string, string> | null = null;
  /** What a run over the same files publishes. */
  async function local() {
    if (scoredHere === null) {
      const dir = workdir();
      for (const [name, bytes] of Object.entries(days())) dir.write(`in/${name}`, bytes);
      await ranWell(call(dir, ['run', jobs(dir).local]));
      scoredHere = published(dir);
    }
    return scoredHere;
  }

  it('give the bytes of a run over the same files, in every format', async () => {
    const dir = workdir();
    server.fault(() => null);
    const { s3 } = jobs(dir, 2);
    await ranWell(call(dir, ['run', s3]));
    assert.deepEqual(published(dir), await local());
    const again = await ranWell(call(dir, ['run', s3]));
    assert.deepEqual(lastLine(again).partitions, { planned: 7, published: 0, failed: 0, skipped: 7 });
  });

  it('give the same bytes when requests fail, connections are lost and bodies break off', async () => {
    const dir = workdir();
    const faults: Fault[] = [null, 'SlowDown', null, 'cut', null, 'reset', null, 'InternalError', null];
    server.fault((count) => faults[count % faults.length]!);
    await ranWell(call(dir, ['run', jobs(dir, 1).s3]));
    assert.deepEqual(published(dir), await local());
  });

  it('split into parts, and over a glob, are as local ones', async () => {
    const dir = workdir();
    server.fault(() => null);
    const split = (job: string, from: string) =>
      dir.write(
        'split.yaml',
        readFileSync(job, 'utf8').replace(from, `${from}/2013-01-0[24].*\n  split: 20KiB`),
      );
    for (const [name, bytes] of Object.entries(days())) dir.write(`in/${name}`, bytes);
    const { s3, local: files } = jobs(dir);
    await ranWell(call(dir, ['run', split(s3, 's3://b/data')]));
    const hashes = published(dir);
    dir.remove('out');
    await ranWell(call(dir, ['run', split(files, 'path: in')]));
    assert.deepEqual(hashes, published(dir));
    assert.ok(Object.keys(hashes).length > 6);
  });

  it('are shown by plan, check and inspect, and profiled', async () => {
    const dir = workdir();
    server.fault(() => null);
    const { s3 } = jobs(dir);
    const plan = await ranWell(call(dir, ['plan', s3, '--json']));
    const { partitions } = JSON.parse(plan.stdout) as {
      partitions: { partition: string; input: string; bytes: number }[];
    };
    assert.equal(partitions.length, 7);
    assert.deepEqual(
      { ...partitions[1]!, state: '', findings: [] },
      {
        partition: '2013-01-02',
        input: 's3://b/data/2013-01-02.parquet',
        bytes: days()['2013-01-02.parquet']!.length,
        state: '',
        findings: [],
      },
    );
    await ranWell(call(dir, ['check', s3]));
    for (const name of Object.keys(days())) {
      const shown = await ranWell(call(dir, ['inspect', `s3://b/data/${name}`]));
      assert.match(shown.stdout, /flight_id/);
    }
    await ranWell(call(dir, ['profile', s3, '-o', 'base.json']));
  });

  it('take endpoint and credentials from ~/.aws', async () => {
    const dir = workdir();
    server.fault(() => null);
    dir.write('.aws/config', `[profile night]\nregion = eu-west-1\nendpoint_url = ${server.address}\n`);
    dir.write('.aws/credentials', '[night]\naws_access_key_id = a\naws_secret_access_key = b\n');
    const env = { HOME: dir.path, AWS_PROFILE: 'night', AWS_EC2_METADATA_DISABLED: 'true' };
    await ranWell(dir.start(['inspect', 's3://b/data/2013-01-01.csv'], env).ended);
  });
});

describe('Parquet in S3', () => {
  const asked = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const dir = workdir();

  /** Writes a file with columns c0, c1, ..., every third of few values, and texts; puts it into the bucket. */
  async function write(name: string, rows: number, groupRows: number, columns = 20): Promise<Buffer> {
    const values = Array.from({ length: columns }, (_, i) =>
      i % 3 === 2 ? `(i * 7 % 50)::FLOAT AS c${i}` : `(random() * 1e9)::FLOAT AS c${i}`,
    );
    await query(
      `COPY (SELECT ${values.join(', ')}, 'text ' || (i % 100) AS word FROM range(${rows}) t(i)) TO '${dir.path}/${name}' (FORMAT parquet, ROW_GROUP_SIZE ${groupRows})`,
    );
    const file = readFileSync(join(dir.path, name));
    server.put(name, file);
    return file;
  }

  function metadataOf({ buffer, byteOffset, length }: Buffer) {
    return parquetMetadata(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);
  }

  before(async () => {
    await write('wide.parquet', 30_000, 10_000);
    dir.write('m.onnx', await echoModel(...asked));
  });

  const job = (path: string, more = '', workers = 'isolation: none') =>
    dir.write(
      'job.yaml',
      `name: wide\ninput: { path: "${path}" }\nmodel: { path: m.onnx }\noutput: { path: out, format: csv }\nrun: { ${workers}, chunk_bytes: 256KiB }\n${more}`,
    );

  for (const [groups, groupRows] of [
    [2, 20_480],
    [20, 2048],
  ] as const)
    it(`is read by its footer and the column chunks that are needed, each once, whatever the number of workers: ${groups} row groups`, async () => {
      const name = `wide-${groups}.parquet`;
      const file = await write(name, 40_960, groupRows);
      await ranWell(call(dir, ['run', job(`s3://b/${name}`, '', 'workers: 2')]));
      const hashes = published(dir);
      const { bytes } = server.sent.get(name)!;
      const metadata = metadataOf(file);
      assert.equal(metadata.row_groups.length, groups);
      const chunks = metadata.row_groups.flatMap(({ columns }) => columns.map((column) => column.meta_data!));
      assert.ok(chunks.some(({ dictionary_page_offset }) => dictionary_page_offset !== undefined));
      const needed = chunks
        .filter(({ path_in_schema }) => asked.includes(path_in_schema[0]!))
        .reduce((sum, chunk) => sum + Number(chunk.total_compressed_size), metadata.metadata_length + 8);
      // The fingerprint reads 64 blocks of 4 KiB and two of 64 KiB, whatever the size.
      const fingerprint = 64 * 4096 + 2 * 65_536;
      assert.ok(bytes - fingerprint <= 1.05 * needed, `${bytes - fingerprint} of ${needed} bytes`);
      assert.ok(needed < 0.7 * file.length);
      dir.remove('out');
      await ranWell(call(dir, ['run', job(name)]));
      assert.deepEqual(hashes, published(dir));
      dir.remove('out');
    });

  // Cutting such a file ended with a stack trace: its row groups are described in blocks, and only the first
  // one was in memory.
  it('may have a footer of more than one block', async () => {
    const file = await write('footer.parquet', 8192, 2048, 600);
    assert.ok(metadataOf(file).metadata_length > 128 * 1024);
    await ranWell(call(dir, ['run', job('s3://b/footer.parquet')]));
    const hashes = published(dir);
    dir.remove('out');
    await ranWell(call(dir, ['run', job('footer.parquet')]));
    assert.deepEqual(hashes, published(dir));
    dir.remove('out');
  });

  it('shows a rejected row with all of its columns', async () => {
    const columns = 'columns: { c0: { type: float32, range: [3e6, 1e9], outside: reject } }\n';
    await ranWell(call(dir, ['run', job('s3://b/wide.parquet', columns), '--force']));
    const hashes = published(dir);
    const rejects = dir.read('out/_rejects/part-wide.ndjson');
    assert.match(rejects, /\\"word\\":\\"text/);
    dir.remove('out');
    await ranWell(call(dir, ['run', job('wide.parquet', columns)]));
    assert.deepEqual(hashes, published(dir));
  });
});

describe('a failure of S3', () => {
  const dir = workdir();
  before(async () => {
    server.put('in/a.csv', 'id,x\n1,2\n');
    server.put('in/b.csv', 'id,x\n1,2\n');
    dir.write('m.onnx', await echoModel('x'));
  });

  const job = (path: string) =>
    dir.write(
      'job.yaml',
      `name: tiny\ninput: { path: "${path}", on_empty: fail }\nmodel: { path: m.onnx }\noutput: { path: out }\nrun: { retries: 0 }\n`,
    );
  /** Returns how a run ends, in a process of its own if it has another environment, or asks for a pause. */
  const ends = async (path: string, env: NodeJS.ProcessEnv | null = null) => {
    const args = ['run', job(path)];
    const ran = await (env === null ? call(dir, args) : dir.start(args, { ...server.env, ...env }).ended);
    const { exit_code, reason, error, hint } = lastLine(ran);
    return [exit_code, reason, error?.message ?? null, hint];
  };

  it('names the bucket that does not exist', async () => {
    server.fault(() => null);
    assert.deepEqual(await ends('s3://other/in/*.csv'), [
      2,
      's3-address',
      '"s3://other/in/" cannot be read: there is no such bucket',
      'correct the name, or set AWS_REGION and AWS_ENDPOINT_URL_S3',
    ]);
  });

  it('says what is there instead of an object', async () => {
    server.fault(() => null);
    const [code, reason, message] = await ends('s3://b/in/c.csv');
    assert.deepEqual(
      [code, reason, message],
      [2, 'no-input', 'no input at "s3://b/in/c.csv": "s3://b/in/" has a.csv, b.csv'],
    );
  });

  it('says which permissions are missing', async () => {
    server.fault(() => 'AccessDenied');
    const [code, reason, message, hint] = await ends('s3://b/in/a.csv');
    assert.deepEqual([code, reason], [2, 'no-permission']);
    assert.match(String(message), /^"s3:\/\/b\/in\/a\.csv" cannot be read: access is denied/);
    assert.match(String(hint), /s3:GetObject/);
  });

  it('says that there are no credentials', async () => {
    server.fault(() => null);
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const [code, reason, , hint] = await ends('s3://b/in/a.csv', none);
    assert.deepEqual([code, reason], [2, 's3-credentials']);
    assert.match(String(hint), /AWS_PROFILE/);
  });

  it('says that nothing answers at the endpoint', async () => {
    const [code, reason, message] = await ends('s3://b/in/a.csv', {
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
    });
    assert.deepEqual([code, reason], [5, 'storage-away']);
    assert.match(String(message), /nothing answers at its endpoint \(ECONNREFUSED\)/);
  });

  it('ends with 5 while the service goes on asking for fewer requests', async () => {
    server.fault(() => 'SlowDown');
    const [code, reason, message] = await ends('s3://b/in/a.csv', {});
    assert.deepEqual([code, reason], [5, 'storage-failed']);
    assert.match(String(message), /asks for fewer requests \(503\) again and again/);
  });

  it('is an input that changed, if the object is written again before it is read', async () => {
    server.fault((_, { method, url }) => {
      if (method === 'GET' && url!.startsWith('/b/in/a.csv')) server.put('in/a.csv', 'id,x\n1,3\n');
      return null;
    });
    const [code, reason, message] = await ends('s3://b/in/a.csv');
    assert.deepEqual([code, reason], [5, 'input-changed']);
    assert.match(String(message), /"s3:\/\/b\/in\/a\.csv" was written again while it was being read/);
  });

  it('does not hold a run that is interrupted while the service does not answer', async () => {
    let asked = false;
    server.fault(() => {
      asked = true;
      return 'hang';
    });
    const run = dir.start(['run', job('s3://b/in/a.csv')], server.env);
    await until(() => asked, 'nothing was asked');
    process.kill(run.pid, 'SIGINT');
    const { code, stdout } = await run.ended;
    assert.equal(code, 130, stdout);
    assert.equal(lastLine({ code, signal: null, stdout, stderr: '' }).reason, 'interrupted');
  });
});
