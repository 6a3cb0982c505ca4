import type { OutputFormat } from '../made-job.js';

/** One call of the program: `run`, `retry` or `finish`, and its arguments. */
export interface Call {
  readonly command: 'run' | 'retry' | 'finish';
  readonly force?: true;
  /** The step of the commit after which the process kills itself (see crash-point.ts). */
  readonly crashAt?: string;
  readonly shard?: { readonly index: number; readonly count: number };
}

/** A sequence of calls on one output folder: those made before, those recorded, and the expected end. */
export interface Scenario {
  readonly name: string;
  readonly format: OutputFormat;
  /** The gate on the whole run, which then holds partitions back until its end: at least so many rows. */
  readonly minRows?: number;
  /** Input files by name, for what was done before and for what is recorded; null removes one. */
  readonly before?: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string | null>>;
  /** What a run left that was killed at a step of a commit of several partitions: without a staged file. */
  readonly left?: { readonly crashAt: string; readonly partition: string; readonly file: string };
  readonly calls: readonly Call[];
  /** The calls are made at the same time. */
  readonly atOnce?: true;
  /** The calls after the power cut; by default the recorded calls. */
  readonly again?: readonly Call[];
  readonly exitCode?: number;
}

const rows = (from: number, more = '') =>
  `id,x\n${Array.from({ length: 12 }, (_, i) => `${from + i},${i === 5 ? 'oops' : i / 4}`).join('\n')}\n${more}`;
const a = rows(100);
const b = rows(200);
const run: Call = { command: 'run' };

const ofFormat = (format: OutputFormat): Scenario[] => [
  { name: 'run', format, inputs: { a, b }, calls: [run] },
  { name: 'gates held', format, minRows: 1, inputs: { a, b }, calls: [run] },
  {
    name: 'gate closed',
    format,
    minRows: 1000,
    inputs: { a, b },
    calls: [run],
    exitCode: 3,
  },
  {
    name: 'retry',
    format,
    before: { a, b: 'nothing,of,ours\n1,2,3\n' },
    inputs: { b },
    calls: [{ command: 'retry' }],
    again: [run],
  },
  { name: 'replaced input', format, before: { a, b }, inputs: { b: rows(300) }, calls: [run] },
  {
    name: 'replaced inputs, gates held',
    format,
    minRows: 1,
    before: { a, b },
    inputs: { a: rows(400), b: rows(300) },
    calls: [run],
  },
  {
    name: 'force',
    format,
    before: { a, b },
    inputs: {},
    calls: [{ command: 'run', force: true }],
    again: [run],
  },
  { name: 'removed input', format, before: { a, b }, inputs: { b: null }, calls: [run] },
  {
    name: 'shards, then finish',
    format,
    minRows: 1,
    inputs: { a, b },
    calls: [
      { command: 'run', shard: { index: 1, count: 2 } },
      { command: 'run', shard: { index: 2, count: 2 } },
      { command: 'finish' },
    ],
  },
  {
    name: 'killed in a commit, then run',
    format,
    inputs: { a, b },
    calls: [{ ...run, crashAt: 'moved-0' }, run],
    again: [run],
  },
  {
    name: 'killed in a release, then run',
    format,
    minRows: 1,
    inputs: { a, b },
    calls: [{ ...run, crashAt: 'released' }, run],
    again: [run],
  },
  {
    name: 'killed in the commit of a group, one staged file lost, then run',
    format,
    inputs: { a, b, c: rows(500) },
    left: { crashAt: 'intended', partition: 'b', file: '1' },
    calls: [run],
  },
  { name: 'two runs at once', format, inputs: { a, b }, calls: [run, run], atOnce: true, again: [run] },
];

/** All scenarios in all output formats. */
export const scenarios: readonly Scenario[] = (['parquet', 'csv', 'arrow'] as const).flatMap(ofFormat);
