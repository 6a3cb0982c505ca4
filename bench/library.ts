import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { openScorer } from '../src/library/index.js';

const usage = `node dist/bench/library.js [JOB.yaml ...]
Scores rows of the first sample day in process with each job (by default the sample jobs), and prints how long a call takes by the clock and in processor time.
  --rows 100   --calls 1000`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '100' },
    calls: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});

/** The sample day as a program holds it: numbers where a cell is one, null where it is empty. */
function flights(): Record<string, string | number | null>[] {
  const [header, ...lines] = readFileSync('data-samples/flights/2013-01-01.csv', 'utf8')
    .trimEnd()
    .split('\n');
  const names = header!.split(',');
  const valueIn = (cell: string) => (cell === '' ? null : Number.isNaN(Number(cell)) ? cell : Number(cell));
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, i) => [names[i]!, valueIn(cell)])),
  );
}

if (options.help) console.log(usage);
else {
  const [count, calls] = [Number(options.rows), Number(options.calls)];
  const rows = flights();
  console.log(
    `${count} rows a call, ${calls} calls\n| job | p50, ms | p99, ms | CPU p50, ms | CPU p99, ms |\n|---|---|---|---|---|`,
  );
  const jobs =
    positionals.length > 0 ? positionals : ['jobs/flight-delay.yaml', 'jobs/flight-delay-trees.yaml'];
  for (const file of jobs) {
    const job = basename(file, '.yaml');
    const scorer = await openScorer(file, { date: '2013-01-01' });
    const clock: number[] = [];
    const cpu: number[] = [];
    for (let i = -100; i < calls; i++) {
      const from = Math.abs(i * count) % Math.max(1, rows.length - count);
      const [start, used] = [performance.now(), process.cpuUsage()];
      await scorer.score(rows.slice(from, from + count));
      const { user, system } = process.cpuUsage(used);
      // The first calls compile code, and are not counted.
      if (i < 0) continue;
      clock.push(performance.now() - start);
      cpu.push((user + system) / 1000);
    }
    const at = (all: number[], share: number) =>
      all.sort((a, b) => a - b)[Math.floor(all.length * share)]!.toFixed(1);
    console.log(`| ${job} | ${at(clock, 0.5)} | ${at(clock, 0.99)} | ${at(cpu, 0.5)} | ${at(cpu, 0.99)} |`);
    await scorer.close();
  }
}
