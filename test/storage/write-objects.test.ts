import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acquireObject, holdObject, takeOverObject } from '../../src/storage/s3/held-object.js';
import { createStagedObject } from '../../src/storage/s3/staged-object.js';
import {
  abortUploads,
  copyObject,
  partBytesFor,
  putIf,
  putObject,
  uploadParts,
} from '../../src/storage/s3/write-objects.js';
import { type Fault, s3Server } from '../s3-server.js';

const server = await s3Server({ mostCopied: 1000 });
Object.assign(process.env, server.env);

async function* pieces(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const [i, size] of sizes.entries()) yield Buffer.alloc(size, i + 1);
}

/** Fails the first request with this method whose address matches. */
function failOnce(fault: Fault, method: string, address: RegExp): void {
  let isDone = false;
  server.fault((_, request) => {
    if (isDone || request.method !== method || !address.test(request.url ?? '')) return null;
    isDone = true;
    return fault;
  });
}

describe('a written object', () => {
  it('says what is in it, also when it is copied', async () => {
    await putObject('s3://b/types/_summary.html', Buffer.from('<p>'));
    await putIf('s3://b/types/a.json', Buffer.from('{}'), { IfNoneMatch: '*' });
    await uploadParts('s3://b/types/part.parquet', pieces(3, 5));
    await copyObject('s3://b/types/_summary.html', 's3://b/types/copy.html');
    const typeOf = async (key: string) =>
      (await fetch(`${server.address}/b/types/${key}`)).headers.get('content-type');
    assert.equal(await typeOf('_summary.html'), 'text/html; charset=utf-8');
    assert.equal(await typeOf('a.json'), 'application/json');
    assert.equal(await typeOf('part.parquet'), 'application/vnd.apache.parquet');
    assert.equal(await typeOf('copy.html'), 'text/html; charset=utf-8');
    server.clear('types');
  });
});

describe('an upload in parts', () => {
  it('is in order, whatever lane is first, and shows nothing before its end', async () => {
    server.fault((_, { url = '' }) => {
      assert.equal(server.contents('parts').size, 0);
      return /partNumber=1&/.test(url) ? 'slow' : null;
    });
    await uploadParts('s3://b/parts', pieces(3, 5, 7, 2), { lanes: 3 });
    server.fault(() => null);
    const bytes: Buffer[] = [];
    for await (const piece of pieces(3, 5, 7, 2)) bytes.push(piece as Buffer);
    assert.deepEqual(server.contents('parts').get('parts'), Buffer.concat(bytes));
    assert.deepEqual(server.uploads(), []);
  });

  it('whose last answer is lost is recognized', async () => {
    failOnce('lost', 'POST', /uploadId=/);
    await uploadParts('s3://b/lost', pieces(4, 4));
    assert.equal(server.contents('lost').get('lost')?.length, 8);
  });

  it('that fails leaves nothing', async () => {
    server.fault((_, { url = '' }) => (/partNumber=2&/.test(url) ? 'AccessDenied' : null));
    await assert.rejects(uploadParts('s3://b/failed', pieces(4, 4, 4)), /access is denied/);
    server.fault(() => null);
    assert.equal(server.contents('failed').size, 0);
    assert.deepEqual(server.uploads(), []);
  });

  it('of a killed process is removed, if it is ours', async () => {
    for (const key of ['run/a/0', 'run/b/0', 'other/a/0'])
      await fetch(`${server.address}/b/${key}?uploads`, { method: 'POST' });
    await abortUploads('s3://b/run/', (name) => name.startsWith('a/'));
    assert.deepEqual(server.uploads().sort(), ['other/a/0', 'run/b/0']);
    await abortUploads('s3://b/', () => true);
    assert.deepEqual(server.uploads(), []);
  });

  it('has parts large enough for the largest object', () => {
    assert.equal(partBytesFor(1), 8 * 2 ** 20);
    assert.ok((5 * 2 ** 40) / partBytesFor(5 * 2 ** 40) <= 10_000);
  });
});

describe('a copy', () => {
  it('of a large object is made in parts', async () => {
    const bytes = Buffer.from(Array.from({ length: 2500 }, (_, i) => i % 251));
    server.put('from', bytes);
    assert.equal(await copyObject('s3://b/from', 's3://b/to', 1000), true);
    assert.deepEqual(server.contents('to').get('to'), bytes);
    assert.equal(await copyObject('s3://b/absent', 's3://b/to', 1000), false);
  });

  it('of a name with special characters', async () => {
    const key = 'a b+c=ü/100%#?.txt';
    server.put(key, 'text');
    assert.equal(await copyObject(`s3://b/${key}`, `s3://b/copied ${key}`), true);
    assert.equal(server.contents('copied ').get(`copied ${key}`)?.toString(), 'text');
  });
});

describe('a staged object', () => {
  it('is uploaded whole or in parts, with its size and hash', async () => {
    for (const [name, partBytes] of [
      ['whole', 100],
      ['in-parts', 7],
    ] as const) {
      const file = await createStagedObject(`s3://b/${name}`, partBytes);
      for (let i = 0; i < 5; i++) await file.write(Buffer.alloc(6, i));
      assert.equal(server.contents(name).size, 0);
      const { bytes, sha256 } = await file.finish();
      assert.equal(bytes, 30);
      assert.match(sha256, /^[0-9a-f]{64}$/);
      assert.equal(server.contents(name).get(name)?.length, 30);
    }
  });
});

describe('a held object', () => {
  const text = (run: string) => `{"runId":"${run}"}\n`;
  const passes = () => Promise.resolve();

  it('is acquired by one of many, and taken over by one of many', async () => {
    const path = 's3://b/guard';
    const got = await Promise.all(Array.from({ length: 8 }, (_, i) => acquireObject(path, text(`r${i}`))));
    assert.equal(got.filter((one) => one !== null).length, 1);
    const taken = await Promise.all(
      Array.from({ length: 8 }, (_, i) => takeOverObject(path, text(`t${i}`), passes)),
    );
    assert.equal(taken.filter((one) => one !== null).length, 1);
    const before = got.find((one) => one !== null)!;
    assert.equal(await before.refresh(), false, 'its owner learns that it is gone');
  });

  it('whose owner beats between a look and the takeover is not taken', async () => {
    const path = 's3://b/alive';
    const held = (await acquireObject(path, text('a')))!;
    const taken = await takeOverObject(path, text('b'), async () => void (await held.refresh()));
    assert.equal(taken, null);
    assert.equal(await held.refresh(), true);
  });

  it('is recognized as its own when the answer to a put is lost', async () => {
    failOnce('lost', 'PUT', /\/own$/);
    const held = (await acquireObject('s3://b/own', text('a')))!;
    assert.notEqual(held, null);
    failOnce('lost', 'PUT', /\/own$/);
    assert.equal(await held.refresh(), true);
    server.fault((_, { method }) => (method === 'PUT' ? 'lost' : null));
    await held.refresh().catch(() => {});
    server.fault(() => null);
    assert.equal(await held.refresh(), true, 'a beat whose answers were all lost was still ours');
  });

  it('that is gone is not made again by a heartbeat', async () => {
    const held = await holdObject('s3://b/claim', text('a'));
    server.clear('claim');
    assert.equal(await held.refresh(), false);
    assert.equal(server.contents('claim').size, 0);
  });
});
