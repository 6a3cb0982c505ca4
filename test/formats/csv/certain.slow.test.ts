import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText, type Table } from './read-table.js';
import { type CleanTable, cleanTable, dice, type SpoiledFile, spoiled } from './spoil-tables.js';

const full = process.env['NIGHTSHIFT_FULL'] === '1';
const files = full ? 20_000 : 600;

interface Tally {
  repaired: number;
  repairedCells: number;
  wrong: number;
  right: number;
  flagged: number;
  flaggedWrong: number;
  rejected: number;
}

/** Counts what became of the rows of a spoiled file, and which cells differ from the clean file's. */
function count(
  tally: Tally,
  read: Table,
  clean: CleanTable,
  file: SpoiledFile,
  note: (text: string) => void,
): void {
  const worst = new Map<number, { outcome: string; line: number; codes: string[]; raw: string }>();
  const rank = ['repaired', 'flagged', 'rejected'];
  for (const { row, line, outcome, code, raw } of read.problems) {
    const at = worst.get(row) ?? { outcome, line: line ?? -1, codes: [], raw };
    if (rank.indexOf(outcome) > rank.indexOf(at.outcome)) at.outcome = outcome;
    at.codes.push(code);
    worst.set(row, at);
  }
  for (const [row, { outcome, line, codes, raw }] of worst) {
    if (outcome === 'rejected') {
      tally.rejected++;
      continue;
    }
    const own = file.rowOf.get(line);
    const cells = read.rows[row - 1]!;
    const expected = own === undefined ? [] : clean.rows[own]!;
    const differ = cells.filter((cell, i) => (cell ?? '') !== (expected[i] ?? '')).length;
    if (outcome === 'repaired') {
      tally.repaired++;
      tally.repairedCells += cells.length;
      tally.wrong += differ;
      if (differ === 0) tally.right++;
      const defect = file.defects.get(line) ?? 'none';
      if (differ > 0)
        note(
          `${defect} | ${codes.join('+')} | ${clean.kinds.join(' ')} x${clean.rows.length} | ${raw} | ${JSON.stringify(cells)}`,
        );
    } else {
      tally.flagged++;
      tally.flaggedWrong += cells.filter(
        (cell, i) => (cell ?? '') !== '' && cell !== (expected[i] ?? ''),
      ).length;
    }
  }
}

for (const told of [true, false]) {
  test(`no cell of a repaired row differs from the clean file's, dialect ${told ? 'told' : 'found out'}`, async (t) => {
    const tally: Tally = {
      repaired: 0,
      repairedCells: 0,
      wrong: 0,
      right: 0,
      flagged: 0,
      flaggedWrong: 0,
      rejected: 0,
    };
    const examples: string[] = [];
    for (let seed = 1; seed <= files; seed++) {
      const d = dice(seed * 7919);
      const clean = cleanTable(d);
      const file = spoiled(clean, d);
      const { delimiter, quote } = clean.writing;
      const options = told ? { delimiter, quote, header: true } : {};
      const read = await readText(file.text, options);
      count(tally, read, clean, file, (text) => examples.push(`${seed} ${text}`));
    }
    t.diagnostic(
      `${files} spoiled files: ${tally.repaired} rows repaired with ${tally.repairedCells} cells, ${tally.wrong} of them wrong, ${tally.right} rows right; ${tally.flagged} rows flagged with ${tally.flaggedWrong} wrong cells that are not empty, ${tally.rejected} rejected`,
    );
    assert.equal(tally.wrong, 0, examples.slice(0, 20).join('\n'));
  });
}

test('a row read by another delimiter has a problem, also where its first cell alone has text after its quote', async () => {
  const rows = Array.from(
    { length: 60 },
    (_, i) =>
      `"https://x/${'abcde'[i % 5]}${i}",${1 + ((i * 37) % 9)}.${100 + i}e-01,"${['Ab', 'Cd', ''][i % 3]}"`,
  );
  const doubtful = '"https://x/Fm,a/9",2.340e-01,"Ab"';
  for (const [line, cells, outcome, more] of [
    ['"https://x/a99"|2.340e-01|"Ab"', ['https://x/a99', '2.340e-01', 'Ab'], 'repaired', []],
    ['"https://x/a99";2.340e-01;"Ab"', ['https://x/a99', '2.340e-01', 'Ab'], 'repaired', []],
    ['"https://x/a99"|2.340e-01|"Adn"', ['https://x/a99', '2.340e-01', null], 'flagged', [doubtful]],
  ] as const) {
    const content = `${['a,b,c', ...rows, line, ...more].join('\n')}\n`;
    const found = await readText(content);
    assert.deepEqual(found.rows[60], cells, line);
    assert.deepEqual(
      found.problems
        .filter(({ row }) => row === 61)
        .map(({ code, outcome, column }) => [code, outcome, column]),
      [['text-after-quote', outcome, 'a']],
      line,
    );
  }
});
