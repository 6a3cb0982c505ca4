import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSource } from '../../../src/formats/csv/open-source.js';
import { csvDetails } from '../../../src/formats/csv/source-details.js';
import { workdir } from '../../workdir.js';

const rows = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${i + 1},${(i % 9) + 1}.5,${'ABC'[i % 3]}\n`).join('');

// More lines than are examined at the end of a file that fits in the sample.
const endings: Readonly<Record<string, { text: string; footer: string | null; torn: boolean }>> = {
  'no footer': { text: `${rows(900)}901,1.5,A\n`, footer: null, torn: false },
  'a footer': { text: `${rows(900)}\nTotal,,\n`, footer: 'Total', torn: false },
  'a footer of several lines': { text: `${rows(900)}\nTotal\nSource: us\n`, footer: 'Total', torn: false },
  'a torn last row': { text: `${rows(900)}901,1.5,`, footer: null, torn: true },
  'an error and then blank lines': {
    text: `${rows(900)}ERROR: lost\n${'\n'.repeat(500)}`,
    footer: null,
    torn: true,
  },
  'an error far behind a quote': {
    text: `${rows(500)}501,1.5,"A"\n${rows(450)}ERROR: lost\n`,
    footer: null,
    torn: true,
  },
};

for (const [name, { text, footer, torn }] of Object.entries(endings))
  test(`finds the end of a long table: ${name}`, async () => {
    const dir = workdir();
    const file = `id,amount,kind\n${text}`;
    const source = await openSource(dir.write('in.csv', file), { csv: {}, names: [] });
    const { dataEnd } = csvDetails(source.description.details);
    dir.remove();
    const codes = source.description.findings.map(({ code }) => code);
    assert.equal(codes.includes('truncated-input'), torn, codes.join());
    if (footer !== null) assert.equal(file.slice(dataEnd!, dataEnd! + footer.length), footer);
    else if (!torn) assert.equal(dataEnd, null);
  });
