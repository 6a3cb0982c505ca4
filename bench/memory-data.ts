import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { OutputField } from '../src/chunk/batch.js';
import type { Column } from '../src/chunk/column.js';
import type { FormatName } from '../src/formats/format.js';
import { formats } from '../src/formats/formats.js';
import { makeModel } from '../test/model/make-model.js';

/** A table of any length for the memory bench: one block of rows, and the job's part that reads it. */
export interface Shape {
  readonly name: string;
  /** Rows of the smaller of the two sizes. */
  readonly rows: number;
  /** Rows that are encoded at once: a row group or a record batch. */
  readonly blockRows: number;
  readonly fields: readonly OutputField[];
  block(firstRow: number, rows: number): readonly Column[];
  /** Spoils a line of CSV, for tables whose structure is damaged. */
  spoil?(line: string, row: number): string;
  /** YAML under `model:`, `columns:` and the like; null: the sample job. */
  readonly job: string | null;
  /** Features of the model that is made for it. */
  readonly features: number;
  /** The most that all processes together may take at any size, in MB. */
  readonly goalMb: number;
}

/** Number of different blocks in a file, which repeats them in order. */
const differentBlocks = 5;

/** Writes `rows` rows of a shape as a file of a format. */
export async function writeShape(
  shape: Shape,
  format: FormatName,
  rows: number,
  path: string,
): Promise<void> {
  const out = createWriteStream(path);
  const made = await formats[format]();
  const encoder = await made.encoder(shape.fields, { csv: { formulas: 'keep' } });
  const sink = {
    write: (bytes: Uint8Array) =>
      new Promise<void>((resolve, reject) =>
        out.write(bytes, (error) => (error ? reject(error) : resolve())),
      ),
  };
  const assembler = await made.assembler(shape.fields, sink);
  const blocks: Uint8Array[] = [];
  for (let block = 0; block * shape.blockRows < rows; block++) {
    const at = block % differentBlocks;
    if (blocks[at] === undefined) {
      const columns = shape.block(block * shape.blockRows, shape.blockRows);
      const bytes = await encoder.encode({ rows: shape.blockRows, columns: [...columns] });
      blocks[at] = format === 'csv' && shape.spoil !== undefined ? spoilt(bytes, shape.spoil) : bytes;
    }
    await assembler.append(blocks[at], shape.blockRows);
  }
  await assembler.finish();
  out.end();
  await finished(out);
}

/** A model that adds up its features. */
async function sumModel(features: number): Promise<Uint8Array> {
  const ones = Buffer.from(new Float32Array(features).fill(1).buffer);
  return makeModel({
    inputs: { x: ['float32', 'N', features] },
    outputs: { score: ['float32', 'N', 1] },
    nodes: [{ op_type: 'MatMul', input: ['x', 'ones'], output: ['score'] }],
    initializers: [{ name: 'ones', dims: [features, 1], data_type: 1, raw_data: ones }],
  });
}

/** Writes a job over `in.<format>` of a folder, and its model; `run` is the job file's `run`. */
export async function writeJob(
  shape: Shape,
  format: FormatName,
  folder: string,
  run: string,
): Promise<string> {
  const input = join(folder, `in.${format}`);
  const out = join(folder, 'out');
  const path = join(folder, 'job.yaml');
  if (shape.job === null) {
    const text = readFileSync('jobs/flight-delay.yaml', 'utf8')
      .replace(/ {2}baseline: .*\n/, '')
      .replaceAll('../data-samples', join(process.cwd(), 'data-samples'))
      .replace(/path: .*flights.*/, `path: ${input}`)
      .replace(/path: \.\.\/scored.*/, `path: ${out}`)
      .replace(/ key: true,/, '')
      .replace(/workers: auto/, run);
    writeFileSync(path, text);
    return path;
  }
  writeFileSync(join(folder, 'model.onnx'), await sumModel(shape.features));
  const names = Array.from({ length: shape.features }, (_, i) => `f${i}`);
  const carried = /^output_columns: (.*)$/m.exec(shape.job)?.[1] ?? '[]';
  writeFileSync(
    path,
    `name: memory
input: { path: ${input} }
model: { path: model.onnx, inputs: { x: [${names.join(', ')}] } }
${shape.job.replace(/^output_columns: .*\n/m, '')}
output: { path: out, columns: ${carried} }
quality: { max_rejected: 50% }
run: { ${run} }
`,
  );
  return path;
}

function spoilt(bytes: Uint8Array, spoil: (line: string, row: number) => string): Uint8Array {
  const lines = Buffer.from(bytes).toString().trimEnd().split('\n');
  return Buffer.from(`${lines.map(spoil).join('\n')}\n`);
}

const noise = (row: number, column: number) => {
  let h = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(column + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
};

function floats(firstRow: number, rows: number, column: number): Column {
  const values = new Float32Array(rows);
  for (let i = 0; i < rows; i++)
    values[i] = Math.fround(((noise(firstRow + i, column) % 2_000_000) - 1e6) / 997);
  return { type: 'float32', length: rows, values, validity: null };
}

function ids(firstRow: number, rows: number): Column {
  const values = BigInt64Array.from({ length: rows }, (_, i) => BigInt(firstRow + i));
  return { type: 'int64', length: rows, values, validity: null };
}

function texts(firstRow: number, rows: number, text: (row: number) => string): Column {
  const parts = Array.from({ length: rows }, (_, i) => Buffer.from(text(firstRow + i)));
  const offsets = new Int32Array(rows + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + part.length;
  return {
    type: 'string',
    layout: 'text',
    length: rows,
    offsets,
    bytes: Buffer.concat(parts),
    validity: null,
  };
}

function wide(columns: number, rows: number, goalMb: number): Shape {
  const names = Array.from({ length: columns }, (_, i) => `f${i}`);
  return {
    name: `${columns} float columns`,
    rows,
    blockRows: Math.round(2_000_000 / columns),
    fields: names.map((name) => ({ name, type: 'float32', dictionary: false })),
    block: (firstRow, count) => names.map((_, i) => floats(firstRow, count, i)),
    job: `columns:\n${names.map((name) => `  ${name}: { type: float32 }\n`).join('')}`,
    features: columns,
    goalMb,
  };
}

const threeFields: readonly OutputField[] = [
  { name: 'id', type: 'int64', dictionary: false },
  { name: 'f0', type: 'float32', dictionary: false },
  { name: 'f1', type: 'float32', dictionary: false },
];

const narrow: Shape = {
  name: '3 columns',
  rows: 5_000_000,
  blockRows: 200_000,
  fields: threeFields,
  block: (firstRow, rows) => [ids(firstRow, rows), floats(firstRow, rows, 0), floats(firstRow, rows, 1)],
  job: 'columns:\n  id: { type: int64 }\n  f0: { type: float32 }\n  f1: { type: float32 }\n',
  features: 2,
  goalMb: 300,
};

const long = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor '.repeat(8);

const uniqueTexts: Shape = {
  name: 'unique texts',
  rows: 250_000,
  blockRows: 25_000,
  fields: [
    ...threeFields,
    { name: 'code', type: 'string', dictionary: false },
    { name: 'text', type: 'string', dictionary: false },
  ],
  block: (firstRow, rows) => [
    ...narrow.block(firstRow, rows),
    texts(firstRow, rows, (row) => `code-${noise(row, 7)}-${row}`),
    texts(firstRow, rows, (row) => `${row} ${long.slice(row % 60)}`),
  ],
  job: `${narrow.job}  code: { type: string }\n  text: { type: string }\noutput_columns: [id, code, text]\n`,
  features: 2,
  goalMb: 300,
};

/** A cell that cannot be read, is unknown, or is out of range, in every tenth row. */
const spoiled: Shape = {
  name: '10 % spoiled',
  rows: 500_000,
  blockRows: 50_000,
  fields: [
    { name: 'id', type: 'int64', dictionary: false },
    { name: 'f0', type: 'string', dictionary: false },
    { name: 'f1', type: 'string', dictionary: false },
    { name: 'kind', type: 'string', dictionary: false },
    { name: 'day', type: 'string', dictionary: false },
  ],
  block(firstRow, rows) {
    const isBad = (row: number, which: number) => row % 10 === 0 && (row / 10) % 5 === which;
    const number = (row: number, column: number) => String((noise(row, column) % 100_000) / 100);
    return [
      ids(firstRow, rows),
      texts(firstRow, rows, (row) =>
        isBad(row, 0) ? `bad ${row}` : isBad(row, 1) ? '99999' : number(row, 0),
      ),
      texts(firstRow, rows, (row) => (isBad(row, 2) ? '' : isBad(row, 1) ? '1,234.5' : number(row, 1))),
      texts(firstRow, rows, (row) => (isBad(row, 3) ? `unknown-${row}` : `kind-${row % 7}`)),
      texts(firstRow, rows, (row) =>
        isBad(row, 4)
          ? '2013-02-31'
          : new Date(1.4e12 + (row % 3000) * 86_400_000).toISOString().slice(0, 10),
      ),
    ];
  },
  spoil(line, row) {
    if (row % 10 !== 5) return line;
    const how = ((row - 5) / 10) % 4;
    if (how === 0) return line.slice(0, line.lastIndexOf(','));
    if (how === 1) return `${line},,`;
    if (how === 2) return line.replace('kind', '"ki"nd');
    return line.replace(',', ',a"b');
  },
  job: `columns:
  id: { type: int64 }
  f0: { type: float32, range: [0, 1000], outside: clamp }
  f1: { type: float32, missing: flag }
  kind: { type: string, unknown: flag, categories: [kind-0, kind-1, kind-2, kind-3, kind-4, kind-5, kind-6] }
  day: { type: date }
audit: true
output_columns: [id, kind, day]
`,
  features: 2,
  goalMb: 300,
};

/** The sample's first day, over and over. */
function flights(): Shape {
  const [head, ...lines] = readFileSync('data-samples/flights/2013-01-01.csv', 'utf8').trimEnd().split('\n');
  const table = lines.map((line) => line.split(','));
  const names = head!.split(',');
  const isText = names.map((_, i) =>
    table.some((cells) => cells[i] !== '' && Number.isNaN(Number(cells[i]))),
  );
  return {
    name: 'flights',
    rows: 1_000_000,
    blockRows: 100_000,
    fields: names.map((name, i) => ({
      name,
      type: i === 0 ? 'int64' : isText[i] ? 'string' : 'float64',
      dictionary: false,
    })),
    block: (firstRow, rows) =>
      names.map((_, i) => {
        if (i === 0) return ids(firstRow, rows);
        const cell = (row: number) => table[row % table.length]![i]!;
        if (isText[i]) return texts(firstRow, rows, cell);
        const values = Float64Array.from({ length: rows }, (_, row) => {
          const text = cell(firstRow + row);
          return text === '' ? Number.NaN : Number(text);
        });
        return { type: 'float64', length: rows, values, validity: null };
      }),
    job: null,
    features: 0,
    goalMb: 300,
  };
}

/** Two short texts, each its own in every row, that are only carried. */
export const shortTexts: Shape = {
  ...uniqueTexts,
  name: '2 unique texts carried',
  blockRows: 100_000,
  block: (firstRow, rows) => [
    ...narrow.block(firstRow, rows),
    texts(firstRow, rows, (row) => `code-${noise(row, 7)}-${row}`),
    texts(firstRow, rows, (row) => `user${row}@example.org`),
  ],
};

/** The shapes that are measured. */
export const shapes: readonly Shape[] = [
  flights(),
  wide(500, 60_000, 400),
  wide(2_000, 15_000, 1_000_000),
  narrow,
  uniqueTexts,
  spoiled,
];
