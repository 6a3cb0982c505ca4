import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
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
