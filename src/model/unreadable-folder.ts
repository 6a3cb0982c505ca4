import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidError } from '../errors.js';

/**
 * Returns the error for a folder that is given as a model but was not written by MLflow: names what it is
 * instead, by its files, and how to get the model.
 */
export async function unreadableFolder(path: string, cause: unknown): Promise<InvalidError> {
  const names = await filesBelow(path);
  const [what, hint] = kindOf(names);
  return new InvalidError('model-missing', `model "${path}" ${what}`, { file: path, cause, hint });
}

type Kind = readonly [what: string, hint: string];

function kindOf(names: readonly string[]): Kind {
  const models = names.filter((name) => /\.onnx$/i.test(name));
  if (models.length > 0) {
    const all =
      models.length === 1
        ? `give the path of ${models[0]}`
        : `give the path of one of ${models.slice(0, 3).join(', ')}`;
    return ['is a folder that contains an ONNX file, not the file itself', `${all} in it`];
  }
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  if (has(/^(?:\d+\/)?saved_model\.pb(?:txt)?$/))
    return [
      'is a TensorFlow SavedModel',
      'export the model to ONNX: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx',
    ];
  if (has(/^checkpoint$/) && has(/\.index$/))
    return [
      'is a TensorFlow checkpoint, which contains weights and no graph',
      'load it in TensorFlow, and export the model to ONNX with tf2onnx',
    ];
  if (has(/\.mlmodel$/))
    return ['is a Core ML package', 'export the model to ONNX from the program that made it'];
  if (has(/^model\.json$/) && has(/\.bin$/))
    return ['is a TensorFlow.js model', 'export the model that it was made from to ONNX with tf2onnx'];
  if (has(/^metadata\/part-/))
    return ['is a Spark ML model', 'export the model to ONNX with onnxmltools.convert_sparkml'];
  if (has(/\.safetensors$|^pytorch_model.*\.bin$|^model.*\.bin$/) && has(/^config\.json$/))
    return [
      'is a folder of the transformers library without an ONNX file',
      'export the model to ONNX: optimum-cli export onnx --model FOLDER OUTPUT',
    ];
  return [
    'is a folder without an MLmodel file',
    'give the path of the .onnx file itself, or of a directory that MLflow wrote',
  ];
}

/** Returns the paths of the files in a folder and in its first folders, at most a thousand. */
async function filesBelow(path: string): Promise<string[]> {
  const found: string[] = [];
  const look = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(join(path, folder), { withFileTypes: true }).catch(() => [])) {
      if (found.length >= 1000) return;
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && depth < 3) await look(name, depth + 1);
      else if (!entry.isDirectory()) found.push(name);
    }
  };
  await look('', 0);
  return found.sort();
}
