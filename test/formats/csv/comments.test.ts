import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codes, readText } from './read-table.js';

const head = '# made 2013-01-04\n# by Ann, Bob\n';
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `A${i},${i}`);

test('a row that begins with the comment mark and fits the table is a row, wherever it stands', async () => {
  for (const [name, mark, line, expected] of [
    ['late', '#', '#promo,600', ['#promo', '600']],
    ['decimals', '#', '#promo,-6.5', ['#promo', '-6.5']],
    ['a blank behind the mark', '#', '# promo,600', ['# promo', '600']],
    ['slashes', '//', '//host/share,7', ['//host/share', '7']],
    ['per cent', '%', '%off,7', ['%off', '7']],
  ] as const) {
    for (const count of [1, 5, 600, 60_000]) {
      const rows = numbered(count);
      for (const at of [0, count >> 1, count]) {
        const lines = ['tag,x', ...rows.slice(0, at), line, ...rows.slice(at)];
        const table = await readText(`${head.replaceAll('#', mark)}${lines.join('\n')}\n`, {}, 1 << 16);
        const where = `${name}, row ${at} of ${count}`;
        if (at === 0 && count < 5) continue;
        assert.equal(table.rows.length, count + 1, where);
        assert.deepEqual(table.rows[at], expected, where);
        assert.deepEqual(codes(table), [], where);
        assert.deepEqual(table.skipped, { 'comment-line': { count: 2, lines: [1, 2] } }, where);
      }
    }
  }
});

test('in other delimiters and line ends, over several lines, cut off, and in files of few rows', async () => {
  const cases: [string, (string | null)[]][] = [
    ['# of 2013; by me\ntag;x\na;1\nb;2\n#c;3\n', ['#c', '3']],
    ['# of 2013\r\ntag\tx\ty\r\na\t1\t2\r\nb\t2\t3\r\n#c\t3\t4\r\n', ['#c', '3', '4']],
    ['# of 2013\rtag|x|y\ra|1|2\rb|2|3\r#c|3|4\r', ['#c', '3', '4']],
    ['# of 2013\ntag,x\na,1\nb,2\n#c,3', ['#c', '3']],
    ['# of 2013\nx,tag\n1,a\n2,b\n3,"two\nlines"\n4,c\n', ['4', 'c']],
    ['# of 2013\ntag,t,x\na,"two\nlines",1\nb,z,2\n#c,"two\nlines",3\n', ['#c', 'two\nlines', '3']],
    ['# of 2013\ntag,t,x\na,u,1\nb,v,2\n#c,w,\nd,y,5\n#e,,6\n', ['#e', null, '6']],
  ];
  for (const [content, expected] of cases) {
    const table = await readText(content, { header: true });
    const last = table.rows.at(-1)!.map((cell) => (cell === '' ? null : cell));
    assert.deepEqual(last, expected, content);
    assert.deepEqual(table.skipped, { 'comment-line': { count: 1, lines: [1] } }, content);
  }
});

test('a line of the table that is written as comments are and does not fit is a comment, and counted', async () => {
  const rows = numbered(40);
  for (const [line, comments] of [
    ['# end', 3],
    ['#', 3],
    ['# checked, by Bob', 3],
    ['# 1, 2, 3', 3],
    ['## part 2', 3],
    ['#-----', 3],
    ['#end', 3],
    ['#promo,a,600', 2],
    ['#promo,', 2],
  ] as const) {
    const lines = ['tag,x', ...rows.slice(0, 20), line, ...rows.slice(20)];
    const table = await readText(`${head}${lines.join('\n')}\n`);
    assert.equal(table.skipped['comment-line']!.count, comments, line);
    assert.equal(table.rows.length, 40 + (3 - comments), line);
  }
  const bare = await readText(`#made by Ann\n${['tag,x', ...rows].join('\n')}\n#TODO, ask Bob, soon\n`);
  assert.equal(bare.skipped['comment-line']!.count, 2);
});

test('where the job names the comment mark, every line that begins with it is a comment', async () => {
  const content = `${head}tag,x\na,1\nb,2\n#promo,600\nc,3\n`;
  const told = await readText(content, { comment: '#' });
  assert.deepEqual(told.rows.length, 3);
  assert.deepEqual(told.skipped['comment-line'], { count: 3, lines: [1, 2, 6] });
  const none = await readText('tag,x\na,1\nb,2\n#promo,600\nc,3\n', { comment: 'none' });
  assert.equal(none.rows.length, 4);
});

test('a table below any number of comments is found with its header, its rows and every comment counted', async () => {
  const rows = numbered(30);
  for (const count of [1, 199, 300, 501, 1200, 20_000]) {
    for (const comment of ['# made by Ann', '##contig=<ID=1,length=249>', '#']) {
      const head = Array.from({ length: count }, (_, i) => (i === 0 ? '# made, by Ann, 2013' : comment));
      const content = `${[...head, 'tag,x', ...rows].join('\n')}\n`;
      const table = await readText(content);
      assert.deepEqual(table.names, ['tag', 'x'], `${count} of ${comment}`);
      assert.equal(table.rows.length, 30, `${count} of ${comment}`);
      assert.equal(table.skipped['comment-line']!.count, count);
      assert.deepEqual(Object.keys(table.skipped), ['comment-line']);
    }
  }
});

test('lines that the job says to skip are counted, however many they are', async () => {
  for (const count of [1, 499, 600, 3000, 60_000]) {
    const head = Array.from({ length: count }, (_, i) => `${i},old,table`);
    const rows = Array.from({ length: 300 }, (_, i) => `A${i},${i}`);
    const table = await readText(`${[...head, 'tag,x', ...rows].join('\n')}\n`, { skip_lines: count });
    assert.deepEqual(table.names, ['tag', 'x'], String(count));
    assert.equal(table.rows.length, 300);
    assert.deepEqual(table.rows[0], ['A0', '0']);
    assert.equal(table.skipped['preamble-line']!.count, count);
  }
});
