import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ran, type Workdir, workdir } from '../workdir.js';
import { query } from './query.js';

// Runs every command of docs/tutorial.md in order, in one folder, and compares what it prints with the page.

const penguins = '../shared/corpora/penguins';

interface Step {
  readonly command: string;
  readonly prints: string;
}

const steps: readonly Step[] = [
  ...readFileSync('docs/tutorial.md', 'utf8').matchAll(/^```console\n([\s\S]*?)^```$/gm),
].flatMap(([, block]) =>
  block!
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const end = text.indexOf('\n');
      return { command: text.slice(0, end), prints: text.slice(end + 1).trimEnd() };
    }),
);

/** Returns a text without what differs from one run to the next. */
function lasting(text: string, dir: Workdir): string {
  return text
    .replaceAll(dir.path, '/home/you/penguins')
    .replace(/\$schema=\S+/, '$schema=SCHEMA')
    .replace(/^speed .*$/m, 'speed')
    .trimEnd();
}

function call(dir: Workdir, command: string): { readonly ran: Ran; readonly printed: string } {
  const [program, ...args] = command.split(' ');
  if (program === 'cat') {
    const stdout = dir.read(args[0]!);
    return { ran: { code: 0, signal: null, stdout, stderr: '' }, printed: stdout };
  }
  assert.equal(program, 'nightshift', `a command that the test cannot run: ${command}`);
  const ran = dir.call(args[0] === 'run' ? [...args, '--text'] : args);
  // The lines of a run go to stderr, its line of JSON to stdout.
  return { ran, printed: args[0] === 'run' ? ran.stderr : ran.stdout + ran.stderr };
}

test('every command of the tutorial prints what the tutorial says', {
  skip: !existsSync(penguins) && `${penguins} is absent`,
  timeout: 120_000,
}, async () => {
  const dir = workdir();
  copyFileSync(join(penguins, 'penguins.csv'), join(dir.path, 'penguins.csv'));
  for (const name of ['species', 'body-mass'])
    copyFileSync(`test/fixtures/penguins/${name}.onnx`, join(dir.path, `${name}.onnx`));
  copyFileSync(join(penguins, 'penguins-raw.csv'), join(dir.path, 'penguins-raw.csv'));
  for (const name of ['islands.onnx', 'tumours.onnx', 'tumours.csv'])
    copyFileSync(`test/fixtures/tutorial/${name}`, join(dir.path, name));
  const frame = 'data-samples/models/trees/frame';
  copyFileSync(join(frame, 'plain/model.ubj'), join(dir.path, 'cities.ubj'));
  copyFileSync(join(frame, 'plain/rows.csv'), join(dir.path, 'visits.csv'));
  copyFileSync(join(frame, 'model.txt'), join(dir.path, 'shops.txt'));
  copyFileSync(join(frame, 'rows.csv'), join(dir.path, 'shops.csv'));
  assert.ok(steps.length >= 6);
  for (const { command, prints } of steps) {
    const { ran, printed } = call(dir, command);
    const [found, wanted] = [lasting(printed, dir), lasting(prints, dir)];
    if (command.startsWith('nightshift run'))
      assert.ok(found.endsWith(wanted), `${command} prints:\n${found}`);
    else assert.equal(found, wanted, command);
    assert.equal(ran.code, prints.startsWith('nightshift: ') ? 2 : 0, command);
  }
  assert.ok(existsSync(join(dir.path, 'scored/species/part-penguins.parquet')));
  assert.ok(existsSync(join(dir.path, 'scored/species/_summary.html')), 'the page to open');
  for (const [name, part, score] of [
    ['islands', 'penguins-raw', 'probability_Dream'],
    ['tumours', 'tumours', 'probability_1'],
  ] as const) {
    const found = await query(
      `select ${score} as score from '${join(dir.path, `scored/${name}/part-${part}.parquet`)}' order by _source_row`,
    );
    const wanted = JSON.parse(readFileSync(`test/fixtures/tutorial/${name}.json`, 'utf8')) as number[];
    assert.equal(found.length, wanted.length);
    for (const [row, value] of wanted.entries())
      assert.ok(Math.abs(Number(found[row]!['score']) - value) < 1e-6, `${name}, row ${row + 1}`);
  }
});
