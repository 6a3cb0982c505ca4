import { pathToFileURL } from 'node:url';
import type { Chunk } from '../src/chunk/chunk.js';
import type { Column } from '../src/chunk/column.js';
import { Problems } from '../src/chunk/problem.js';
import { annotateRows } from '../src/repair/annotate-rows.js';
import type { ColumnContract, RepairPlan } from '../src/repair/contract.js';
import { createRepair } from '../src/repair/create-repair.js';
import { digestKeys, keysPlan } from '../src/repair/key-digest.js';
import { openKeyLedger } from '../src/repair/key-ledger.js';
import { plainContract } from '../src/repair/plain-contract.js';

/** Rows of a chunk: about 4 MiB of the flights' CSV. */
const chunkRows = 40_000;
const chunks = 60;

/** One line of the result. */
interface RepairFigure {
  readonly what: string;
  readonly nanosPerRow: number;
  readonly rowsPerSecond: number;
}

/**
 * Measures the cost of the contract in one thread, starting with the floor: flights' 12 model columns (8
 * float32, an int64 key, 3 of categories), all checks that the job file knows on each, on clean rows, and
 * with every tenth cell to be repaired. About 5 s.
 */
async function benchRepair(): Promise<readonly RepairFigure[]> {
  const clean = makeChunk(0);
  const bad = makeChunk(0.1);
  const whole = wholePlan();
  const figures = [
    figure('floor: one sum over each column', clean, sumColumns),
    figure('no contract', clean, repairWith({ ...whole, columns: [], rules: [] })),
    figure('whole contract, clean', clean, repairWith(whole)),
    figure('whole contract and a rule over two columns, clean', clean, repairWith({ ...whole, rules })),
    figure('whole contract, every tenth cell repaired', bad, repairWith(whole)),
    figure('the same with audit', bad, repairWith({ ...whole, audit: true })),
    figure('digest of ids that ascend', clean, digest(whole)),
    figure('digest of ids in no order', shuffled(clean), digest(whole)),
  ];
  figures.push(await ledgerFigure('ledger: ids that ascend, main process', (i) => i));
  figures.push(
    await ledgerFigure(
      'ledger: ids in no order, most of them on disk',
      (i) => Math.imul(i, 0x9e3779b1) >>> 0,
    ),
  );
  return figures;
}

type Work = (chunk: Chunk) => unknown;

/** The median of many chunks; each gets its own copy, made outside of the time. */
function figure(what: string, chunk: Chunk, work: Work): RepairFigure {
  const nanos: number[] = [];
  for (let i = 0; i < chunks; i++) {
    const copy = structuredCloneChunk(chunk);
    const start = process.hrtime.bigint();
    work(copy);
    nanos.push(Number(process.hrtime.bigint() - start) / chunk.rows);
  }
  return figureOf(what, nanos.sort((a, b) => a - b)[chunks >> 3]!);
}

function figureOf(what: string, nanosPerRow: number): RepairFigure {
  return { what, nanosPerRow, rowsPerSecond: 1e9 / nanosPerRow };
}

function repairWith(plan: RepairPlan): Work {
  const repair = createRepair(plan);
  return (chunk) => {
    const repaired = repair.apply(chunk, null);
    return annotateRows(repaired.chunk.problems, repaired, chunk.rows);
  };
}

function digest(plan: RepairPlan): Work {
  const repair = createRepair(keysPlan(plan)!);
  return (chunk) => digestKeys(repair.apply(chunk, null), ['id']);
}

/** Rows that the ledger is measured with, and how much of them it may hold. */
const ledgerRows = 4_000_000;
const ledgerBytes = 32 << 20;

async function ledgerFigure(what: string, keyOf: (row: number) => number): Promise<RepairFigure> {
  const ledger = openKeyLedger({ memoryBytes: ledgerBytes, folder: '.cache/bench' });
  const plan = keysPlan(wholePlan())!;
  const repair = createRepair(plan);
  let nanos = 0;
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const start = process.hrtime.bigint();
    const result = await work();
    nanos += Number(process.hrtime.bigint() - start);
    return result;
  };
  for (let slice = 0; slice * chunkRows < ledgerRows; slice++) {
    const values = BigInt64Array.from({ length: chunkRows }, (_, i) => BigInt(keyOf(slice * chunkRows + i)));
    const columns = new Map<string, Column>([
      ['id', { type: 'int64', length: chunkRows, values, validity: null }],
    ]);
    const chunk: Chunk = { rows: chunkRows, columns, problems: new Problems(), origin };
    const one = digestKeys(repair.apply(chunk, null), ['id']);
    await timed(() => ledger.add(0, slice, one));
  }
  await timed(() => ledger.finish('first'));
  await ledger.close();
  return figureOf(what, nanos / ledgerRows);
}

const origin: Chunk['origin'] = {
  firstRow: 1,
  locate: () => ({ line: null, byteOffset: null }),
  raw: () => '',
};

const numberNames = ['month', 'day', 'hour', 'dep_delay', 'taxi_out', 'distance', 'air_time', 'speed'];
const categoryNames = ['carrier', 'origin', 'dest'];
const rules: RepairPlan['rules'] = [
  // biome-ignore lint/suspicious/noThenProperty: the job file's word
  { name: 'odd', when: 'air_time < dep_delay - 6000', then: 'flag' },
];

function wholePlan(): RepairPlan {
  const numbers = numberNames.map(
    (name): ColumnContract => ({
      ...plainContract(name, 'float32'),
      range: { low: 0, high: 2000 },
      outside: { kind: 'clamp' },
      missing: { kind: 'fill', value: 0 },
      unreadable: { kind: 'fill', value: 0 },
      sentinels: [-999, 9999],
    }),
  );
  const strings = categoryNames.map(
    (name): ColumnContract => ({
      ...plainContract(name, 'string'),
      categories: categoriesOf(name),
      unknown: { kind: 'fill', value: 'OTHER' },
      missing: { kind: 'fill', value: 'OTHER' },
      match: ['trim', 'case', 'nfc'],
      pattern: '[A-Z0-9]+',
      maxLength: 5,
    }),
  );
  const key: ColumnContract = { ...plainContract('id', 'int64'), key: true, range: { low: 0, high: null } };
  const columns = [key, ...numbers, ...strings];
  return {
    columns,
    rules: [],
    cannotBeMissing: categoryNames,
    limits: [],
    absent: [],
    audit: false,
    redact: [],
  };
}

function categoriesOf(name: string): readonly string[] {
  return Array.from(
    { length: name === 'dest' ? 105 : 16 },
    (_, i) => `${name.slice(0, 1).toUpperCase()}${i}`,
  );
}

function makeChunk(badShare: number): Chunk {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const columns = new Map<string, Column>();
  const ids = BigInt64Array.from({ length: chunkRows }, (_, i) => BigInt(i));
  columns.set('id', { type: 'int64', length: chunkRows, values: ids, validity: null });
  for (const name of numberNames) {
    const values = Float32Array.from({ length: chunkRows }, () =>
      random() < badShare ? -5 : random() * 1000,
    );
    columns.set(name, { type: 'float32', length: chunkRows, values, validity: null });
  }
  for (const name of categoryNames) {
    const categories = categoriesOf(name);
    const dictionary = badShare > 0 ? [...categories, 'ZZ', ' c1 '] : categories;
    const odd = () => categories.length + (random() < 0.5 ? 0 : 1);
    const codes = Int32Array.from({ length: chunkRows }, () =>
      random() < badShare ? odd() : Math.floor(random() * categories.length),
    );
    columns.set(name, {
      type: 'string',
      layout: 'dictionary',
      length: chunkRows,
      codes,
      dictionary,
      validity: null,
    });
  }
  return { rows: chunkRows, columns, problems: new Problems(), origin };
}

function structuredCloneChunk(chunk: Chunk): Chunk {
  const columns = [...chunk.columns].map(([name, column]) => [name, copyColumn(column)] as const);
  return { ...chunk, columns: new Map(columns), problems: new Problems() };
}

function shuffled(chunk: Chunk): Chunk {
  const values = BigInt64Array.from({ length: chunk.rows }, (_, i) => BigInt(Math.imul(i, 0x9e3779b1) >>> 0));
  const id: Column = { type: 'int64', length: chunk.rows, values, validity: null };
  return { ...chunk, columns: new Map([...chunk.columns, ['id', id]]) };
}

function copyColumn(column: Column): Column {
  if (column.type === 'string' && column.layout === 'dictionary')
    return { ...column, codes: column.codes.slice() };
  if (column.type === 'float32') return { ...column, values: column.values.slice() };
  return column;
}

function sumColumns({ columns }: Chunk): number {
  let sum = 0;
  for (const column of columns.values()) {
    if (column.type === 'float32') sum += sumOf(column.values);
    else if (column.type === 'string' && column.layout === 'dictionary') sum += sumOf(column.codes);
  }
  return sum;
}

function sumOf(values: Float32Array | Int32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { what, nanosPerRow, rowsPerSecond } of await benchRepair()) {
    const millions = (rowsPerSecond / 1e6).toFixed(1);
    process.stdout.write(
      `${what.padEnd(52)} ${nanosPerRow.toFixed(1).padStart(7)} ns/row ${millions.padStart(8)} M rows/s\n`,
    );
  }
}
