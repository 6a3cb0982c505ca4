import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { until } from '../until.js';
import { type Ran, type Workdir, workdir } from '../workdir.js';

const full = process.env['NIGHTSHIFT_FULL'] === '1';

/** The JSON that a command printed. */
function json(ran: Ran): Record<string, never> & { readonly [key: string]: unknown } {
  assert.equal(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

/** Returns the names of all files in `out`, hidden ones too. */
function written(dir: Workdir): string[] {
  return existsSync(join(dir.path, 'out')) ? readdirSync(join(dir.path, 'out')).sort() : [];
}

describe('nightshift repair', () => {
  const messy = [
    'id;name;name;;price',
    '1;Ann;x;;"1;5"',
    '2;Bob "B";y;;2',
    '3;"Cid;z;;3',
    '4;Dora;;',
    '5;Eve;z;;5;;',
    '6;Finn;z;;6;7;8',
    '',
    '7; Gus ;;;7',
    '',
  ].join('\n');

  it('writes RFC 4180 with the header and the texts as they were, the rejects beside it, and counts every repair', () => {
    const dir = workdir();
    const file = dir.write('messy.csv', messy);
    const report = json(dir.call(['repair', file, '-o', 'out/clean.csv', '--json']));
    assert.equal(
      dir.read('out/clean.csv'),
      [
        'id,name,name,"",price',
        '1,Ann,x,,1;5',
        '2,"Bob ""B""",y,,2',
        '3,"""Cid",z,,3',
        '4,Dora,,,',
        '5,Eve,z,,5',
        '7," Gus ",,,7',
        '',
      ].join('\r\n'),
    );
    assert.deepEqual(report['rows'], { read: 7, written: 6, repaired: 0, flagged: 4, rejected: 1 });
    assert.deepEqual(
      (report['problems'] as { code: string; outcome: string; count: number; lines: number[] }[]).map(
        ({ code, outcome, count, lines }) => `${code} ${outcome} ${count} at ${lines}`,
      ),
      [
        'stray-quote flagged 1 at 3',
        'unclosed-quote flagged 1 at 4',
        'short-row flagged 1 at 5',
        'long-row flagged 1 at 6',
        'long-row rejected 1 at 7',
      ],
    );
    assert.deepEqual(report['skipped'], { 'blank-line': { count: 1, lines: [8] } });
    const rejects = dir.read('out/clean.csv.rejects.ndjson').trimEnd().split('\n');
    assert.deepEqual(
      rejects.map((line) => JSON.parse(line)),
      [
        {
          file: 'messy.csv',
          row: 6,
          line: 7,
          byte_offset: messy.indexOf('6;Finn'),
          column: null,
          code: 'long-row',
          expected: '5 cells',
          found: '7',
          problems: ['long-row'],
          raw: '6;Finn;z;;6;7;8',
        },
      ],
    );
    assert.deepEqual(written(dir), ['clean.csv', 'clean.csv.rejects.ndjson']);
  });

  it('says what was done, wider than a narrow terminal or not', () => {
    const dir = workdir();
    const ran = dir.call(['repair', dir.write('messy.csv', messy), '-o', 'out/clean.csv']);
    assert.match(ran.stdout, /7 rows read, 6 written \(0 repaired, 4 flagged\), 1 rejected/);
    assert.match(ran.stdout, /delimiter semicolon, quote ", LF, utf-8, 1 header row/);
    assert.match(ran.stdout, /^stray-quote +name +flagged +1 +line 3 /m);
    assert.equal(ran.stderr, '');
  });

  it('uses the given dialect, and says which key or value it does not know', () => {
    const dir = workdir();
    const file = dir.write('a.csv', "title\n'1|2'|x\n3|y\n");
    const given = ['--dialect', "delimiter=|,quote=',header=false,skip_lines=1"];
    const report = json(dir.call(['repair', file, '-o', 'out/a.csv', '--json', ...given]));
    assert.equal(dir.read('out/a.csv'), '1|2,x\r\n3,y\r\n');
    assert.deepEqual([...(report['told'] as string[])].sort(), [
      'delimiter',
      'headerRows',
      'quote',
      'skipLines',
    ]);
    const wrong = dir.call(['repair', file, '-o', 'out/b.csv', '--dialect', 'delimeter=|']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /"--dialect" must be delimiter=.*found delimeter=\|/);
    assert.deepEqual(written(dir), ['a.csv', 'a.csv.rejects.ndjson']);
  });

  it('keeps a file without a header without one, and leaves out a column that only the ends of lines make', () => {
    const dir = workdir();
    const bare = dir.write('bare.csv', '1,2.5\n2,3.5\n3,4.5\n');
    assert.equal(dir.call(['repair', bare, '-o', 'out/bare.csv']).code, 0);
    assert.equal(dir.read('out/bare.csv'), '1,2.5\r\n2,3.5\r\n3,4.5\r\n');
    const ended = dir.write('ended.csv', 'id,name,\n1,a,\n2,b,\n3,c,\n');
    assert.equal(dir.call(['repair', ended, '-o', 'out/ended.csv']).code, 0);
    assert.equal(dir.read('out/ended.csv'), 'id,name\r\n1,a\r\n2,b\r\n3,c\r\n');
    const rows = Array.from({ length: 3000 }, (_, i) => `${i},a,${i === 2900 ? 'late' : ''}\n`);
    const late = dir.write('late.csv', `id,name,\n${rows.join('')}`);
    assert.equal(dir.call(['repair', late, '-o', 'out/late.csv']).code, 0);
    assert.match(dir.read('out/late.csv'), /^2900,a,late\r$/m);
  });

  it('writes Parquet and Arrow by extension, as text or with types that hold every cell', () => {
    const dir = workdir();
    const rows = Array.from(
      { length: 3000 },
      (_, i) =>
        `${i},0${i % 9},${i / 4},${i % 2 === 0},2013-01-04,${i === 2999 ? 'late text' : i},${i % 7 === 0 ? 'NA' : i}\n`,
    );
    const file = dir.write('typed.csv', `id,zip,price,ok,day,mixed,gaps\n${rows.join('')}`);
    for (const out of ['out/t.parquet', 'out/t.arrow']) {
      json(dir.call(['repair', file, '-o', out, '--json', '--types', 'auto']));
      const seen = json(dir.call(['inspect', out, '--json']));
      assert.equal(seen['rows'], 3000);
      assert.deepEqual(
        (seen['columns'] as { name: string; type: string }[]).map(({ name, type }) => `${name} ${type}`),
        ['id int64', 'zip string', 'price float64', 'ok boolean', 'day date', 'mixed string', 'gaps int64'],
      );
    }
    json(dir.call(['repair', file, '-o', 'out/text.parquet', '--json']));
    const seen = json(dir.call(['inspect', 'out/text.parquet', '--json']));
    assert.ok((seen['columns'] as { type: string }[]).every(({ type }) => type === 'string'));
  });

  it('keeps as text what a later row shows that no type holds: a time of day, digits below microseconds', () => {
    const dir = workdir();
    const rows = Array.from({ length: 2500 }, (_, i) => `${i},2013-01-04,2013-01-04T00:00:00.000001\n`);
    const last = '2500,2013-01-04T10:00:00,2013-01-04T00:00:00.0000001\n';
    const file = dir.write('late.csv', `id,day,at\n${rows.join('')}${last}`);
    json(dir.call(['repair', file, '-o', 'out/late.parquet', '--json', '--types', 'auto']));
    const seen = json(dir.call(['inspect', 'out/late.parquet', '--json']));
    assert.deepEqual(
      (seen['columns'] as { name: string; type: string }[]).map(({ name, type }) => `${name} ${type}`),
      ['id int64', 'day string', 'at string'],
    );
    assert.equal(dir.call(['repair', 'out/late.parquet', '-o', 'out/late.csv']).code, 0);
    assert.match(dir.read('out/late.csv'), /\r\n2500,2013-01-04T10:00:00,2013-01-04T00:00:00\.0000001\r\n$/);
  });

  it('keeps as text what a later row writes otherwise: leading zeros, 7.0 among whole numbers, yes among true and false', () => {
    const dir = workdir();
    const rows = Array.from({ length: 2500 }, (_, i) => `${i},${i + 1},${i},${i % 2 === 0},${i}.5,${i}\n`);
    const last = '2500,007,7.0,yes,00.5,NA\n';
    const file = dir.write('late.csv', `id,zip,count,ok,price,gaps\n${rows.join('')}${last}`);
    json(dir.call(['repair', file, '-o', 'out/late.parquet', '--json', '--types', 'auto']));
    const seen = json(dir.call(['inspect', 'out/late.parquet', '--json']));
    assert.deepEqual(
      (seen['columns'] as { name: string; type: string }[]).map(({ name, type }) => `${name} ${type}`),
      ['id int64', 'zip string', 'count string', 'ok string', 'price string', 'gaps int64'],
    );
    assert.equal(dir.call(['repair', 'out/late.parquet', '-o', 'out/late.csv']).code, 0);
    assert.match(dir.read('out/late.csv'), /\r\n2500,007,7\.0,yes,00\.5,\r\n$/);
  });

  it('reads compressed files, and files of many chunks as it reads the same in one', () => {
    const dir = workdir();
    const text = `id,text\n${Array.from({ length: 200_000 }, (_, i) => `${i},"row, ${i}"\n`).join('')}`;
    const plain = dir.write('a.csv', text);
    const packed = dir.write('b.csv.gz', gzipSync(text));
    for (const [file, out] of [
      [plain, 'out/a.csv'],
      [packed, 'out/b.csv'],
    ] as const) {
      assert.equal(dir.call(['repair', file, '-o', out]).code, 0);
    }
    assert.equal(dir.read('out/a.csv'), text.replaceAll('\n', '\r\n'));
    assert.equal(dir.read('out/b.csv'), dir.read('out/a.csv'));
  });

  it('refuses an output of another kind, and one that is the input', () => {
    const dir = workdir();
    const file = dir.write('a.csv', 'a,b\n1,2\n');
    const kind = dir.call(['repair', file, '-o', 'out/a.xlsx']);
    assert.equal(kind.code, 2);
    assert.match(
      kind.stderr,
      /"--output" must end in \.csv, \.jsonl, \.parquet or \.arrow, found out\/a\.xlsx/,
    );
    const same = dir.call(['repair', file, '-o', file]);
    assert.equal(same.code, 2);
    assert.match(same.stderr, /"--output" must be another file than the input/);
    assert.equal(dir.read('a.csv'), 'a,b\n1,2\n');
    assert.deepEqual(written(dir), []);
  });
});

describe('a file that cannot be repaired or inspected', () => {
  const day = readFileSync('data-samples/flights/2013-01-01.csv');
  const noise = Buffer.from(Array.from({ length: 20_000 }, (_, i) => Math.imul(i + 7, 0x9e3779b1) >>> 24));
  const files: readonly [string, string, Uint8Array | string, string | RegExp][] = [
    ['of any bytes', 'noise.csv', noise, 'are control characters'],
    ['without a byte', 'empty.csv', '', 'empty.csv is empty'],
    ['of blank lines', 'blank.csv', '\n\n  \n', 'blank.csv contains neither rows nor a header'],
    ['cut off in its gzip data', 'cut.csv.gz', gzipSync(day).subarray(0, 9000), 'cut.csv.gz is cut off'],
    [
      'with damaged gzip data',
      'bad.csv.gz',
      Buffer.from([0x1f, 0x8b, 8, 0, ...noise.subarray(0, 99)]),
      'bad.csv.gz',
    ],
    [
      'cut off in its zstd data',
      'cut.csv.zst',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]),
      'cut.csv.zst is cut off',
    ],
    [
      'that is a ZIP archive',
      'zip.csv',
      Buffer.concat([Buffer.from('PK\x03\x04\x14\0\0\0'), day]),
      'zip.csv is a ZIP archive or a spreadsheet',
    ],
    [
      'of one line without end',
      'line.csv',
      `${'x'.repeat(5_000_000)}\n1,2\n`,
      /line\.csv begins with a line of more than 2097152/,
    ],
  ];
  for (const [title, name, content, says] of files) {
    const code = title.startsWith('cut off') ? 5 : 2;
    it(`${title} is named in one sentence, exit ${code}, and nothing is written`, () => {
      const dir = workdir();
      const file = dir.write(name, content);
      for (const args of [
        ['inspect', file],
        ['repair', file, '-o', 'out/clean.csv'],
      ]) {
        const ran = dir.call(args);
        assert.equal(ran.code, code, ran.stdout + ran.stderr);
        if (typeof says === 'string') assert.ok(ran.stderr.includes(says), ran.stderr);
        else assert.match(ran.stderr, says);
        assert.doesNotMatch(ran.stderr, /\n\s+at |Error:/);
        assert.equal(ran.stdout, '');
      }
      assert.deepEqual(written(dir), []);
    });
  }

  it('whose output lies where no folder can be made ends with 2 and says so', {
    skip: !existsSync('/proc/self') && 'there is no /proc',
  }, () => {
    const dir = workdir();
    dir.write('a.csv', 'x,y\n1,2\n');
    const ran = dir.call(['repair', 'a.csv', '-o', '/proc/nightshift/deep/a.csv']);
    assert.equal(ran.code, 2, ran.stderr);
    assert.match(
      ran.stderr,
      /"\/proc\/nightshift\/deep\/a.csv" cannot be written: "\/proc" is on a file system/,
    );
    assert.doesNotMatch(ran.stderr, /\n\s+at /);
  });

  it('that is a folder or not there is named, and one that is not there may come (exit 5)', () => {
    const dir = workdir();
    mkdirSync(join(dir.path, 'folder.csv'));
    for (const command of ['inspect', 'repair']) {
      const more = command === 'repair' ? ['-o', 'out/a.csv'] : [];
      const folder = dir.call([command, 'folder.csv', ...more]);
      assert.equal(folder.code, 2);
      assert.match(folder.stderr, /folder\.csv is a folder, not a file/);
      const nothing = dir.call([command, 'nothing.csv', ...more]);
      assert.equal(nothing.code, 5);
      assert.match(nothing.stderr, /nothing\.csv could not be read/);
    }
    assert.deepEqual(written(dir), []);
  });
});

describe('a file that can be read in part', () => {
  it('of only a header gives a file of only a header, in every format', () => {
    const dir = workdir();
    const file = dir.write('header.csv', 'id,name\n');
    for (const out of ['out/h.csv', 'out/h.parquet', 'out/h.arrow']) {
      const report = json(dir.call(['repair', file, '-o', out, '--json']));
      assert.deepEqual(report['rows'], { read: 0, written: 0, repaired: 0, flagged: 0, rejected: 0 });
      const seen = json(dir.call(['inspect', out, '--json']));
      assert.deepEqual([seen['rows'], (seen['columns'] as unknown[]).length], [0, 2]);
    }
  });

  it('in UTF-16 that ends within a character names the row it ends in', () => {
    const dir = workdir();
    const whole = Buffer.from('\ufeffid,name\n1,Ann\n2,Bob\n3,Cid\n4,Dora', 'utf16le');
    const file = dir.write('cut.csv', whole.subarray(0, whole.length - 1));
    const report = json(dir.call(['repair', file, '-o', 'out/c.csv', '--json']));
    assert.equal(dir.read('out/c.csv'), 'id,name\r\n1,Ann\r\n2,Bob\r\n3,Cid\r\n4,Dor\ufffd\r\n');
    assert.deepEqual(report['rows'], { read: 4, written: 4, repaired: 0, flagged: 1, rejected: 0 });
  });

  it('with a line of any length in it rejects that line with its first 64 Ki characters and reads on', async () => {
    const dir = workdir();
    const file = dir.write('line.csv', 'a,b\n1,2\n');
    const block = Buffer.alloc(1 << 24, 'x');
    for (let i = 0; i < (full ? 64 : 2); i++) appendFileSync(file, block);
    appendFileSync(file, '\n3,4\n');
    const child = dir.start(['repair', file, '-o', 'out/l.csv', '--json']);
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakKilobytes(child.pid));
    }, 20);
    const ran = await child.ended;
    clearInterval(watch);
    assert.deepEqual(json(ran)['rows'], { read: 3, written: 2, repaired: 0, flagged: 0, rejected: 1 });
    assert.equal(dir.read('out/l.csv'), 'a,b\r\n1,2\r\n3,4\r\n');
    const { code, line, row, raw } = JSON.parse(dir.read('out/l.csv.rejects.ndjson'));
    assert.deepEqual([code, line, row, raw.length], ['row-too-long', 3, 2, 65_536]);
    assert.ok(peak < 200_000, `${peak} kB`);
  });

  it('that never closes a quote costs no more memory than another', {
    skip: !full && 'only with NIGHTSHIFT_FULL=1',
  }, async () => {
    const dir = workdir();
    const file = dir.write('open.csv', 'a,b\n1,"never closed\n');
    const block = Buffer.from('2,some more text\n'.repeat(1 << 20));
    for (let i = 0; i < 60; i++) appendFileSync(file, block);
    const child = dir.start(['repair', file, '-o', 'out/o.csv', '--json']);
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakKilobytes(child.pid));
    }, 50);
    const ran = await child.ended;
    clearInterval(watch);
    assert.equal((json(ran)['rows'] as { written: number }).written, 1 + 60 * (1 << 20));
    assert.ok(peak < 250_000, `${peak} kB`);
  });
});

describe('a repair that is disturbed', () => {
  /** Starts to repair a file of some size and calls back when a file appears next to its output. */
  async function disturb(dir: Workdir, act: (file: string, pid: number) => void): Promise<Ran> {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i},"text, ${i}",${i / 8},more\n`).join('');
    const file = dir.write('in.csv', `id,text,n,more\n${rows}`);
    for (let i = 0; i < 20; i++) appendFileSync(file, rows);
    const child = dir.start(['repair', file, '-o', 'out/clean.csv']);
    await until(() => written(dir).length > 0, 'the repair does not begin');
    act(file, child.pid);
    return child.ended;
  }

  it('by more bytes in its input ends with 5 and leaves nothing', async () => {
    const dir = workdir();
    const ran = await disturb(dir, (file) => appendFileSync(file, '1,2,3,4\n'));
    assert.equal(ran.code, 5, ran.stdout + ran.stderr);
    assert.match(ran.stderr, /in\.csv.* changed/);
    assert.deepEqual(written(dir), []);
  });

  it('by a signal ends with 143, leaves nothing new and what stood there before', async () => {
    const dir = workdir();
    const before = { 'clean.csv': 'old\r\n', 'clean.csv.rejects.ndjson': '' };
    const ran = await disturb(dir, (_, pid) => {
      for (const [name, content] of Object.entries(before))
        writeFileSync(join(dir.path, 'out', name), content);
      process.kill(pid, 'SIGTERM');
    });
    assert.equal(ran.code, 143, ran.stdout + ran.stderr);
    assert.deepEqual(written(dir), Object.keys(before));
    assert.equal(dir.read('out/clean.csv'), 'old\r\n');
  });
});

function peakKilobytes(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
