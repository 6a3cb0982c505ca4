import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { main, said, type Workdir, workdir } from '../workdir.js';

// Runs every block of docs/python.md, section by section, each in a folder of its own, and compares what it prints.

const penguins = '../shared/corpora/penguins/penguins.csv';
const pythons = [
  process.env['NIGHTSHIFT_PYTHON'] ?? 'python3',
  process.env['NIGHTSHIFT_TREES_PYTHON'],
].filter((one) => one !== undefined);

interface Block {
  readonly language: string;
  readonly text: string;
}

interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const sections: readonly Section[] = readFileSync('docs/python.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((text) => ({
    title: text.slice(0, text.indexOf('\n')),
    blocks: [...text.matchAll(/(<!-- not run: .+ -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm)]
      .filter(([, excuse]) => excuse === undefined)
      .map(([, , language, content]) => ({ language: language!, text: content! })),
  }));

/** Returns a Python that has all that a section imports; null if none is there. */
function pythonFor({ blocks }: Section): string | null {
  const imports = blocks.flatMap(({ language, text }) =>
    language === 'python' ? [...text.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name) : [],
  );
  // Pandas reads Parquet with pyarrow.
  const needed = new Set([...imports, ...(imports.includes('pandas') ? ['pyarrow'] : [])]);
  const script = [...needed].map((name) => `import ${name}`).join('\n');
  return pythons.find((python) => spawnSync(python, ['-c', script]).status === 0) ?? null;
}

/** Runs the last of some blocks after the others, as in one session. */
const session = `
import contextlib, io, sys
names = {}
with contextlib.redirect_stdout(io.StringIO()):
    for block in sys.argv[1:-1]:
        exec(block, names)
exec(sys.argv[-1], names)
`;

function prepare(dir: Workdir): void {
  copyFileSync(penguins, join(dir.path, 'penguins.csv'));
  copyFileSync('test/fixtures/penguins/species.onnx', join(dir.path, 'species.onnx'));
  dir.write('bin/nightshift', `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(join(dir.path, 'bin/nightshift'), 0o755);
}

function callAll(dir: Workdir, text: string): void {
  for (const line of text.trimEnd().split('\n')) {
    assert.ok(line.startsWith('$ nightshift '), `a command that the test cannot run: ${line}`);
    const args = line.split(' ').slice(2);
    if (args.includes('daily.yaml') && !dir.has('daily.yaml'))
      dir.write(
        'daily.yaml',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the job file
        dir.read('species.yaml').replace('path: scored/species', 'path: scored/daily/date=${date}'),
      );
    const ran = dir.call(args);
    assert.equal(ran.code, 0, `${line}: ${said(ran)}`);
  }
}

describe('the page for Python users', () => {
  for (const section of sections) {
    const python = pythonFor(section);
    const needed =
      'needs Python with what the page imports: name it in NIGHTSHIFT_PYTHON, NIGHTSHIFT_TREES_PYTHON';
    const skip = !existsSync(penguins) ? `${penguins} is absent` : python === null && needed;
    it(`${section.title}: each block does what the page says`, { skip, timeout: 180_000 }, () => {
      const dir = workdir();
      prepare(dir);
      const run: string[] = [];
      for (const [i, { language, text }] of section.blocks.entries()) {
        if (language === 'console') callAll(dir, text);
        if (language !== 'python') continue;
        run.push(text);
        const env = { ...process.env, PATH: `${join(dir.path, 'bin')}:${process.env['PATH']}` };
        const ran = spawnSync(python!, ['-c', session, ...run], { cwd: dir.path, encoding: 'utf8', env });
        assert.equal(ran.status, 0, ran.stderr);
        const next = section.blocks[i + 1];
        assert.equal(ran.stdout, next?.language === '' ? next.text : '', text);
      }
      dir.remove();
    });
  }

  it('has sections with blocks to run', () =>
    assert.ok(sections.filter(({ blocks }) => blocks.length > 1).length >= 4));
});
