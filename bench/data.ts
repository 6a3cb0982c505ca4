import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The inputs of the bench, one file per format, all with the same rows. */
interface BenchData {
  readonly rows: number;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Makes the inputs once: the year ten times over through `bench/peers/make_data.py` where Python has what it
 * needs, else the sample's first day 4,000 times over, with DuckDB writing Parquet and Arrow left out.
 */
export async function benchData(folder: string, python: string): Promise<BenchData> {
  const note = join(folder, 'data.json');
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')) as BenchData;
  const made = spawnSync(python, ['bench/peers/make_data.py', '--out', folder], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const data = made.status === 0 ? madeByPython(folder) : await repeatSample(folder, String(made.stderr));
  writeFileSync(note, JSON.stringify(data));
  return data;
}

function madeByPython(folder: string): BenchData {
  const files = { csv: 'flights.csv', parquet: 'flights.parquet', arrow: 'flights.arrow' };
  const absolute = Object.entries(files).map(([format, name]) => [format, resolve(folder, name)]);
  return { rows: 3_367_760, files: Object.fromEntries(absolute) };
}

async function repeatSample(folder: string, why: string): Promise<BenchData> {
  console.log(
    `the year is made by bench/peers/make_data.py, which did not run (${why.trim().split('\n').at(-1)}):`,
  );
  console.log('repeating the first sample day instead, and converting it with DuckDB');
  const [header, ...lines] = readFileSync('data-samples/flights/2013-01-01.csv', 'utf8')
    .trimEnd()
    .split('\n');
  const csv = resolve(folder, 'flights.csv');
  const out = createWriteStream(csv);
  out.write(`${header}\n`);
  let rows = 0;
  while (rows < 3_367_760) {
    const block = lines.map((line, i) => `${rows + i + 1}${line.slice(line.indexOf(','))}`);
    rows += lines.length;
    if (!out.write(`${block.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  const parquet = resolve(folder, 'flights.parquet');
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`copy (from read_csv('${csv}')) to '${parquet}' (format parquet)`);
  return { rows, files: { csv, parquet } };
}
