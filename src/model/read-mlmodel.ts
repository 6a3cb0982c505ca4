import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ColumnType } from '../chunk/column.js';
import { InvalidError } from '../errors.js';
import { isRegularFile } from '../process/regular-file.js';
import { parseJson } from '../text/parse-json.js';
import { mebibytes } from '../text/units.js';
import { modelAway } from './model-away.js';
import { notRegular } from './not-regular.js';
import { unreadableFolder } from './unreadable-folder.js';

/** Inputs declared by an MLflow model: named columns of a table, or tensors. */
export interface MlflowSignature {
  readonly columns: readonly {
    readonly name: string;
    readonly type: ColumnType;
    readonly required: boolean;
  }[];
  /** Element types in numpy's words. */
  readonly tensors: readonly { readonly name: string | null; readonly type: string }[];
}

/** More than MLflow writes for a signature of 10,000 columns. */
const mostBytes = 2 << 20;

/**
 * Reads the MLmodel file of an MLflow model directory: the location of the ONNX model in it, and the
 * signature. Throws `InvalidError` if there is none, if it has no ONNX flavor, or if the signature has a type
 * that no column can hold.
 */
export async function readMlmodel(
  directory: string,
): Promise<{ readonly data: string; readonly signature: MlflowSignature | null }> {
  const file = join(directory, 'MLmodel');
  const failed = async (cause: unknown) => {
    throw modelAway(file, cause) ?? (await unreadableFolder(directory, cause));
  };
  const found = await stat(file).catch(failed);
  if (!found.isDirectory() && !isRegularFile(file, found)) throw notRegular(`"${file}" is`, file);
  if (found.size > mostBytes)
    throw new InvalidError('mlmodel-invalid', `"${file}" is larger than ${mebibytes(mostBytes)}`, {
      file,
      hint: 'log the model again, with a smaller signature',
    });
  const text = await readFile(file, 'utf8').catch(failed);
  const refuse = (what: string, hint: string, cause?: unknown): never => {
    throw new InvalidError('mlmodel-invalid', `"${file}" ${what}`, { file, hint, cause });
  };
  const { default: yaml } = await import('yaml');
  let document: unknown;
  try {
    document = yaml.parse(text);
  } catch (cause) {
    refuse('is not YAML', 'log the model again', cause);
  }
  const data = at(document, 'flavors', 'onnx', 'data');
  if (typeof data !== 'string') {
    return refuse(
      `has no ONNX flavor, only ${Object.keys(record(at(document, 'flavors'))).join(', ') || 'none'}`,
      'export the model to ONNX and log it with mlflow.onnx.log_model',
    );
  }
  const inputs = at(document, 'signature', 'inputs');
  if (typeof inputs !== 'string') return { data, signature: null };
  let entries: unknown;
  try {
    entries = parseJson(inputs);
  } catch (cause) {
    refuse('has a signature that is not JSON', 'log the model again', cause);
  }
  const columns: { name: string; type: ColumnType; required: boolean }[] = [];
  const tensors: { name: string | null; type: string }[] = [];
  for (const entry of Array.isArray(entries) ? entries : []) {
    const name = at(entry, 'name');
    const type = String(at(entry, 'type'));
    if (type === 'tensor') {
      const numpy = String(at(entry, 'tensor-spec', 'dtype'));
      tensors.push({ name: typeof name === 'string' ? name : null, type: tensorWords[numpy] ?? numpy });
      continue;
    }
    const column = columnWords[type] ?? listWords[String(at(entry, 'items', 'type'))];
    if (column === undefined || typeof name !== 'string') {
      return refuse(
        `declares the input ${JSON.stringify(name ?? null)} as "${type}", which no column can hold`,
        'log the model with a signature of numbers, strings, booleans and dates',
      );
    }
    columns.push({ name, type: column, required: at(entry, 'required') !== false });
  }
  return { data, signature: { columns, tensors } };
}

/** MLflow's words for the types of columns (mlflow.types.DataType). */
const columnWords: Readonly<Record<string, ColumnType>> = {
  boolean: 'boolean',
  integer: 'int32',
  long: 'int64',
  float: 'float32',
  double: 'float64',
  string: 'string',
  datetime: 'timestamp',
};
const listWords: Readonly<Record<string, ColumnType>> = { float: 'list<float32>', double: 'list<float32>' };
const tensorWords: Readonly<Record<string, string>> = { object: 'string', str: 'string' };

function at(value: unknown, ...path: readonly string[]): unknown {
  for (const key of path) value = record(value)[key];
  return value;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
