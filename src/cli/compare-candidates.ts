import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { InvalidError } from '../errors.js';
import { isRemote } from '../formats/remote-file.js';
import { closestWord } from '../job/closest.js';
import type { JobEdit } from '../job/edit-job.js';
import type { Job } from '../job/job.js';
import { loadJob } from '../job/load-job.js';
import type { Candidate } from '../run/compare-models.js';
import { jobOptions } from './job-options.js';

/** A candidate of the command line, and the changes that would make it the job's own. */
export interface ChosenCandidate extends Candidate {
  /** Values to write into the job file; null if the candidate is another job file. */
  readonly edits: readonly JobEdit[] | null;
  /** A model that was made for the comparison: its bytes, and the file that `--write` would create. */
  readonly made?: { readonly bytes: Uint8Array; readonly path: string };
}

/**
 * Returns the job's own model, then those of `--models`: model files, or other job files on the same input.
 * Calls `loaded` once the job is loaded.
 */
export async function candidatesOf(
  path: string,
  options: Readonly<Record<string, unknown>>,
  loaded: () => void,
): Promise<readonly ChosenCandidate[]> {
  const models = (options['models'] ?? []) as readonly string[];
  const job = await loadJob(path, jobOptions(options));
  loaded();
  const others = models.map(async (given): Promise<ChosenCandidate> => {
    const { model, settings } = splitSettings(given);
    if (/\.ya?ml$/i.test(model)) {
      const { input, ...rest } = jobOptions(options);
      const other = withInputOf(await loadJob(model, rest), job);
      return { name: given, job: await withSettings(other, settings, given), edits: null };
    }
    const path = isRemote(model) ? model : resolve(model);
    const pin = path === job.model.path ? job.model.sha256 : null;
    const own = { ...job, model: { ...job.model, path, sha256: pin } };
    const changed = await withSettings(own, settings, given);
    return { name: given, job: changed, edits: editsOf(job, changed) };
  });
  return [{ name: ownName(job), job, edits: [] }, ...(await Promise.all(others))];
}

/** Returns the name of the job's own model in a comparison. */
function ownName(job: Job): string {
  return `${job.name} (the job’s own)`;
}

/** Returns the values that change one job file to another model or other settings. */
export function editsOf(job: Job, { model, run }: Job): JobEdit[] {
  const edits: JobEdit[] = [];
  if (model.path !== job.model.path) {
    const path = isRemote(model.path) ? '' : relative(job.baseDir, model.path).split(sep).join('/');
    edits.push({ section: 'model', key: 'path', value: path === '' || isAbsolute(path) ? model.path : path });
  }
  if (model.rounds !== job.model.rounds) edits.push({ section: 'model', key: 'rounds', value: model.rounds });
  if (run.batchRows !== job.run.batchRows)
    edits.push({ section: 'run', key: 'batch_rows', value: run.batchRows });
  if (run.workers !== job.run.workers) edits.push({ section: 'run', key: 'workers', value: run.workers });
  return edits;
}

/** Settings that follow a model after `@`. */
const settingNames = ['rounds', 'trees', 'batch_rows', 'workers'] as const;
type Settings = readonly (readonly [name: string, value: string])[];

/** Splits `MODEL@rounds=100,batch_rows=512`; does not split the name of an existing file. */
function splitSettings(given: string): { readonly model: string; readonly settings: Settings } {
  const [, model, list] = /^(.+)@(\w+=[^@/]*)$/.exec(given) ?? [];
  if (model === undefined || list === undefined || existsSync(given)) return { model: given, settings: [] };
  const settings = list.split(',').map((entry) => {
    const at = entry.indexOf('=');
    return at < 0 ? ([entry, ''] as const) : ([entry.slice(0, at), entry.slice(at + 1)] as const);
  });
  return { model, settings };
}

/** Returns the job with settings of `--models`. */
async function withSettings(job: Job, settings: Settings, given: string): Promise<Job> {
  let changed = job;
  for (const [name, value] of settings) changed = await withSetting(changed, name, value, given);
  return changed;
}

async function withSetting(job: Job, name: string, value: string, given: string): Promise<Job> {
  const refuse = (says: string, hint: string): never => {
    throw new InvalidError('usage', `"--models ${given}": ${says}`, { hint });
  };
  const whole = (most: number, words: readonly string[] = []): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= 1 && number <= most) return number;
    const or = words.length === 0 ? '' : `${words.join(', ')} or `;
    return refuse(
      `"${name}" must be ${or}a whole number from 1 to ${most}`,
      `for example ${given.split('@')[0]}@${name}=100`,
    );
  };
  const { model, run } = job;
  if (name === 'workers') return { ...job, run: { ...run, workers: whole(1024) } };
  if (name === 'batch_rows') {
    const batchRows = value === 'auto' ? value : whole(2 ** 24, ['auto']);
    return { ...job, run: { ...run, batchRows } };
  }
  if (name === 'rounds') {
    const rounds = value === 'auto' || value === 'all' ? value : whole(1_000_000, ['auto', 'all']);
    return { ...job, model: { ...model, rounds } };
  }
  if (name === 'trees') {
    const trees = whole(1_000_000);
    const rounds = await roundsWith(job, trees);
    if (rounds !== null) return { ...job, model: { ...model, rounds } };
    return refuse(
      `no number of rounds gives ${trees} trees`,
      'give the rounds of training of a LightGBM or XGBoost file: MODEL@rounds=100',
    );
  }
  const close = closestWord(name, settingNames);
  return refuse(
    `there is no setting "${name}"`,
    close === null ? `settings are ${settingNames.join(', ')}` : `did you mean "${close}"?`,
  );
}

/**
 * Returns the number of training rounds that gives this many trees; null if none does, or if the model is not
 * a file of trees.
 */
async function roundsWith(job: Job, trees: number): Promise<number | null> {
  const { describeModel } = await import('../model/describe-model.js');
  const { isTreeFile } = await import('../model/trees/is-tree-file.js');
  const { localJob } = await import('../run/plan/local-files.js');
  const { path } = (await localJob(job)).model;
  if (!isTreeFile(path)) return null;
  const one = (await describeModel(path, 1)).trees?.count ?? 0;
  if (one === 0 || trees % one !== 0) return null;
  const found = await describeModel(path, trees / one);
  return found.trees?.count === trees ? trees / one : null;
}

/** Returns a job that reads the input of another. */
function withInputOf(job: Job, { input, baseDir, run, batchTimeoutMs }: Job): Job {
  const { chunkBytes } = run;
  return { ...job, input, baseDir, run: { ...job.run, chunkBytes }, batchTimeoutMs };
}
