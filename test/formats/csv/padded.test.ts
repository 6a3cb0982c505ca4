import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from './read-table.js';

const table = [
  ['Argentina', 'ar', '12'],
  ['Brazil', 'br', '3'],
  ['Cape, Verde', 'cv', '77'],
  ['Chile | Peru; x', 'cl', '5'],
  ['Congo\n(Rep.)', 'cg', '190'],
  ['Egypt', 'eg', '6'],
];

/** Lays cells of different length one below the other. */
function padded(
  rows: readonly (readonly string[])[],
  delimiter: string,
  quote: string,
  pad: (cell: string, i: number) => string,
): string {
  const lines = rows.map((row) =>
    row.map((cell, i) => pad(i < 2 ? quote + cell + quote : cell, i)).join(delimiter),
  );
  return `name${delimiter}   code${delimiter}  n\n${lines.join('\n')}\n`;
}

const pads: Readonly<Record<string, (cell: string, i: number) => string>> = {
  'before the quotes': (cell, i) => (i === 0 ? cell : cell.padStart(9)),
  'before and after': (cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(8).padEnd(12)),
  'two blanks always': (cell, i) => (i === 0 ? cell : `  ${cell}`),
  'a tab': (cell, i) => (i === 0 ? cell : `\t${cell}`),
};

for (const [name, pad] of Object.entries(pads)) {
  for (const quote of ["'", '"']) {
    for (const delimiter of [',', ';', '|', '\t']) {
      if (delimiter === '\t' && name === 'a tab') continue;
      test(`quoted cells padded with blanks: ${name}, ${quote}, ${JSON.stringify(delimiter)}`, async () => {
        const content = padded(table, delimiter, quote, pad);
        for (const chunk of [1 << 20, 16]) {
          const { names, rows, problems, findings } = await readText(content, {}, chunk);
          assert.deepEqual(names, ['name', 'code', 'n']);
          assert.deepEqual(rows, table);
          assert.deepEqual([problems, findings], [[], []]);
        }
      });
    }
  }
}

test('padding that changes from row to row, beyond the sample too', async () => {
  const many = Array.from({ length: 20_000 }, (_, i) => [
    `name${i % 3 === 0 ? ',' : ''} ${i}`,
    `c${i % 7}`,
    String(i),
  ]);
  let blanks = 0;
  const content = padded(many, ',', "'", (cell, i) => (i === 0 ? cell : ' '.repeat(blanks++ % 5) + cell));
  const { rows, problems, details } = await readText(content, {}, 1 << 16);
  assert.equal(details.dialect.padded, true);
  assert.deepEqual(
    rows.map((row) => row.map((cell) => cell!.trim())),
    many,
  );
  assert.deepEqual(problems, []);
});

test('a few quotes after blanks in a file that has them elsewhere without are not its style: they are flagged', async () => {
  const lines = table.slice(0, 2).flatMap(([name, code, n]) => Array(6).fill(`"${name}","${code}",${n}`));
  const { details, problems } = await readText(`name,code,n\n${lines.join('\n')}\n"x",   "y",4\n`);
  assert.equal(details.dialect.padded, undefined);
  assert.deepEqual(
    problems.map(({ code, outcome, row }) => [code, outcome, row]),
    [['stray-quote', 'flagged', 13]],
  );
});

test('columns aligned with runs of tabs are a dialect in doubt', async () => {
  const { findings } = await readText(
    '"name"\t\t"code"\n"Argentina"\t"ar"\n"Brazil"\t\t"br"\n"Chile"\t\t"cl"\n',
  );
  assert.ok(findings.includes('check dialect-in-doubt'), findings.join());
  const right = await readText('name\tcode\tn\nArgentina\t\t12\nBrazil\tbr\t\nChile\tcl\t5\n');
  assert.deepEqual(right.findings, []);
});
