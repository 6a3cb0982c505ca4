import { basename, dirname, relative, sep } from 'node:path';
import { InvalidError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { eachInGroups } from '../../storage/in-groups.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { matchGlob, splitGlob } from '../../storage/match-glob.js';
import { join, located, realPath } from '../../storage/paths.js';
import { storeOf } from '../../storage/store-of.js';
import { layoutOf } from '../records/layout.js';
import { jobNameIn } from './refuse-other-job.js';

/**
 * Throws `InvalidError` if a run would score scores: if an input is in a run folder of this job, for this
 * date or another; if `input.path` would list the files that the run publishes; or if only some of the files
 * were published by other jobs. Files published by another job are ordinary inputs if there are no others.
 * Compares real paths, with links resolved. Costs one look at each input's path and at each folder.
 */
export async function refuseOwnOutput(job: Job, inputs: readonly InputFile[]): Promise<void> {
  const output = await realPath(job.output.path);
  const runFolders = new Map<string, string>();
  const folders = await eachInGroups(inputs, async ({ path, realFolder }) => {
    const folder = realFolder ?? dirname(await realPath(path));
    const known = runFolders.get(folder) ?? runFolderOf(folder);
    runFolders.set(folder, known);
    return known;
  });
  const others = [...new Set(folders)].filter((folder) => folder !== output);
  const ownerships = await eachInGroups(others, async (folder) => [folder, await ownerOf(folder)] as const);
  const owners = new Map(ownerships);
  const published: { path: string; owner: string }[] = [];
  for (const [i, { path }] of inputs.entries()) {
    const folder = folders[i]!;
    if (folder === output) throw inOutput(path, job);
    const owner = owners.get(folder)!;
    if (owner === job.name) throw inOutput(path, job);
    if (owner !== null && !(await isMeant(job, folder))) published.push({ path, owner });
  }
  if (published.length > 0 && published.length < inputs.length) throw amongOthers(published[0]!);
  for (const spec of job.input.paths) await refuseCoveringSpec(job, spec, output, inputs);
}

function inOutput(path: string, { name, output }: Job): InvalidError {
  return new InvalidError('own-output', `input "${path}" is in a run folder of the same job, "${name}"`, {
    file: path,
    hint: `keep "input.path" and "output.path" (${output.path}) separate: a run must not read its own output`,
  });
}

function amongOthers({ path, owner }: { readonly path: string; readonly owner: string }): InvalidError {
  return new InvalidError(
    'published-input',
    `input "${path}" was published by job "${owner}", but is among files that no job published`,
    {
      file: path,
      hint: 'narrow "input.path"; to score the output of another job, name its run folder there',
    },
  );
}

/** Returns true if a spec would list a file that the run publishes, now or later. */
async function refuseCoveringSpec(
  job: Job,
  spec: string,
  output: string,
  inputs: readonly InputFile[],
): Promise<void> {
  const named = located(job.baseDir, spec);
  if (inputs.some(({ path }) => path === named)) return;
  const isThere = await storeOf(named).exists(named);
  const { base, glob } = isThere ? { base: spec, glob: '' } : splitGlob(spec);
  const root = await realPath(located(job.baseDir, base));
  const layout = layoutOf(output, job.output.format);
  const partition = inputs[0]?.partition ?? 'x';
  const inner = relative(root, join(output, layout.scored(partition))).split(sep);
  if (inner.some((name) => name.startsWith('_') || name.startsWith('.'))) return;
  if (glob !== '' && !matchGlob(glob)(inner.join('/'))) return;
  throw new InvalidError(
    'own-output',
    `"input.path" ${spec} would include files that the run itself publishes to "${job.output.path}"`,
    {
      file: job.output.path,
      hint: 'keep "input.path" and "output.path" separate: a run must not read its own output',
    },
  );
}

/**
 * Returns true if the job names the run folder, or something in it, as its input: then it asks for what was
 * published there.
 */
async function isMeant(job: Job, folder: string): Promise<boolean> {
  for (const spec of job.input.paths) {
    const start = await realPath(located(job.baseDir, splitGlob(spec).base));
    if (start === folder || start.startsWith(`${folder}${sep}`)) return true;
  }
  return false;
}

/** Returns the run folder of published files in `within`: it, or the parent of the `_` folders around it. */
function runFolderOf(within: string): string {
  let folder = within;
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (basename(at).startsWith('_')) folder = dirname(at);
  }
  return folder;
}

/** Returns the job whose run folder this is; null for any other folder. */
async function ownerOf(folder: string): Promise<string | null> {
  const { manifest } = layoutOf(folder, '');
  const text = await storeOf(manifest)
    .read(manifest)
    .catch(() => null);
  return text === null ? null : jobNameIn(text);
}
