import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { lastLine, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';

const prose = (i: number) => `This is line ${i} of a long description of the data, its origin and licence.`;
const preambles: Readonly<Record<string, (i: number) => string>> = {
  prose,
  short: (i) => `line ${i}`,
  fields: (i) => `key${i}: value ${i}`,
  commas: (i) => `note ${i}, see page ${i}`,
};

describe('a text of hundreds of lines above the table', () => {
  const dir = workdir();
  before(async () => dir.write('m.onnx', await echoModel('id', 'score')));

  for (const [name, line] of Object.entries(preambles)) {
    for (const delimiter of name === 'prose' ? [',', ';'] : ['\t']) {
      it(`is refused with the line that has the names, and read right by the keys that the hint names: ${name}, ${JSON.stringify(delimiter)}`, () => {
        const rows = Array.from({ length: 400 }, (_, i) => [i, i * 1.5, `2024-01-${10 + (i % 9)}`]);
        const table = [['id', 'score', 'when'], ...rows].map((cells) => cells.join(delimiter));
        const lines = [...Array.from({ length: 300 }, (_, i) => line(i)), ...table];
        dir.write('in.csv', `${lines.join('\n')}\n`);
        const job = (csv: object) => ({ input: { path: 'in.csv', csv }, output: { path: `out-${name}` } });
        const refused = runJob(dir, job({}), 'run', '--force');
        assert.equal(refused.code, 2, refused.stdout);
        const hint = lastLine(refused).error?.hint;
        assert.equal(
          hint,
          'line 301 has the names: set "input.csv.skip_lines" to 300 and "input.csv.header" to true',
        );
        const ran = runJob(dir, job({ skip_lines: 300, header: true }), 'run', '--force');
        assert.equal(ran.code, 0, ran.stderr);
        const { rows: counted } = lastLine(ran);
        assert.deepEqual(
          [counted.read, counted.scored, counted.flagged, counted.skipped],
          [400, 400, 0, 300],
        );
      });
    }
  }
});
