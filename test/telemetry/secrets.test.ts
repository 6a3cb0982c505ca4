import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dataWithoutSecrets,
  hideSecret,
  shownAddress,
  withoutHidden,
  withoutSecrets,
} from '../../src/telemetry/secrets.js';

const texts: readonly (readonly [text: string, shown: string])[] = [
  ['s3://AKIA123:topsecret@bucket/in', 's3://***@bucket/in'],
  ['cannot reach https://user:hunter2@host:8080/x?y=1', 'cannot reach https://***@host:8080/x?y=1'],
  ['GET /a?token=abc123&page=2', 'GET /a?token=***&page=2'],
  ['X-Amz-Signature=deadbeef&X-Amz-Date=20130104', 'X-Amz-Signature=***&X-Amz-Date=20130104'],
  ['Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x', 'Authorization: *** ***'],
  ['used bearer eyJhbGciOiJIUzI1NiJ9', 'used bearer ***'],
  ['password = "two words" and more', 'password = *** and more'],
  ['api_key=abc api-key: abc apikey=abc', 'api_key=*** api-key: *** apikey=***'],
  ['failed: token=abc accessToken: abc', 'failed: token=*** accessToken: ***'],
  ['db_password=abc;AWS_SECRET_ACCESS_KEY=abc', 'db_password=***;AWS_SECRET_ACCESS_KEY=***'],
  ['"max_rejected" must be 1%, found "monkey=7"', '"max_rejected" must be 1%, found "monkey=7"'],
  ['input "/data/in.csv" is not there', 'input "/data/in.csv" is not there'],
];
for (const [text, shown] of texts) {
  test(`shows ${JSON.stringify(text)} without its secrets`, () => assert.equal(withoutSecrets(text), shown));
}

test('long texts cost no more than their length', () => {
  const started = performance.now();
  for (const text of [
    'a'.repeat(1 << 20),
    'a://'.repeat(1 << 18),
    'a=a'.repeat(1 << 18),
    'a '.repeat(1 << 18),
  ]) {
    withoutSecrets(text);
  }
  assert.ok(performance.now() - started < 20_000);
});

test('blanks fields by name and texts by content, however deep', () => {
  const data = {
    run: 'r1',
    webhook: { Authorization: 'x', url: 'https://a:b@c/d', list: [{ password: 1, row: 5n }] },
    at: new Date(0),
  };
  assert.deepEqual(dataWithoutSecrets(data), {
    run: 'r1',
    webhook: { Authorization: '***', url: 'https://***@c/d', list: [{ password: '***', row: '5' }] },
    at: '1970-01-01T00:00:00.000Z',
  });
  const round: { self?: unknown } = {};
  round.self = round;
  assert.ok(JSON.stringify(dataWithoutSecrets(round)).includes('***'));
});

test('an address is shown without what follows its host', () => {
  assert.equal(
    shownAddress('https://u:p@hooks.example/services/T0/B0/secret?x=y'),
    'https://hooks.example/***',
  );
  assert.equal(shownAddress('not an address'), '***');
});

test('hides a value wherever it appears that was given under the name of a secret', () => {
  const names = [
    'password',
    'db_pass',
    'API-KEY',
    'token',
    'pw',
    'psk',
    'jwt',
    'warehouse_dsn',
    'pass word',
    ' secret ',
  ];
  for (const [i, name] of names.entries()) {
    hideSecret(name, `hunter${i}xyz`);
    assert.equal(withoutHidden(`in/hunter${i}xyz/a.csv`), 'in/***/a.csv', name);
  }
  hideSecret('region', 'europe');
  hideSecret('monkey', 'banana');
  assert.equal(withoutHidden('europe banana'), 'europe banana');
});

test('hides the parts of a secret with slashes, as where a message names the folder above a path', () => {
  hideSecret('token', 'upper0x/ab/lower0x');
  assert.equal(withoutHidden('/data/upper0x/ab/lower0x/a.csv'), '/data/***/a.csv');
  assert.equal(
    withoutHidden('there is no folder /data/upper0x, part lower0x, ab'),
    'there is no folder /data/***, part ***, ab',
  );
});
