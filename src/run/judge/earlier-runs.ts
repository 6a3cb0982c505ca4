import { basename, dirname } from 'node:path';
import { parseSummary, type Summary, type TrendPoint } from '../../quality/summary.js';
import { trendRuns } from '../../quality/trend.js';
import { join } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';

/** A larger summary is left out of a trend: reading thirty of them must not exhaust a run's memory. */
const largestSummaryBytes = 8 * 1024 * 1024;

/**
 * Returns points of the job's earlier published runs, oldest first, at most thirty. If the run folder is one
 * of a series (`date=2013-01-04`), they are from the preceding folders by name; otherwise from the folder's
 * own last summary.
 */
export async function earlierRuns(output: string, job: string): Promise<readonly TrendPoint[]> {
  const name = basename(output);
  const key = /^([^=]+=)./.exec(name)?.[1];
  if (key === undefined) return (await readRun(output, job))?.trend.runs.filter(isPublished) ?? [];
  const beside = dirname(output);
  const names = await storeOf(beside)
    .names(beside)
    .catch(() => []);
  const folders = names
    .filter((folder) => folder.startsWith(key) && folder < name)
    .sort()
    .reverse();
  const points: TrendPoint[] = [];
  for (const folder of folders) {
    if (points.length === trendRuns - 1) break;
    const point = (await readRun(join(beside, folder), job))?.trend.runs.at(-1);
    if (point !== undefined && isPublished(point)) points.push(point);
  }
  return points.reverse();
}

/**
 * Returns the summary of this job in the run folder `output`; null if there is none, or if it cannot be read:
 * a trend works without it.
 */
export async function readRun(output: string, job: string): Promise<Summary | null> {
  const summary = await readSummary(output).catch(() => null);
  return summary?.job === job ? summary : null;
}

/**
 * Returns the summary of the run folder `output`; null if it has no valid one. Throws like `storageError`.
 */
export async function readSummary(output: string): Promise<Summary | null> {
  const path = join(output, '_summary.json');
  const store = storeOf(path);
  if (((await store.size(path)) ?? 0) > largestSummaryBytes) return null;
  const text = await store.read(path);
  try {
    return text === null ? null : parseSummary(text);
  } catch {
    return null;
  }
}

function isPublished({ level }: TrendPoint): boolean {
  return level !== 'bad';
}
