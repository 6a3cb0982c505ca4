import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FormatName } from '../src/formats/format.js';
import { measure } from './measure.js';
import { type Shape, shapes, writeJob, writeShape } from './memory-data.js';

const usage = `node dist/bench/memory.js [options]
Scores tables of six shapes in each format at two sizes, the larger of four times the rows, and prints the most memory that all processes of a run had together
(proportional set sizes, looked at five times a second). The data is made in a temporary folder and removed.
  --shapes "flights,500 float columns"   --formats csv,parquet,arrow   --scale 1 (a share of the usual rows)
  --workers 2   --times 4 (the larger size)`;

const { values: options } = parseArgs({
  options: {
    shapes: { type: 'string', default: '' },
    formats: { type: 'string', default: 'csv,parquet,arrow' },
    scale: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    times: { type: 'string', default: '4' },
    help: { type: 'boolean', default: false },
  },
});

async function peakOf(
  shape: Shape,
  format: FormatName,
  rows: number,
): Promise<{ peak: number; seconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-memory-'));
  try {
    await writeShape(shape, format, rows, join(folder, `in.${format}`));
    const job = await writeJob(shape, format, folder, `workers: ${options.workers}`);
    const ran = await measure(process.execPath, ['dist/src/main.js', 'run', job]);
    if (ran.code !== 0) console.log(ran.stdout);
    return { peak: ran.peakTreeBytes / 1e6, seconds: ran.seconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const wanted = options.shapes === '' ? null : options.shapes.split(',');
  const times = Number(options.times);
  console.log(`| shape | format | rows | MB | rows | MB | times |\n|---|---|---|---|---|---|---|`);
  for (const shape of shapes) {
    if (wanted !== null && !wanted.includes(shape.name)) continue;
    for (const format of options.formats.split(',') as FormatName[]) {
      const rows = Math.ceil((shape.rows * Number(options.scale)) / shape.blockRows) * shape.blockRows;
      const small = await peakOf(shape, format, rows);
      const large = await peakOf(shape, format, rows * times);
      const grown = large.peak / small.peak;
      const cells = [rows, small.peak.toFixed(0), rows * times, large.peak.toFixed(0), grown.toFixed(2)];
      console.log(`| ${shape.name} | ${format} | ${cells.join(' | ')} |`);
    }
  }
}

if (options.help) console.log(usage);
else await main();
