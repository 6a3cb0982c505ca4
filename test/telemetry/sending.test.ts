import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Log, LogFields } from '../../src/telemetry/log.js';
import { sendLineage } from '../../src/telemetry/send-lineage.js';
import { notifyWebhook } from '../../src/telemetry/webhook.js';
import { serve } from '../http-server.js';
import { temporaryFolder } from '../temporary-folder.js';

const root = temporaryFolder('sending');

const warnings: [message: string, fields: LogFields][] = [];
const nothing = () => {};
const log: Log = {
  debug: nothing,
  info: nothing,
  error: nothing,
  warn: (message, fields = {}) => void warnings.push([message, fields]),
};

test('a webhook receives the report without secrets', async () => {
  const { address, received } = await serve((_, response) => response.end('ok'));
  const report = { job: 'a', exit_code: 4, reason: 'cannot reach https://u:p@host/', token: 'abc' };
  assert.equal(await notifyWebhook(`${address}/hook`, report, log), true);
  assert.equal(received[0]!.request.method, 'POST');
  assert.equal(received[0]!.request.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(received[0]!.body), {
    job: 'a',
    exit_code: 4,
    reason: 'cannot reach https://***@host/',
    token: '***',
  });
});

test('a webhook that refuses, redirects, hangs or is not there never throws, and its path is not shown', async () => {
  const refusing = await serve((_, response) => response.writeHead(500).end());
  const hanging = await serve(() => {});
  const elsewhere = await serve((_, response) => response.end());
  const redirecting = await serve((_, response) =>
    response.writeHead(307, { location: elsewhere.address }).end(),
  );
  const started = performance.now();
  for (const [address, why] of [
    [`${refusing.address}/T0/secret`, 'the server answered 500'],
    [`${redirecting.address}/T0/secret`, 'the server answered 307'],
    [`${hanging.address}/T0/secret`, 'no answer within 200 ms'],
    ['http://127.0.0.1:1/T0/secret', /^the request could not be sent/],
    ['file:///T0/secret', 'the address must begin with http:// or https://'],
    ['T0/secret', 'the address must begin with http:// or https://'],
  ] as const) {
    warnings.length = 0;
    assert.equal(
      await notifyWebhook(address, {}, log, address.startsWith(hanging.address) ? 200 : undefined),
      false,
    );
    assert.equal(warnings.length, 1);
    const [message, fields] = warnings[0]!;
    assert.equal(message, 'the webhook was not notified');
    if (typeof why === 'string') assert.equal(fields['why'], why);
    else assert.match(String(fields['why']), why);
    assert.doesNotMatch(JSON.stringify(warnings), /secret/);
  }
  assert.equal(elsewhere.received.length, 0);
  assert.ok(performance.now() - started < 20_000);
});

test('lineage is added to a file line by line', async () => {
  const to = join(root, 'lineage.ndjson');
  await sendLineage({ eventType: 'START' }, { to }, log);
  await sendLineage({ eventType: 'COMPLETE' }, { to }, log);
  assert.equal(await readFile(to, 'utf8'), '{"eventType":"START"}\n{"eventType":"COMPLETE"}\n');
  warnings.length = 0;
  await sendLineage({}, { to: join(root, 'gone', 'x') }, log);
  assert.deepEqual(warnings, [
    ['lineage could not be written', { to: join(root, 'gone', 'x'), why: 'ENOENT' }],
  ]);
});

test('lineage is sent to an endpoint with its key, which is never shown', async () => {
  const { address, received } = await serve((_, response) =>
    response.writeHead(received.length > 1 ? 403 : 201).end(),
  );
  const target = { to: `${address}/api/v1/lineage`, apiKey: 'abc' };
  await sendLineage({ eventType: 'START' }, target, log);
  assert.equal(received[0]!.request.headers['authorization'], 'Bearer abc');
  assert.equal(received[0]!.body, '{"eventType":"START"}');
  warnings.length = 0;
  await sendLineage({ eventType: 'FAIL' }, target, log);
  assert.equal(warnings[0]![1]['why'], 'the server answered 403');
  assert.doesNotMatch(JSON.stringify(warnings), /abc|lineage\b.*v1/);
});
