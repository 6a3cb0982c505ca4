import { basename, dirname, relative, sep } from 'node:path';
import { InvalidError } from '../../errors.js';
import { type IndexRun, indexRun } from '../../quality/page/render-index.js';
import type { Summary } from '../../quality/summary.js';
import { checkNamed, writeNamed } from '../../storage/durable.js';
import { eachInGroups } from '../../storage/in-groups.js';
import { folderOf, join, located } from '../../storage/paths.js';
import { isS3 } from '../../storage/s3/object-name.js';
import { storeOf } from '../../storage/store-of.js';
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
 * folders an `index.html` with their trends. Folders may be in S3; `output` is a local path to write to
 * instead. Throws `InvalidError` if there is no summary, and the reason of `signal` before it writes.
 */
export async function reportRuns(
  path: string,
  output: string | null,
  signal: AbortSignal,
): Promise<Reported> {
  if (output !== null) await checkNamed(output);
  const named = located('', path.replace(/(?<=.)\/+$/, ''));
  const store = storeOf(named);
  const write = async (page: string, text: string): Promise<string> => {
    signal.throwIfAborted();
    if (output !== null) await writeNamed(output, text);
    else await store.write(page, text);
    return output ?? page;
  };
  const ofFolder = await readSummary(named);
  const isFile =
    ofFolder === null &&
    (await store.size(named)) !== null &&
    !(await store.isFolder(named)) &&
    (await store.names(named)).length === 0;
  const summary = isFile ? await readSummary(folderOf(named)) : ofFolder;
  if (summary !== null) {
    const { renderPage } = await import('../../quality/page/render-page.js');
    const page = await write(join(isFile ? folderOf(named) : named, '_summary.html'), renderPage(summary));
    return { page, runs: 1, summary };
  }
  if (isFile)
    throw missing(path, 'it is a file', 'give a run folder, its _summary.json, or a folder of run folders');
  // Links lead from the index to the runs; those to a bucket need an index beside them.
  const base = output === null || isS3(named) ? named : dirname(output);
  const runs = await findRuns(named, base, signal);
  if (runs.length === 0)
    throw (await store.exists(named))
      ? missing(
          path,
          'it contains no _summary.json, at any level',
          'after shards, `nightshift finish JOB` writes one',
        )
      : missing(path, 'there is no such folder', 'give a run folder, or a folder of run folders');
  const { renderIndex } = await import('../../quality/page/render-index.js');
  const page = await write(join(named, 'index.html'), renderIndex(runs, programVersion()));
  return { page, runs: runs.length, summary: null };
}

/** Returns the runs below `folder` by folder name. Keeps only the trend point of each summary. */
async function findRuns(folder: string, base: string, signal: AbortSignal, depth = 1): Promise<IndexRun[]> {
  const store = storeOf(folder);
  const names = (await store.names(folder)).filter((name) => !/^[._]/.test(name));
  const found = await eachInGroups(names, async (name) => {
    signal.throwIfAborted();
    const path = join(folder, name);
    if (!(await store.isFolder(path))) return [];
    const summary = await readSummary(path);
    if (summary === null) return path;
    const run = indexRun(relativeTo(base, path), summary);
    return run === null ? [] : [run];
  });
  const runs: IndexRun[] = [];
  for (const one of found) {
    if (typeof one !== 'string') runs.push(...one);
    else if (depth < deepest) runs.push(...(await findRuns(one, base, signal, depth + 1)));
  }
  return runs;
}

/** Returns the way from a folder to a path, with `/`. */
function relativeTo(base: string, path: string): string {
  return isS3(base) ? path.slice(base.length + 1) : relative(base, path).split(sep).join('/');
}

function missing(path: string, why: string, hint: string): InvalidError {
  return new InvalidError('no-summary', `nothing to report at "${basename(path)}": ${why}`, {
    file: path,
    hint,
  });
}
