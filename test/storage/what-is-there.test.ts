import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whatIsThere } from '../../src/storage/what-is-there.js';
import { workdir } from '../workdir.js';

const dir = workdir();
for (let day = 1; day <= 31; day++) dir.write(`days/2013-01-${String(day).padStart(2, '0')}.csv`, 'x');
dir.write('few/b.csv', 'x');
dir.write('few/a/c.csv', 'x');
dir.write('hidden/_SUCCESS', '');

const cases: readonly (readonly [spec: string, there: string])[] = [
  ['few/c.csv', '"DIR/few" has a/, b.csv'],
  ['hidden', '"DIR/hidden" has only names'],
  ['few/*.parquet', '"DIR/few" has a/, b.csv'],
  [
    'days/2013-02-01*',
    '"DIR/days" has 31 names, such as 2013-01-28.csv, 2013-01-29.csv, 2013-01-30.csv, 2013-01-31.csv',
  ],
  [
    'days/2013-01-0400.csv',
    '"DIR/days" has 31 names, such as 2013-01-03.csv, 2013-01-04.csv, 2013-01-05.csv, 2013-01-06.csv',
  ],
  ['dais/2013/*.csv', 'there is no folder "DIR/dais", and "DIR" has days/, few/, hidden/'],
  ['days/2013-01-01.csv/x.csv', 'there is no folder "DIR/days/2013-01-01.csv", and "DIR/days" has 31 names'],
  ['hidden/*', '"DIR/hidden" has only names that begin with "." or "_", which are skipped'],
];
for (const [spec, there] of cases)
  test(`says what there is instead of ${spec}`, async () => {
    const said = await whatIsThere(spec, dir.path);
    assert.ok(said!.startsWith(there.replaceAll('DIR', dir.path)), said!);
  });
