import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lastLine, workdir } from '../workdir.js';
import { echoModel, runJob } from './tiny-model.js';

// Every carried value of a table of all types equals pyarrow's, for every writer and codec.

const python = process.env['NIGHTSHIFT_PYTHON'] ?? 'python3';
const script = join(process.cwd(), 'test/fixtures/matrix.py');

function callPython(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

const isThere = spawnSync(python, ['-c', 'import duckdb, polars, pyarrow']).status === 0;
const skip = isThere ? false : 'needs Python with pyarrow, polars and duckdb: name it in NIGHTSHIFT_PYTHON';

const columns = (
  'id flag i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 text word binary day s ms us zoned ns time ' +
  'small money wide vector'
).split(' ');

describe('values over codecs, pages, encodings and writers', { skip }, () => {
  const dir = workdir();
  const runs = [
    ['pyarrow', 'parquet', 36],
    ['polars', 'arrow', 6],
    ['duckdb', 'parquet', 12],
    ['arrow', 'arrow', 6],
  ] as const;
  it('are carried as pyarrow reads them', async () => {
    dir.write('m.onnx', await echoModel('x'));
    callPython(script, 'write', join(dir.path, 'in'));
    for (const [writer, format, files] of runs) {
      const ran = runJob(dir, {
        input: { path: `in/${writer}/*` },
        columns: { x: { type: 'float32' }, id: { type: 'int64', key: true, repeated: 'flag' } },
        output: { path: `out/${writer}`, format, columns },
        quality: { max_flagged: '100%', max_repeated: '100%' },
      });
      assert.equal(ran.code, 0, ran.stdout);
      assert.equal(lastLine(ran).partitions.published, files, writer);
      const found = callPython(script, 'compare', `${dir.path}/in/${writer}`, `${dir.path}/out/${writer}`);
      assert.equal(found, `${files * columns.length * 30} cells\n`, writer);
    }
  });
});
