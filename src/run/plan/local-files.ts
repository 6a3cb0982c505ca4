import { InvalidError } from '../../errors.js';
import { isRemote } from '../../formats/remote-file.js';
import type { Job } from '../../job/job.js';
import { externalLocations } from '../../model/external-locations.js';
import { isBelow, refuseTooLarge } from '../../model/locate-model.js';
import { readMlmodel } from '../../model/read-mlmodel.js';
import { checkRoomForBytes } from '../../process/heap-room.js';
import { copyBeside, copyObject, usingCopies } from '../../storage/s3/local-copies.js';
import { headObject } from '../../storage/s3/objects.js';
import { whatIsThere } from '../../storage/what-is-there.js';
import { mostModelBytes } from '../budgets/memory-budget.js';

/**
 * Returns the result of `work` with a job whose model and baseline are local files: objects in S3 are copied
 * to a temporary folder once, and removed after the work. Throws `InvalidError` for an object that does not
 * exist or may not be read, `BudgetError` for one that does not fit into memory, before it is read.
 */
export async function withLocalFiles<T>(job: Job, work: (job: Job) => Promise<T>): Promise<T> {
  return usingCopies(async () => work(await localJob(job)));
}

/** Returns the job with copies of its model and baseline; only within `usingCopies`. */
export async function localJob(job: Job): Promise<Job> {
  const { model, quality } = job;
  const { baseline } = quality;
  if (!isRemote(model.path) && (baseline === null || !isRemote(baseline))) return job;
  return {
    ...job,
    model: { ...model, path: await localModel(model.path, await mostModelBytes(job)) },
    quality: { ...quality, baseline: baseline === null ? null : await localBaseline(baseline) },
  };
}

/**
 * Returns the path of a model as a local file or MLflow folder, with the files that hold its weights; only
 * within `usingCopies`. Throws as `withLocalFiles` does.
 */
export async function localModel(path: string, mostBytes: number): Promise<string> {
  if (!isRemote(path)) return path;
  const object = await headObject(path);
  if (object === null) return localMlflow(path, mostBytes);
  refuseTooLarge(path, object.size, mostBytes);
  const copy = await copyObject(object);
  await copyWeights(path, copy, object.size, mostBytes);
  return copy;
}

/** Copies the parts of an MLflow folder that are read: its description, the graph, and weights beside it. */
async function localMlflow(path: string, mostBytes: number): Promise<string> {
  const address = path.replace(/\/+$/, '');
  const described = await headObject(`${address}/MLmodel`);
  if (described === null) throw await missingModel(path);
  refuseTooLarge(path, described.size, mostBytes);
  const folder = (await copyObject(described)).replace(/\/MLmodel$/, '');
  const { data } = await readMlmodel(folder);
  const graph = isBelow(data) ? await headObject(`${address}/${data}`) : null;
  // Opening the model reports that it is missing.
  if (graph === null) return folder;
  refuseTooLarge(path, graph.size, mostBytes);
  const copy = await copyBeside(graph, `${folder}/MLmodel`, data);
  await copyWeights(graph.path, copy, graph.size, mostBytes);
  return folder;
}

async function copyWeights(path: string, copy: string, bytes: number, mostBytes: number): Promise<void> {
  let taken = bytes;
  for (const location of await externalLocations(copy)) {
    if (!isBelow(location)) continue;
    const object = await headObject(path.slice(0, path.lastIndexOf('/') + 1) + location);
    if (object === null) continue;
    taken += object.size;
    refuseTooLarge(path, taken, mostBytes);
    await copyBeside(object, copy, location);
  }
}

async function missingModel(path: string): Promise<InvalidError> {
  const there = await whatIsThere(path, '');
  const message = `model "${path}" cannot be read: there is no such object, and ${there}`;
  return new InvalidError('model-missing', message, {
    file: path,
    hint: 'correct the address, or check that these credentials may list the bucket',
  });
}

async function localBaseline(path: string): Promise<string> {
  if (!isRemote(path)) return path;
  const object = await headObject(path);
  if (object === null) {
    const message = `baseline "${path}" cannot be read: there is no such object, and ${await whatIsThere(path, '')}`;
    throw new InvalidError('baseline-missing', message, {
      file: path,
      hint: 'create it with: nightshift profile JOB --baseline FILE, and copy it there',
    });
  }
  checkRoomForBytes(object.size, `baseline "${path}"`);
  return copyObject(object);
}
