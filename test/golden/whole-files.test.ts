import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Ran, type Workdir, workdir } from '../workdir.js';
import { echoModel } from './tiny-model.js';

const job = (isolation: string) => `name: whole
input: { path: in }
model: { path: m.onnx }
columns:
  id: { type: int64 }
  amount: { type: float32, range: [0, 5000], outside: clamp }
  kind: { type: string, missing: flag, categories: [a, b, c], unknown: flag }
output: { path: out, format: parquet, columns: [id, kind] }
quality: { max_rejected: 10%, repeated_input: ignore }
run: { workers: 2, isolation: ${isolation} }
`;

function table(file: number, separator = ','): string {
  const row = (i: number) => [file * 100 + i, (i * 7919 + file) % 6000, ['a', 'b', 'c', 'd', ''][i % 5]];
  return [['id', 'amount', 'kind'], ...Array.from({ length: 40 }, (_, i) => row(i))]
    .map((cells) => `${cells.join(separator)}\n`)
    .join('');
}

/** Files unlike the others, each odd in another way. */
const odd: Readonly<Record<string, string | Uint8Array>> = {
  'bom.csv': `\ufeff${table(50)}`,
  'semicolons.csv': table(51, ';'),
  'crlf.csv': table(52).replaceAll('\n', '\r\n'),
  'other-order.csv': `kind,id,amount\n${'a,1,2\n'.repeat(30)}`,
  'no-amount.csv': `id,kind\n${'1,a\n'.repeat(30)}`,
  'long-rows.csv': `${table(53)}1,2,a,4,5\n`,
  'many-long-rows.csv': table(54) + '1,2,a,4,5\n'.repeat(20),
  'texts.csv': `${table(55)}7,none,a\n8,"1,5",b\n`,
  'header-alone.csv': 'id,amount,kind\n',
  'blank.csv': '\n\n',
  'broken-off.csv': table(56).slice(0, -9),
  'quoted.csv': table(57).replaceAll(/,([abcd])\n/g, ',"$1"\n'),
  'umlauts.csv': Buffer.from(table(58).replace(',d', ',ü'), 'latin1'),
  'gzip.csv.gz': gzipSync(table(59)),
  'cut-gzip.csv.gz': gzipSync(table(60)).subarray(0, 90),
  'gzip-unsaid.csv': gzipSync(table(61)),
  'json.jsonl': '{"id":1,"amount":2,"kind":"a"}\n'.repeat(30),
  'large.csv': Array.from({ length: 250 }, (_, i) => (i === 0 ? table(i) : table(i).slice(15))).join(''),
  'total.csv': `${table(62)}Total,999999,\n`,
};

async function folder(isolation: string): Promise<Workdir> {
  const dir = workdir();
  dir.write('m.onnx', await echoModel('amount'));
  dir.write('job.yaml', job(isolation));
  for (let file = 0; file < 20; file++) dir.write(`in/p${String(file).padStart(2, '0')}.csv`, table(file));
  for (const [name, content] of Object.entries(odd)) dir.write(`in/${name}`, content);
  return dir;
}

/** What differs between two runs over the same files: times and ids, and where they are. */
function without(dir: Workdir, text: string): string {
  return text
    .replaceAll(dir.path, '')
    .replaceAll(/"(startedAt|runId)":"[^"]*"/g, '')
    .replaceAll(/"(durationMs|mtimeMs)":[\d.]+/g, '');
}

/** All records, and all that is published, by name. */
function results(dir: Workdir): Record<string, string> {
  const records = readdirSync(join(dir.path, 'out/_nightshift/partitions'));
  return {
    ...dir.hashes('out', (path) => /part-[^/]*$/.test(path)),
    ...Object.fromEntries(
      records.map((name) => [name, without(dir, dir.read(`out/_nightshift/partitions/${name}`))]),
    ),
  };
}

/** What was said about each partition, and its end, in one order. */
function notes(dir: Workdir, ...runs: readonly Ran[]): string[] {
  const lines = runs.flatMap(({ stderr }) => stderr.split('\n').filter((line) => line.startsWith('{')));
  return lines
    .map((line) => JSON.parse(without(dir, line)))
    .filter(({ partition }) => typeof partition === 'string')
    .map(({ time, run_id, duration_ms, ...rest }) => JSON.stringify(rest))
    .sort();
}

/** Files that are scored in one call, too few to be taken whole. */
const fewAtOnce = ['p0*', 'p1*', '[a-f]*', '[g-m]*', '[n-o]*', '[q-z]*'];

describe('small files that workers take whole', () => {
  for (const isolation of ['none', 'process'])
    it(`give the records, files and messages that they give in slices (isolation ${isolation})`, async () => {
      const [whole, sliced] = [await folder(isolation), await folder('none')];
      const ran = whole.call(['run', 'job.yaml']);
      const parts = fewAtOnce.map((glob) => sliced.call(['run', 'job.yaml', '--partition', glob]));
      assert.equal(ran.code, Math.max(...parts.map(({ code }) => code!)), ran.stderr);
      assert.deepEqual(results(whole), results(sliced));
      assert.deepEqual(notes(whole, ran), notes(sliced, ...parts));
      for (const dir of [whole, sliced]) dir.remove();
    });
});
