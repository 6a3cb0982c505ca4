import { once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ColumnType } from '../src/chunk/column.js';
import { defaultParse } from '../src/chunk/read-plan.js';
import { csv } from '../src/formats/csv/csv.js';
import { benchData } from './data.js';
import { type Measured, measure, median } from './measure.js';

const usage = `node dist/bench/csv.js [options]
Reads the flights' CSV with Nightshift, csv-parse and DuckDB, 12 columns into typed arrays, one thread each, in turn, round after round, in CPU
seconds: what others do on the machine hardly counts then. Every way runs in a process of its own and times itself without its start.
  --data FOLDER   where flights.csv is, or is made (default .cache/bench)   --rounds 5
  --megabytes 160 how much of it is read (csv-parse: a tenth)   --unclosed 1000, megabytes after a quote that never closes (0: leave out)`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: '.cache/bench' },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '160' },
    unclosed: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});

const wanted: Readonly<Record<string, ColumnType>> = {
  flight_id: 'int64',
  month: 'float32',
  day: 'float32',
  dep_time: 'float32',
  sched_dep_time: 'float32',
  dep_delay: 'float32',
  sched_arr_time: 'float32',
  carrier: 'string',
  origin: 'string',
  dest: 'string',
  air_time: 'float32',
  distance: 'float32',
};
const names = Object.keys(wanted);
const chunkBytes = 4 * 1024 * 1024;

/** One way to read a file: rows read. */
type Way = (path: string) => Promise<number>;

const ways: Readonly<Record<string, Way>> = {
  async floor(path) {
    const file = openSync(path, 'r');
    const block = Buffer.allocUnsafe(chunkBytes);
    let lines = 0;
    for (let count = readSync(file, block); count > 0; count = readSync(file, block)) {
      for (let at = block.indexOf(10); at >= 0 && at < count; at = block.indexOf(10, at + 1)) lines++;
    }
    return lines - 1;
  },
  /** As the main process and one worker do together: rows are found twice, once to cut and once to read. */
  async nightshift(path) {
    return read(path, true);
  },
  /** As a worker does: the slices are known. */
  async decode(path) {
    return read(path, false);
  },
  async 'csv-parse'(path) {
    const { parse } = await import('csv-parse');
    let rows = 0;
    for await (const row of createReadStream(path).pipe(parse())) if (row !== null) rows++;
    return rows - 1;
  },
  async 'duckdb engine'(path) {
    const sums = names.map((name) => (wanted[name] === 'string' ? `min("${name}")` : `sum("${name}")`));
    const connection = await duckdb();
    const result = await connection.runAndReadAll(`select count(*), ${sums} from ${table(path)}`);
    return Number(result.getRows()[0]![0]);
  },
  async 'duckdb arrays'(path) {
    const connection = await duckdb();
    const result = await connection.stream(`select ${names.map((name) => `"${name}"`)} from ${table(path)}`);
    let rows = 0;
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      rows += chunk.rowCount;
      for (const [i, name] of names.entries())
        takeColumn(chunk.getColumnVector(i), wanted[name]!, chunk.rowCount);
    }
    return rows;
  },
};

/** The quickest way that the binding offers to get a vector's values into an array of our own. */
function takeColumn(
  vector: { getItem(i: number): unknown; readonly items?: ArrayLike<number> },
  type: ColumnType,
  rows: number,
): ArrayLike<unknown> {
  if (type === 'string') return Array.from({ length: rows }, (_, i) => vector.getItem(i));
  if (type === 'int64')
    return BigInt64Array.from({ length: rows }, (_, i) => (vector.getItem(i) as bigint) ?? 0n);
  if (vector.items !== undefined) return Float32Array.from(vector.items);
  return Float32Array.from({ length: rows }, (_, i) => (vector.getItem(i) as number) ?? Number.NaN);
}

async function duckdb() {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  return (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
}

function table(path: string): string {
  const types = names.map((name) => `'${name}': '${duckdbTypes[wanted[name]!]}'`);
  return `read_csv('${path}', header = true, auto_detect = true, nullstr = ['', 'NA'], types = {${types}})`;
}

const duckdbTypes: Partial<Record<ColumnType, string>> = {
  int64: 'BIGINT',
  float32: 'FLOAT',
  string: 'VARCHAR',
};

async function read(path: string, withCut: boolean): Promise<number> {
  const source = await csv.open(path, { csv: {} });
  const columns = source.description.columns.flatMap(({ name }, index) =>
    wanted[name] === undefined
      ? []
      : [
          {
            name,
            source: index,
            type: wanted[name],
            layout: 'dictionary' as const,
            categories: [],
            nullValues: ['', 'NA'],
            parse: defaultParse,
          },
        ],
  );
  const decoder = await csv.decoder(source.description, { columns });
  let rows = 0;
  if (!withCut) {
    const slices = [];
    for await (const slice of source.cut(chunkBytes)) slices.push(slice);
    began = process.cpuUsage();
    for (const slice of slices) rows += (await decoder.decode(slice)).rows;
  } else for await (const slice of source.cut(chunkBytes)) rows += (await decoder.decode(slice)).rows;
  await decoder.close();
  return rows;
}

/** CPU time, not the clock's: on a machine that others use too it is what a thread costs. */
let began = process.cpuUsage();

async function runWay(name: string, path: string): Promise<void> {
  const warm = path.endsWith('malformed.csv') ? 'warm-malformed.csv' : 'warm.csv';
  await ways[name]!(join(options.data, warm));
  began = process.cpuUsage();
  const rows = await ways[name]!(path);
  const { user, system } = process.cpuUsage(began);
  console.log(JSON.stringify({ rows, seconds: (user + system) / 1e6 }));
}

interface Timed {
  readonly megabytesPerSecond: number;
  readonly rows: number;
  readonly peakMegabytes: number;
}

async function time(way: string, path: string): Promise<Timed> {
  const self = fileURLToPath(import.meta.url);
  const measured: Measured = await measure(process.execPath, [self, '--data', options.data, way, path]);
  const { rows, seconds } = JSON.parse(measured.stdout) as { rows: number; seconds: number };
  return {
    megabytesPerSecond: statSync(path).size / 1e6 / seconds,
    rows,
    peakMegabytes: measured.peakRssBytes / 1e6,
  };
}

/** The first lines of a CSV file, each written as `spoil` leaves it. */
async function copyLines(
  from: string,
  to: string,
  megabytes: number,
  spoil: (line: string, i: number) => string,
): Promise<void> {
  if (existsSync(to)) return;
  const out = createWriteStream(to);
  let rest = '';
  let bytes = 0;
  let i = 0;
  for await (const piece of createReadStream(from, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    const text = `${lines.map((line) => spoil(line, i++)).join('\n')}\n`;
    bytes += text.length;
    if (!out.write(text, 'latin1')) await once(out, 'drain');
    if (bytes > megabytes * 1e6) break;
  }
  out.end();
  await once(out, 'finish');
}

/** Every 20th row is three cells short. */
function shortenEvery20th(line: string, i: number): string {
  return i === 0 || i % 20 !== 0 ? line : line.split(',').slice(0, -3).join(',');
}

/** Every 20th row malformed, each in one of six ways. */
function spoilEvery20th(line: string, i: number): string {
  if (i === 0 || i % 20 !== 0) return line;
  const cells = line.split(',');
  switch ((i / 20) % 6) {
    case 0:
      return cells.slice(0, -3).join(',');
    case 1:
      return `${line},,`;
    case 2:
      return `${line},x,y`;
    case 3:
      return cells
        .map((cell, column) => (column === 12 ? `${cell.slice(0, 2)}"${cell.slice(2)}` : cell))
        .join(',');
    case 4:
      return cells.map((cell, column) => (column === 12 ? `"${cell}` : cell)).join(',');
    default:
      return cells.map((cell, column) => (column === 14 ? `"${cell}"x` : cell)).join(',');
  }
}

async function writeUnclosed(path: string, megabytes: number): Promise<void> {
  if (existsSync(path)) return;
  const out = createWriteStream(path);
  out.write('id,text,n\n1,plain,5\n2,"never closed,6\n');
  const block = Buffer.from('3,some more text of no importance,7\n'.repeat(30_000));
  for (let written = 0; written < megabytes * 1e6; written += block.length) {
    if (!out.write(block)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

async function bench(): Promise<void> {
  const folder = options.data;
  mkdirSync(folder, { recursive: true });
  const whole = existsSync(join(folder, 'flights.csv'))
    ? join(folder, 'flights.csv')
    : (await benchData(folder, options.python)).files['csv']!;
  const megabytes = Number(options.megabytes);
  const at = (name: string): string => join(folder, `csv-${megabytes}-${name}.csv`);
  const same = (line: string): string => line;
  await copyLines(whole, join(folder, 'warm.csv'), 8, same);
  await copyLines(whole, join(folder, 'warm-malformed.csv'), 8, spoilEvery20th);
  await copyLines(whole, at('clean'), megabytes, same);
  await copyLines(whole, at('tenth'), megabytes / 10, same);
  await copyLines(whole, at('malformed'), megabytes, spoilEvery20th);
  await copyLines(whole, at('short-malformed'), megabytes, shortenEvery20th);
  const cases: [string, string, string][] = [
    ['floor: read, count line ends', 'floor', at('clean')],
    ['nightshift, cut and read', 'nightshift', at('clean')],
    ['nightshift, read (a worker)', 'decode', at('clean')],
    ['  a tenth of the file', 'nightshift', at('tenth')],
    ['  5 % malformed in six ways, cut and read', 'nightshift', at('malformed')],
    ['  5 % malformed in six ways, read', 'decode', at('malformed')],
    ['  5 % short rows, cut and read', 'nightshift', at('short-malformed')],
    ['  5 % short rows, read', 'decode', at('short-malformed')],
    ['csv-parse 7', 'csv-parse', at('tenth')],
    ['DuckDB, engine alone', 'duckdb engine', at('clean')],
    ['DuckDB, into arrays', 'duckdb arrays', at('clean')],
  ];
  const timed = new Map(cases.map(([what]) => [what, [] as Timed[]]));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [what, way, path] of cases) timed.get(what)!.push(await time(way, path));
  }
  const speeds = (what: string): number[] => timed.get(what)!.map((one) => one.megabytesPerSecond);
  console.log(
    '| what | MB per CPU second, median | least | most | rows | peak MB |\n|---|---|---|---|---|---|',
  );
  for (const [what, runs] of timed) {
    const all = speeds(what);
    const figures = [median(all), Math.min(...all), Math.max(...all)].map((figure) => figure.toFixed(0));
    const peak = Math.max(...runs.map(({ peakMegabytes }) => peakMegabytes)).toFixed(0);
    console.log(
      `| ${what.trim()} | ${figures.join(' | ')} | ${runs[0]!.rows.toLocaleString('en')} | ${peak} |`,
    );
  }
  const ratio = (a: string, b: string): string => {
    const each = speeds(a).map((speed, round) => speed / speeds(b)[round]!);
    return `${median(each).toFixed(2)} (${Math.min(...each).toFixed(2)} to ${Math.max(...each).toFixed(2)})`;
  };
  const [, cut, , tenth, badCut, bad, shortCut, short, parse, engine, arrays] = cases.map(
    ([what]) => what,
  ) as string[];
  const worker = cases[2]![0];
  console.log('\n| ratio within a round, median (least to most) | cut and read | read |\n|---|---|---|');
  console.log(`| to csv-parse 7 | ${ratio(cut!, parse!)} | ${ratio(worker, parse!)} |`);
  console.log(`| to DuckDB's engine | ${ratio(cut!, engine!)} | ${ratio(worker, engine!)} |`);
  console.log(`| to DuckDB into arrays | ${ratio(cut!, arrays!)} | ${ratio(worker, arrays!)} |`);
  console.log(`| 5 % malformed in six ways, to clean | ${ratio(badCut!, cut!)} | ${ratio(bad!, worker)} |`);
  console.log(`| 5 % short rows, to clean | ${ratio(shortCut!, cut!)} | ${ratio(short!, worker)} |`);
  const peak = (what: string): string =>
    Math.max(...timed.get(what)!.map((one) => one.peakMegabytes)).toFixed(0);
  console.log(`\npeak memory: ${peak(tenth!)} MB for a tenth of the file, ${peak(cut!)} MB for the file`);
  if (Number(options.unclosed) === 0) return;
  const unclosed = join(folder, `unclosed-${options.unclosed}.csv`);
  await writeUnclosed(unclosed, Number(options.unclosed));
  const { rows, peakMegabytes, megabytesPerSecond } = await time('nightshift', unclosed);
  const size = (statSync(unclosed).size / 1e6).toFixed(0);
  console.log(
    `a quote that does not close for ${size} MB: ${rows.toLocaleString('en')} rows, ${megabytesPerSecond.toFixed(0)} MB per CPU second, peak ${peakMegabytes.toFixed(0)} MB`,
  );
}

if (options.help) console.log(usage);
else if (positionals.length === 2) await runWay(positionals[0]!, positionals[1]!);
else await bench();
