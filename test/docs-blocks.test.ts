import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseDocument } from 'yaml';
import { readJob } from '../src/job/read-job.js';
import { inOneProcess, said, sampleJob, type Workdir, workdir } from './workdir.js';

// Every block of the docs is run, read or marked with the reason why it is not: <!-- not run: reason -->

interface Block {
  readonly page: string;
  readonly line: number;
  /** What it is in: `yaml`, `sh`, `console`, `js`, `json`, `python`, or nothing. */
  readonly language: string;
  readonly text: string;
  /** Why it is not run; null if it must be. */
  readonly excuse: string | null;
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [join('docs', name)] : [])),
];

const blocks: readonly Block[] = pages.flatMap((page) => {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/(?:^<!-- not run: (.+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, excuse, language, content], i, all) => ({
      page,
      line: text.slice(0, all[i] === undefined ? 0 : text.indexOf(content!)).split('\n').length,
      language: language!,
      text: content!,
      excuse: excuse ?? null,
    }),
  );
});

/** What other tests run: whole pages, or the languages of them. */
const elsewhere: readonly (readonly [page: string, language: string, by: string])[] = [
  ['docs/tutorial.md', 'console', 'test/golden/tutorial.test.ts'],
  ['docs/cli.md', '', 'test/cli/help.test.ts'],
  ...['python', 'console', ''].map(
    (what) => ['docs/python.md', what, 'test/golden/python-page.test.ts'] as const,
  ),
];

const isElsewhere = ({ page, language }: Block) =>
  elsewhere.some(([where, what]) => where === page && what === language);
const nameOf = ({ page, line }: Block) => `${page}:${line}`;

/** A job around a part of one. */
const around = {
  name: 'job',
  input: { path: 'in.csv' },
  model: { path: 'm.onnx' },
  output: { path: 'out' },
};

describe('the blocks of the docs', () => {
  it('are run by a test, or say why not', () => {
    const missing = blocks.filter(
      (block) =>
        block.excuse === null &&
        block.language !== 'yaml' &&
        !isElsewhere(block) &&
        commandsOf(block) === null,
    );
    assert.deepEqual(missing.map(nameOf), []);
  });

  for (const block of blocks.filter(({ language }) => language === 'yaml'))
    it(`${nameOf(block)}: is a job file, or a part of one`, () => {
      const written = parseDocument(block.text).toJS() as object;
      const dated = { date: '2013-01-04' };
      const text = JSON.stringify({ ...around, ...written });
      const { mistakes } = readJob(text, '/jobs/job.yaml', {
        ...dated,
        ...(/\$\{region\}/.test(text) ? { set: { region: 'eu' } } : {}),
      });
      // A part may name columns that another part of the job has.
      assert.deepEqual(mistakes, []);
    });

  for (const block of blocks.filter((one) => one.excuse === null && commandsOf(one) !== null))
    it(`${nameOf(block)}: its commands end with 0`, { timeout: 120_000 }, () => {
      const dir = sampleFolder();
      for (const args of commandsOf(block)!) {
        const ran = dir.call(args);
        assert.equal(ran.code, 0, `${args.join(' ')}: ${said(ran)}`);
      }
      dir.remove();
    });
});

/** The commands of a block of nothing but `nightshift` lines; `1/8` stands for all eight shards. */
function commandsOf({ language, text }: Block): string[][] | null {
  if (language !== 'sh') return null;
  const lines = text
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
  if (!lines.every((line) => line.startsWith('nightshift ') && !/[|>]/.test(line))) return null;
  return lines.flatMap((line) => {
    const args = line.split(/\s+/).slice(1);
    const shards = /^1\/(\d+)$/.exec(args.find((arg) => arg.startsWith('1/')) ?? '');
    if (shards === null) return [args];
    return Array.from({ length: Number(shards[1]) }, (_, i) =>
      args.map((arg) => (arg === shards[0] ? `${i + 1}/${shards[1]}` : arg)),
    );
  });
}

/** A folder with the sample jobs, and the files that the commands of the docs name. */
function sampleFolder(): Workdir {
  const dir = workdir();
  for (const name of ['flight-delay', 'flight-delay-trees'])
    dir.write(
      `jobs/${name}.yaml`,
      sampleJob(name, [[/path: \.\.\/scored.*/, 'path: ../scored'], inOneProcess]),
    );
  dir.write('job.yaml', sampleJob('flight-delay', [[/path: \.\.\/scored.*/, 'path: scored'], inOneProcess]));
  copyFileSync('data-samples/flights/2013-01-02.parquet', join(dir.path, 'training.parquet'));
  return dir;
}
