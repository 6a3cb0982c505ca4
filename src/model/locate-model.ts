import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InvalidError, TransientError } from '../errors.js';
import { type MlflowSignature, readMlmodel } from './read-mlmodel.js';
import type { OnnxModel } from './read-model.js';

/** A file beside the model that holds its weights. */
export interface ExternalFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Where a model lies, and what its directory says of it. */
export interface LocatedModel {
  /** The .onnx file, absolute. */
  readonly path: string;
  readonly signature: MlflowSignature | null;
}

/** Finds the .onnx file that a path means: itself, or the one in an MLflow model directory. Throws `InvalidError` where there is none. */
export async function locateModel(path: string): Promise<LocatedModel> {
  const found = await stat(path).catch((cause: unknown) => {
    throw missing(path, cause as NodeJS.ErrnoException);
  });
  if (found.isFile()) return { path: resolve(path), signature: null };
  if (!found.isDirectory()) throw notRegular(`model "${path}" is`, path);
  const { data, signature } = await readMlmodel(path);
  const file = resolve(join(path, data));
  await stat(file).catch((cause: unknown) => {
    throw new InvalidError(
      'model-missing',
      `the MLflow model "${path}" names "${data}", which is not there`,
      {
        file,
        cause,
        hint: 'log the model again, or copy the whole directory',
      },
    );
  });
  return { path: file, signature };
}

/** The bytes of the graph. Throws `InvalidError` where they cannot be read. */
export async function readGraph(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw missing(path, cause as NodeJS.ErrnoException);
  }
}

/** A disk that fails may come back; anything else is for whoever set the path. */
function missing(path: string, cause: NodeJS.ErrnoException): InvalidError | TransientError {
  const { code = '' } = cause;
  if (/^(EIO|ESTALE|ETIMEDOUT|EBUSY|EAGAIN|EMFILE|ENFILE)$/.test(code)) {
    const message = `model "${path}" could not be read: its disk or network failed (${code})`;
    return new TransientError('storage-failed', message, {
      file: path,
      cause,
      hint: 'run again when it is back',
    });
  }
  return new InvalidError('model-missing', `model "${path}" cannot be read`, {
    file: path,
    cause,
    hint: '"model.path" is relative to the job file; is the file there, and readable?',
  });
}

/** The data files that a graph names, hashed without holding them in memory. Throws `InvalidError` naming the first that is not there. */
export async function hashExternalFiles(model: OnnxModel, path: string): Promise<ExternalFile[]> {
  const locations = new Set<string>();
  for (const { location } of model.initializers.values()) if (location !== null) locations.add(location);
  const files: ExternalFile[] = [];
  for (const location of locations) {
    const file = join(dirname(path), location);
    const hash = createHash('sha256');
    await refuseOutside(path, file, location);
    try {
      await pipeline(createReadStream(file), hash);
      files.push({ path: file, bytes: (await stat(file)).size, sha256: hash.digest('hex') });
    } catch (cause) {
      throw new InvalidError(
        'model-data-missing',
        `the model keeps weights in "${location}", which cannot be read`,
        {
          file,
          cause,
          hint: `put "${location}" into the folder of "${path}", as the exporter wrote it`,
        },
      );
    }
  }
  return files;
}

/**
 * Throws `InvalidError` unless `file` is a regular file below the folder of the model: a path or a link may not lead to the rest of the machine. A hub's cache, whose
 * snapshots are links into the `blobs` beside them, is one tree.
 */
async function refuseOutside(model: string, file: string, location: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  // A file that is not there is refused when it is read.
  if (found === null) return;
  if (!found.isFile()) throw notRegular(`the model keeps weights in "${location}", which is`, file);
  const folder = await realpath(dirname(model));
  const tree = /^(.+)\/snapshots\/[^/]+$/.exec(folder)?.[1] ?? folder;
  if ((await realpath(file)).startsWith(`${tree}${sep}`) && isBelow(location)) return;
  const message = `the model keeps weights in "${location}", which leads out of the folder of "${model}"`;
  const hint =
    'put the file itself, not a link or a path to it, beside the model: cp -L copies what a link points to';
  throw new InvalidError('model-data-outside', message, { file, hint });
}

function isBelow(location: string): boolean {
  return !isAbsolute(location) && !location.split(/[\\/]/).includes('..');
}

function notRegular(subject: string, file: string): InvalidError {
  return new InvalidError(
    'model-not-a-file',
    `${subject} a pipe, a socket, a folder or a device, not a file`,
    { file },
  );
}
