import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { lastLine, said, type Workdir, workdir } from '../workdir.js';
import { full, modelRun, oneProcess, published, rowsOf } from './made-job.js';

/** Everything below the folder of a test that is not below its input or output. */
function strays(dir: Workdir): string[] {
  return readdirSync(dir.path, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^(in|out)(\/|$)/.test(name) && name !== 'job.yaml',
  );
}

describe('names of input files that are meant to do harm', () => {
  const names = [
    'CON.csv',
    'aux.csv',
    'x..%2F..%2Fetc.csv',
    'x....csv',
    'new\nline.csv',
    'tab\tand\u0007bell.csv',
    '\u202egnp.csv',
    '$(touch pwned).csv',
    '`touch pwned`.csv',
    "'; drop table x; --.csv",
    '<script>alert(1)<script>.csv',
    '=cmd|calc!A1.csv',
    '--force.csv',
    `${'long'.repeat(60)}.csv`,
    'a.b.c.csv',
    'A.B.C.csv',
    ' leading and trailing .csv',
    '日本語 ünïcödé.csv',
    'a__proto__.csv',
    'constructor.csv',
  ];

  it(`give ${names.length} partitions with safe names of their own, and nothing outside of the output`, () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    mkdirSync(join(dir.path, 'in'));
    for (const name of names) writeFileSync(join(dir.path, 'in', name), rowsOf(3));
    const ran = dir.call(['run', job]);
    assert.equal(ran.code, 0, ran.stderr);
    const done = readdirSync(join(dir.path, 'out', '_nightshift', 'partitions'));
    assert.equal(lastLine(ran).partitions.published, names.length, done.join('\n'));
    const scored = Object.keys(published(dir)).filter((name) => name.startsWith('part-'));
    assert.equal(scored.length, names.length);
    for (const name of scored) {
      assert.ok(Buffer.byteLength(name) < 200, name);
      assert.match(name, /^part-[\p{L}\p{N}\p{M}%._=-]+\.csv$/u);
    }
    assert.equal(new Set(scored.map((name) => name.toLowerCase())).size, names.length);
    assert.deepEqual(strays(dir), []);
    assert.ok(
      !ran.stderr.includes('\u0007') && !ran.stderr.includes('\u202e'),
      'a name reached the terminal as it is',
    );
    const status = dir.call(['status', job]).stdout;
    assert.ok(!status.includes('\u0007') && !status.includes('\u202e'));
    const page = dir.read('out/_summary.html');
    assert.ok(!page.includes('<script>alert(1)'), 'a name reached the page unescaped');
  });
});

describe('headers that are meant to do harm', () => {
  it('are columns like others: __proto__, constructor and friends neither break the run nor change what objects are', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '<b>x</b>', '=1+1', 'a"b'];
    dir.write(
      'job.yaml',
      dir
        .read('job.yaml')
        .replace(
          'columns:\n',
          `columns:\n${['__proto__', 'constructor', 'toString'].map((name) => `  ${name}: { type: string }\n`).join('')}`,
        )
        .replace('columns: [id]', 'columns: [id, __proto__, constructor, toString]'),
    );
    const head = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
    dir.write(
      'in/a.csv',
      `id,x,${head}\n1,100,${names.map((_, i) => `v${i}`).join(',')}\n2,101,${names.map((_, i) => `w${i}`).join(',')}\n`,
    );
    const ran = dir.call(['run', job, '--quiet']);
    if (ran.code === 2) {
      // A job may be refused for such a name, in one sentence; it may not be misread.
      assert.match(ran.stderr, /__proto__|constructor|toString/);
      assert.doesNotMatch(ran.stderr, /\n\s+at /);
      return;
    }
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(dir.read('out/part-a.csv'), /^id,__proto__,constructor,toString,y,/);
    assert.match(dir.read('out/part-a.csv'), /\n1,v0,v1,v2,/);
  });
});

describe('job files that are meant to do harm', () => {
  const texts: readonly [string, string][] = [
    ['a tag that asks for code', 'name: !!js/function "function () { return 1 }"\n'],
    [
      'a billion laughs',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nname: *e\n`,
    ],
    ['a prototype as a key', '__proto__: { isAdmin: true }\nname: x\n'],
    ['depth', `name: ${'['.repeat(5000)}${']'.repeat(5000)}\n`],
  ];
  for (const [what, text] of texts) {
    it(`are refused in words: ${what}`, () => {
      const dir = workdir();
      const ran = dir.call(['run', dir.write('job.yaml', text)]);
      assert.equal(ran.code, 2, ran.stderr);
      assert.doesNotMatch(ran.stderr, /\n\s+at /);
      assert.deepEqual(strays(dir), []);
    });
  }
});

describe('cells that are meant to do harm', () => {
  it('begin with an apostrophe in CSV where `formulas: neutralise` says so', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    const text = dir.read('job.yaml').replace('columns:\n', 'columns:\n  note: { type: string }\n');
    dir.write('job.yaml', text.replace('columns: [id]', 'columns: [id, note], formulas: neutralise'));
    const cells = ['=cmd|calc!A1', '+1+1', '-2+3', '@SUM(A1)', 'plain'];
    dir.write('in/a.csv', `id,x,note\n${cells.map((cell, i) => `${i + 1},${100 + i},${cell}`).join('\n')}\n`);
    const ran = dir.call(['run', job, '--quiet']);
    assert.equal(ran.code, 0, ran.stderr);
    const lines = dir.read('out/part-a.csv').trimEnd().split('\n').slice(1);
    for (const [i, cell] of cells.entries()) {
      const found = lines[i]!.split(',')[1]!.replaceAll('"', '');
      assert.equal(found, cell === 'plain' ? cell : `'${cell}`);
    }
  });

  it('that unpack to far more than they are (gzip) are read in bounded memory', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', 'run: { workers: 1, memory: 500MiB }\n');
    // Hundreds of megabytes of one cell, in some hundred kilobytes of file.
    const bomb = Buffer.concat([
      Buffer.from('id,x\n1,100\n2,'),
      Buffer.alloc((full ? 400 : 150) << 20, 0x31),
      Buffer.from('\n3,101\n'),
    ]);
    dir.write('job.yaml', dir.read('job.yaml').replace('in/*.csv', 'in'));
    dir.write('in/a.csv.gz', gzipSync(bomb));
    const ran = dir.nightshift(['run', job, '--quiet']);
    assert.equal(ran.code, 0, ran.stderr);
    const { rows } = lastLine(ran);
    assert.deepEqual([rows.scored, rows.rejected], [2, 1]);
  });
});

describe('values that are meant to leave the output folder', () => {
  const values: readonly [string, number][] = [
    ['../../escape', 2],
    ['a/../../../escape', 2],
    ['..', 2],
    ['x\ny', 2],
    ['/escape', 0],
    ['a/b', 0],
    ['C:\\escape', 0],
  ];
  it('are refused, or kept inside, when they come as a variable', () => {
    const dir = workdir();
    const job = modelRun(dir, 'ends-its-process', oneProcess);
    dir.write('job.yaml', dir.read('job.yaml').replace('path: out', `path: "out/\${day}"`));
    dir.write('in/a.csv', rowsOf(3));
    for (const [value, code] of values) {
      const ran = dir.call(['check', job, '--set', `day=${value}`]);
      assert.equal(ran.code, code, `${value}: ${ran.stdout}${ran.stderr}`);
      if (code === 2) assert.match(said(ran), /variable "day"/);
    }
    const ran = dir.call(['run', job, '--set', 'day=/escape', '--quiet']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(lastLine(ran).output, join(dir.path, 'out', 'escape'));
    assert.ok(!existsSync('/escape') && !existsSync(join(dir.path, '..', 'escape')));
    assert.deepEqual(strays(dir), []);
  });
});
