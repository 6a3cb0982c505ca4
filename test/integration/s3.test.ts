import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashInput } from '../../src/storage/hash-input.js';
import { listObjects } from '../../src/storage/s3/objects.js';
import { leftovers, published, sampleRun } from '../faults/made-job.js';
import { random } from '../faults/random.js';
import { isPublished, said, type Workdir, workdir } from '../workdir.js';
import { startedOrSkipped, startGuard } from './engines.js';
import { type Moto, startMoto, whyNoMoto } from './start-moto.js';

describe('inputs and a model in the S3 of moto', { skip: whyNoMoto() ?? false }, () => {
  const guard = startGuard(workdir().path);
  after(() => guard.stop());

  it('give the bytes of a run over the same files: the sample days, from a prefix and a glob', async (t) => {
    const moto = await startedOrSkipped(t, 'moto', () => startMoto(guard));
    if (moto === null) return;
    const { address, env } = moto;
    const samples = join(process.cwd(), 'data-samples');
    const put = async (name: string) => {
      const object = `${address}/nightshift/data/${name}`;
      const { ok } = await fetch(object, { method: 'PUT', body: readFileSync(join(samples, name)) });
      assert.ok(ok, name);
    };
    for (const name of readdirSync(join(samples, 'flights'))) await put(`flights/${name}`);
    await put('models/flight-delay.onnx');
    const local = workdir();
    const whole = await local.start(['run', sampleRun(local)]).ended;
    assert.equal(whole.code, 0, said(whole));
    for (const address of ['s3://nightshift/data/flights', 's3://nightshift/data/flights/2013*']) {
      const dir = workdir();
      const job = readFileSync(sampleRun(dir), 'utf8')
        .replace(/path: \S*flights\/\*/, `path: "${address}"`)
        .replace(/path: \S*(models\/\S*onnx)/, 'path: s3://nightshift/data/$1');
      const ran = await dir.start(['run', dir.write('job.yaml', job)], env).ended;
      assert.equal(ran.code, 0, said(ran));
      assert.deepEqual(published(dir), published(local));
      assert.deepEqual(leftovers(dir), []);
    }
  });
});

describe('a job with all paths in the S3 of moto', { skip: whyNoMoto() ?? false }, () => {
  const kills = Number(process.env['KILLS'] ?? 20);
  /** On a slow machine fewer kills must do, unless their number is given. */
  const limitMs = process.env['KILLS'] === undefined ? 180_000 : Number.POSITIVE_INFINITY;
  const flights = join(process.cwd(), 'data-samples/flights');
  const model = join(process.cwd(), 'data-samples/models/flight-delay.onnx');
  let moto: Moto | null = null;
  const guard = startGuard(workdir().path);
  after(() => guard.stop());

  async function put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { ok } = await fetch(`${moto!.address}/nightshift/${key}`, { method: 'PUT', body: bytes });
    assert.ok(ok, key);
  }

  async function keysBelow(prefix: string): Promise<string[]> {
    const { objects } = await listObjects(`s3://nightshift/${prefix}`, null);
    return objects.map(({ path }) => path.slice('s3://nightshift/'.length));
  }

  async function publishedAt(out: string): Promise<Record<string, string>> {
    const { objects } = await listObjects(`s3://nightshift/${out}/`, null);
    const hashes: Record<string, string> = {};
    for (const { path, size, etag } of objects) {
      const name = path.slice(`s3://nightshift/${out}/`.length);
      if (isPublished(name)) hashes[name] = await hashInput({ path, bytes: size, etag });
    }
    return hashes;
  }

  function jobIn(dir: Workdir, out: string, held: boolean): string {
    const text = readFileSync(sampleRun(dir, { held, workers: 1, isolation: 'none' }), 'utf8')
      .replace(/path: \S*flights\/\*/, 'path: s3://nightshift/data')
      .replace(/path: \S*flight-delay\.onnx/, 'path: s3://nightshift/model.onnx')
      .replace(/^quality:$/m, 'quality:\n  baseline: s3://nightshift/base.json')
      .replace(/path: \S*\/out$/m, `path: s3://nightshift/${out}`);
    return dir.write(`${out}.yaml`, `audit: true\n${text}`);
  }

  it(`gives the bytes of a local run, after up to ${kills} kills`, { timeout: 3_600_000 }, async (t) => {
    moto = await startedOrSkipped(t, 'moto', () => startMoto(guard));
    if (moto === null) return;
    const { env } = moto;
    // This process reads what was published; moto gives it to nobody without credentials.
    Object.assign(process.env, env);
    const local = workdir();
    const plain = readFileSync(sampleRun(local), 'utf8');
    const profiled = await local.start(['profile', local.write('job.yaml', plain), '-o', 'base.json']).ended;
    assert.equal(profiled.code, 0, said(profiled));
    const text = plain.replace(/^quality:$/m, 'quality:\n  baseline: base.json');
    const whole = await local.start(['run', local.write('job.yaml', `audit: true\n${text}`)]).ended;
    assert.equal(whole.code, 0, said(whole));
    await put('base.json', readFileSync(join(local.path, 'base.json')));
    await put('model.onnx', readFileSync(model));
    for (const name of readdirSync(flights)) await put(`data/${name}`, readFileSync(join(flights, name)));

    const dir = workdir();
    const next = random(20130106);
    const began = performance.now();
    let ms = 0;
    let killed = 0;
    const isDone = () => killed >= kills || performance.now() - began > limitMs;
    for (let trial = 0; trial === 0 || !isDone(); trial++) {
      const out = `out-${trial}`;
      const job = jobIn(dir, out, trial % 2 === 0);
      // The first run is not disturbed: it shows how long one takes.
      for (let hits = 0; trial > 0 && hits < 3; ) {
        const { pid, ended } = dir.start(['run', job, '--quiet'], env);
        const from = next() < 0.5 ? 0.45 : 0;
        await sleep(ms * (from + (1.05 - from) * next()));
        try {
          process.kill(pid, 'SIGKILL');
        } catch {}
        if ((await ended).signal !== 'SIGKILL') {
          ms *= 0.95;
          break;
        }
        killed++;
        hits++;
      }
      const ran = await dir.start(['run', job, '--quiet'], env).ended;
      assert.equal(ran.code, 0, said(ran));
      if (trial === 0) ms = performance.now() - began;
      assert.deepEqual(await publishedAt(out), published(local), out);
      const own = (await keysBelow(`${out}/_nightshift/`)).map((key) =>
        key.slice(`${out}/_nightshift/`.length),
      );
      assert.deepEqual(
        own.filter(
          (name) => name.startsWith('probe-') || (name.includes('/') && !name.startsWith('partitions/')),
        ),
        [],
      );
    }
    t.diagnostic(`${killed} kills: all published bytes equal, every last run ended with 0, nothing left`);
  });
});
