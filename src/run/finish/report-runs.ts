import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { InvalidError } from '../../errors.js';
import { type IndexRun, indexRun } from '../../quality/page/render-index.js';
import type { Summary } from '../../quality/summary.js';
import { checkNamed, orAbsent, writeDurably, writeNamed } from '../../storage/durable.js';
import { onStorage } from '../../storage/storage-error.js';
import { readSummary } from '../judge/earlier-runs.js';
import { programVersion } from '../records/program-version.js';

/** The written files: one run's page, or an index over many. */
interface Reported {
  readonly page: string;
  readonly runs: number;
  /** For one run; null for an index. */
  readonly summary: Summary | null;
}

/** Maximum depth of run folders below a folder: `scored/JOB/date=D`. */
const deepest = 3;

/**
 * Rebuilds the page of a run folder (or of its `_summary.json`) from the run's records; for a folder of run
 * folders an `index.html` with their trends. `output` overrides its path. Throws `InvalidError` if there is
 * no summary.
 */
export async function reportRuns(path: string, output: string | null): Promise<Reported> {
  if (output !== null) await checkNamed(output);
  const found = await onStorage('file', path, () => orAbsent(stat(path)));
  if (found === null)
    throw missing(path, 'there is no such folder', 'give a run folder, or a folder of run folders');
  const folder = found.isDirectory() ? resolve(path) : dirname(resolve(path));
  const summary = await readSummary(folder);
  if (summary !== null) {
    const { renderPage } = await import('../../quality/page/render-page.js');
    const page = output ?? join(folder, '_summary.html');
    const write = output === null ? writeDurably : writeNamed;
    await write(page, renderPage(summary));
    return { page, runs: 1, summary };
  }
  const page = output ?? join(folder, 'index.html');
  const runs = found.isDirectory() ? await findRuns(folder, dirname(page), 1) : [];
  if (runs.length === 0) {
    throw found.isDirectory()
      ? missing(
          path,
          'it contains no _summary.json, at any level',
          'after shards, `nightshift finish JOB` writes one',
        )
      : missing(path, 'it is a file', 'give a run folder, its _summary.json, or a folder of run folders');
  }
  const { renderIndex } = await import('../../quality/page/render-index.js');
  const write = output === null ? writeDurably : writeNamed;
  await write(page, renderIndex(runs, programVersion()));
  return { page, runs: runs.length, summary: null };
}

/** Returns the runs below `folder` by folder name. Keeps only the trend point of each summary. */
async function findRuns(folder: string, base: string, depth: number): Promise<IndexRun[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name))
    .map(({ name }) => name);
  const runs: IndexRun[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    const summary = await readSummary(path);
    if (summary !== null) {
      const run = indexRun(relative(base, path).split(sep).join('/'), summary);
      if (run !== null) runs.push(run);
    } else if (depth < deepest) runs.push(...(await findRuns(path, base, depth + 1)));
  }
  return runs;
}

function missing(path: string, why: string, hint: string): InvalidError {
  return new InvalidError('no-summary', `nothing to report at "${basename(path)}": ${why}`, {
    file: path,
    hint,
  });
}
