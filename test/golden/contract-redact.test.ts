import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { numberFeatures, textFeatures } from '../samples/samples.js';
import { type Ran, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';
import { completeFlights } from './spoiled-flights.js';
import { writeTable } from './write-table.js';

// Every value of a redacted column contains these; no clean value of another column contains any.
const word = 'hush';
const figure = '73519';
const day = '1942-04-02';
const model = join(process.cwd(), 'data-samples', 'models', 'flight-delay.onnx');

const job = (format: string) => `
name: secrets
input: { path: input, csv: { header: true } }
model:
  path: ${model}
  outputs: { probability: { from: output_probability, class: 1 } }
columns:
  flight_id: { type: int64, key: true, missing: reject }
  carrier: { type: string, categories: model }
  origin: { type: string }
  dest: { type: string, categories: model }
  dep_delay: { type: float32, range: [-120, 2000], missing: flag }
  month: { type: float32 }
  day: { type: float32 }
  dep_time: { type: float32 }
  sched_dep_time: { type: float32 }
  sched_arr_time: { type: float32 }
  distance: { type: float32 }
  hour: { type: float32 }
  minute: { type: float32 }
  ssn: { type: string, pattern: "[a-z]+-[0-9]+", disallowed: reject, missing: flag }
  salary: { type: float64, range: [0, 50000], outside: clamp, sentinels: [777] }
  account: { type: int64, range: [0, 5000000000000000000], outside: reject }
  group: { type: string, categories: [A, B], match: [trim, case], aliases: { A: [alpha] } }
  born: { type: date, range: ["1950-01-01", "2010-12-31"], unreadable: reject }
rules:
  - { name: rich, when: "salary > dep_delay and is_missing(ssn) == false", then: flag }
  - { name: named, when: "starts_with(ssn, 'h') and carrier == 'UA'", then: reject }
output: { path: scored, format: ${format}, columns: [flight_id, carrier] }
quality: { max_rejected: null }
redact: [ssn, salary, account, group, born]
audit: true
run: { chunk_bytes: 4KiB${format === 'csv' ? '' : ', workers: 1, isolation: none'} }
`;

const secretColumns = ['ssn', 'salary', 'account', 'group', 'born'] as const;

/** Values of the redacted columns: good, repaired, flagged and rejected ones, and frequent ones. */
function secretsOf(row: number): string[] {
  const pick = <T>(...values: T[]): T => values[row % values.length]!;
  return [
    pick(`${word}-${row}`, `${word} ${row}`, `${word}-one`, ` ${word.toUpperCase()}-1 `, `${word}-7`),
    pick(`${figure}${row}`, `$${figure}`, `777`, `${word}!`, `1e${figure}`, `${figure}.5`),
    pick(`${figure}00000000000${100 + row}`, `${figure}`, `9${figure}0000000000000000`, `${figure}x`),
    pick(`${word}group`, 'A', 'alpha', `${word}-${row % 3}`, `a ${word}`),
    pick(`${day}${word}`, day, '04/02/1942'),
  ];
}

/** Everything that a run left, as text: each file of its folder, Parquet as its rows, and what it printed. */
async function leftBehind(
  dir: Workdir,
  folder: string,
  { stdout, stderr }: Ran,
): Promise<Map<string, string>> {
  const texts = new Map([
    ['stdout', stdout],
    ['stderr', stderr],
  ]);
  const root = join(dir.path, folder);
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const path = join(root, name);
    if (!statSync(path).isFile()) continue;
    const rows = name.endsWith('.parquet') ? JSON.stringify(await query(`select * from '${path}'`)) : '';
    texts.set(name, `${name} ${readFileSync(path, 'latin1')}${rows}`);
  }
  return texts;
}

/** Fails with every occurrence of a secret, in upper or lower case. */
function assertSilent(texts: ReadonlyMap<string, string>): void {
  const found: string[] = [];
  for (const [name, text] of texts) {
    for (const match of text.matchAll(
      new RegExp(`.{0,80}(?:${word}|${figure}|${day}|04/02/1942).{0,80}`, 'gi'),
    ))
      found.push(`${name}: ${match[0]}`);
  }
  assert.deepEqual(found.slice(0, 20), []);
}

const flights = completeFlights('2013-01-01')
  .slice(0, 200)
  .map((cells) => cells.filter((_, at) => ![1, 2, 3].includes(at)));
const flightNames = ['flight_id', ...numberFeatures, ...textFeatures];
const rows = flights.map((cells, i) => [...cells.slice(0, 5), ...secretsOf(i), ...cells.slice(5)]);

function header(spelled: (name: string) => string): string[] {
  return [...flightNames.slice(0, 5), ...secretColumns.map(spelled), ...flightNames.slice(5)];
}

describe('the values of redacted columns', () => {
  for (const format of ['csv', 'jsonl', 'parquet', 'arrow'] as const) {
    it(`appear nowhere in what a run of ${format} files leaves, under whatever names its files have the columns`, async () => {
      const dir = workdir();
      await writeTable(dir, format, 'input/1', { names: header(String), rows });
      await writeTable(dir, format, 'input/2', { names: header((name) => ` ${name.toUpperCase()}`), rows });
      const ran = dir.call(['run', dir.write('job.yaml', job(format))]);
      assert.equal(ran.code, 0, ran.stderr);
      const texts = await leftBehind(dir, 'scored', ran);
      const rejects = texts.get('_rejects/part-1.ndjson')!;
      assert.ok(rejects.split('\n').length > 20, 'rows are rejected for their secrets');
      assert.ok(rejects.includes('[redacted]'));
      assert.ok(texts.get('_audit/part-1.parquet')!.includes('[redacted]'));
      assert.doesNotMatch(texts.get('_manifest.json')!, /"shapes"/);
      assertSilent(texts);
    });
  }

  it('appear nowhere when rows of CSV are torn so that they stand in the places of other columns', async () => {
    const dir = workdir();
    const whole = rows.map((row) => row.join(','));
    const tear = (row: readonly string[], i: number): string => {
      const line = row.join(',');
      const cut = [...row];
      switch (i % 12) {
        case 0:
          return row.slice(1).join(',');
        case 1:
          return row.slice(3).join(',');
        case 2:
          return `1,2,${line}`;
        case 3:
          return row.slice(0, 7).join(',');
        case 4:
          return line.replace(`${word}`, `"${word}`);
        case 5:
          return line.replace(`${word}`, `${word}"${word}`);
        case 6:
          return line.replace(`${word}`, `"${word}"${word}`);
        case 7:
          return line.replace(`${word}`, `${word}\0`);
        case 8:
          return line.replaceAll(',', ';');
        case 9:
          cut.splice(5, 0, `${word}-extra`);
          return cut.join(',');
        case 10:
          return cut.toSpliced(4, 1).join(',');
        default:
          return `${word},${word}\n${figure},`;
      }
    };
    const torn = rows.map((row, i) => (i % 3 === 0 ? tear(row, i / 3) : whole[i]!));
    const text = [header(String).join(','), ...whole, ...torn, header(String).join(','), `7,${word}`].join(
      '\n',
    );
    dir.write('input/torn.csv', text);
    const ran = dir.call(['run', dir.write('job.yaml', job('parquet'))]);
    assert.equal(ran.code, 0, ran.stderr);
    const texts = await leftBehind(dir, 'scored', ran);
    assertSilent(new Map([...texts].filter(([name]) => name !== 'part-torn.parquet')));
  });

  it('appear neither in a baseline made from them nor in the page of a run that is held to it', async () => {
    const dir = workdir();
    await writeTable(dir, 'csv', 'input/1', { names: header(String), rows });
    const path = dir.write('job.yaml', job('parquet'));
    const profiled = dir.call(['profile', path, '-o', dir.write('base/baseline.json', '')]);
    assert.equal(profiled.code, 0, profiled.stderr);
    assertSilent(await leftBehind(dir, 'base', profiled));
    const held = dir.write(
      'held.yaml',
      job('parquet').replace(
        'max_rejected: null',
        `max_rejected: null, baseline: ${dir.path}/base/baseline.json`,
      ),
    );
    const ran = dir.call(['run', held]);
    assert.equal(ran.code, 0, ran.stderr);
    assertSilent(await leftBehind(dir, 'scored', ran));
  });
});
