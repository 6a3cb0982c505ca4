import { InvalidError } from '../../errors.js';
import { readLightgbmJson } from './lightgbm-json.js';
import { readLightgbmText } from './lightgbm-text.js';
import { ModelFault } from './model-value.js';
import { readJson } from './read-json.js';
import { readUbjson } from './read-ubjson.js';
import type { Rounds, TreeModel } from './tree-model.js';
import { readXgboost } from './xgboost-model.js';

/** A file of trees that is read without the runtime. */
export type TreeFormat = 'lightgbm-text' | 'lightgbm-json' | 'xgboost-json' | 'xgboost-ubjson';

/** Bytes of a file that show its format. */
export const startBytes = 4096;

/** Returns the format of a file of trees from its first bytes; null for any other file. */
export function treeFormat(start: Uint8Array): TreeFormat | null {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.byteLength, startBytes)).toString(
    'latin1',
  );
  if (/^(?:\xef\xbb\xbf)?tree\r?\nversion=/.test(text)) return 'lightgbm-text';
  if (/^(?:\xef\xbb\xbf)?\s*\{\s*"name"\s*:\s*"tree"/.test(text)) return 'lightgbm-json';
  // Keys may come in any order, so the beginning of a file does not always show its format.
  if (/^(?:\xef\xbb\xbf)?\s*\{\s*"(?:learner|version)"\s*:\s*[[{]/.test(text)) return 'xgboost-json';
  if (/^\{[iUIlL][\0-\x20]{0,8}(?:learner|version)[{[]/.test(text)) return 'xgboost-ubjson';
  return null;
}

/** Larger files are refused: a worker holds the file and its table at once. */
const mostBytes = 2 ** 30;

/** Reads a file of trees into one table. Throws `InvalidError` with the position of the fault. */
export function readTrees(bytes: Buffer, format: TreeFormat, path: string, rounds: Rounds): TreeModel {
  const file = { file: path };
  if (bytes.length > mostBytes) {
    const message = `model "${path}" has ${bytes.length} bytes, but tree files are read only up to ${mostBytes}`;
    throw new InvalidError('model-too-large', message, {
      ...file,
      hint: 'train with fewer or smaller trees',
    });
  }
  try {
    const model = read(bytes, format, rounds);
    if (model.table.roots.length === 0) throw new ModelFault('it has no trees');
    return model;
  } catch (error) {
    if (!(error instanceof ModelFault)) throw error;
    const what = format.startsWith('lightgbm') ? 'a LightGBM model' : 'an XGBoost model';
    const message = `model "${path}" is ${what} that cannot be scored: ${error.message}`;
    throw new InvalidError('model-unreadable', message, {
      ...file,
      hint: error.hint ?? hints[format],
      cause: error,
    });
  }
}

/** Bytes of the mark that some editors put before UTF-8. */
const byteOrderMark = 3;

function read(bytes: Buffer, format: TreeFormat, rounds: Rounds): TreeModel {
  switch (format) {
    case 'lightgbm-text':
      return readLightgbmText(bytes[0] === 0xef ? bytes.subarray(byteOrderMark) : bytes, rounds);
    case 'lightgbm-json':
      return readLightgbmJson(readJson(bytes), rounds);
    case 'xgboost-json':
      return readXgboost(readJson(bytes), 'JSON', rounds);
    case 'xgboost-ubjson':
      return readXgboost(readUbjson(bytes), 'UBJSON', rounds);
  }
}

const hints: Readonly<Record<TreeFormat, string>> = {
  'lightgbm-text':
    'save it again with Booster.save_model("model.txt"); or export it to ONNX with onnxmltools',
  'lightgbm-json': 'save it with Booster.save_model("model.txt"); or export it to ONNX with onnxmltools',
  'xgboost-json':
    'save it again with Booster.save_model("model.json"); or export it to ONNX with onnxmltools',
  'xgboost-ubjson':
    'save it again with Booster.save_model("model.ubj"); or export it to ONNX with onnxmltools',
};
