import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BudgetError, InvalidError, type TransientError } from '../errors.js';
import { isRegularFile } from '../process/regular-file.js';
import { mebibytes } from '../text/units.js';
import { AbsentModelError } from './absent-model-error.js';
import { locationsOf } from './external-locations.js';
import { modelAway } from './model-away.js';
import { notRegular } from './not-regular.js';
import { type MlflowSignature, readMlmodel } from './read-mlmodel.js';
import type { OnnxModel } from './read-model.js';

/** A file next to the model that holds its weights. */
export interface ExternalFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Location of a model, and what its directory declares. */
export interface LocatedModel {
  /** The .onnx file, absolute. */
  readonly path: string;
  readonly signature: MlflowSignature | null;
}

/** Finds the .onnx file of a path: itself, or in an MLflow directory. Throws `InvalidError` if none. */
export async function locateModel(path: string): Promise<LocatedModel> {
  const found = await stat(path).catch((cause: unknown) => {
    throw missing(path, cause as NodeJS.ErrnoException);
  });
  if (isRegularFile(path, found)) return { path: resolve(path), signature: null };
  if (!found.isDirectory()) throw notRegular(`model "${path}" is`, path);
  const { data, signature } = await readMlmodel(path);
  const file = resolve(join(path, data));
  const named = await stat(file).catch((cause: unknown) => {
    throw (
      modelAway(file, cause) ??
      new InvalidError('model-missing', `the MLflow model "${path}" names "${data}", which does not exist`, {
        file,
        cause,
        hint: 'log the model again, or copy the whole directory',
      })
    );
  });
  if (!isRegularFile(file, named))
    throw notRegular(`the MLflow model "${path}" names "${data}", which is`, file);
  return { path: file, signature };
}

/** Reads the graph's bytes. Throws `InvalidError` if unreadable, `BudgetError` beyond `mostBytes`. */
export async function readGraph(path: string, mostBytes: number): Promise<Buffer> {
  try {
    refuseTooLarge(path, (await stat(path)).size, mostBytes);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof BudgetError) throw cause;
    throw missing(path, cause as NodeJS.ErrnoException);
  }
}

/**
 * Throws `BudgetError` for a model that does not fit into memory: memory would run out before the trial could
 * be measured.
 */
export function refuseTooLarge(path: string, bytes: number, mostBytes: number): void {
  if (bytes <= mostBytes) return;
  throw new BudgetError(
    'memory-budget',
    `the model takes ${mebibytes(bytes)}, but the run has ${mebibytes(mostBytes)} of memory for it`,
    { file: path, hint: 'give the run more memory ("run.memory", or that of the container)' },
  );
}

/**
 * Returns the error for a missing model: a failing disk may recover; anything else must be fixed by the
 * person who set the path.
 */
function missing(path: string, cause: NodeJS.ErrnoException): InvalidError | TransientError {
  const away = modelAway(path, cause);
  if (away !== null) return away;
  return new AbsentModelError(path, cause);
}

/**
 * Hashes the data files that a graph names, without holding them in memory. Throws `InvalidError` naming the
 * first missing one, `BudgetError` if a session with them would take more than `mostBytes`.
 */
export async function hashExternalFiles(
  model: OnnxModel,
  path: string,
  mostBytes: number,
): Promise<ExternalFile[]> {
  const files: ExternalFile[] = [];
  let taken = model.bytes.length;
  for (const location of locationsOf(model)) {
    const file = join(dirname(path), location);
    const hash = createHash('sha256');
    await refuseOutside(path, file, location);
    try {
      const { size } = await stat(file);
      taken += size;
      refuseTooLarge(path, taken, mostBytes);
      await pipeline(createReadStream(file), hash);
      files.push({ path: file, bytes: size, sha256: hash.digest('hex') });
    } catch (cause) {
      if (cause instanceof BudgetError) throw cause;
      throw (
        modelAway(file, cause) ??
        new InvalidError(
          'model-data-missing',
          `the model stores weights in "${location}", which cannot be read`,
          {
            file,
            cause,
            hint: `put "${location}", as the exporter wrote it, into the folder of "${path}"`,
          },
        )
      );
    }
  }
  return files;
}

/**
 * Throws `InvalidError` unless `file` is a regular file below the folder of the model: a path or a link must
 * not lead to the rest of the machine. Allows a hub's cache, whose snapshots are links into the neighbouring
 * `blobs`.
 */
async function refuseOutside(model: string, file: string, location: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    const away = modelAway(file, cause);
    if (away !== null) throw away;
    return null;
  });
  // Reading reports a missing file.
  if (found === null) return;
  if (!isRegularFile(file, found))
    throw notRegular(`the model stores weights in "${location}", which is`, file);
  const folder = await realpath(dirname(model));
  const tree = /^(.+)\/snapshots\/[^/]+$/.exec(folder)?.[1] ?? folder;
  if ((await realpath(file)).startsWith(`${tree}${sep}`) && isBelow(location)) return;
  const message = `the model stores weights in "${location}", which is outside the folder of "${model}"`;
  const hint =
    'put the file itself, not a link or a path, next to the model: cp -L copies the target of a link';
  throw new InvalidError('model-data-outside', message, { file, hint });
}

/** Returns true for a relative path that leads below its folder. */
export function isBelow(location: string): boolean {
  return !isAbsolute(location) && !location.split(/[\\/]/).includes('..');
}
