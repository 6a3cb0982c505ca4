import { constants, gunzipSync } from 'node:zlib';
import { InvalidError } from '../errors.js';

/**
 * Returns the error for a file that is not an ONNX model: names what it is instead, if its bytes show it, and
 * how to get the model.
 */
export function unreadableModel(path: string, bytes: Uint8Array, cause: unknown): InvalidError {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = whole.toString('latin1', 0, 256);
  const { what, hint } = others.find(({ is }) => (is instanceof RegExp ? is.test(start) : is(start, whole)))!;
  return new InvalidError('model-unreadable', `model "${path}" ${what}`, { file: path, cause, hint });
}

interface Other {
  readonly is: RegExp | ((start: string, whole: Buffer) => boolean);
  readonly what: string;
  readonly hint: string;
}

const fromPython = `a LightGBM or XGBoost model is scored from its own file: save_model("model.txt") of LightGBM's Booster, save_model("model.json") of XGBoost; skl2onnx exports scikit-learn to ONNX`;
const fromTorch = 'export the model to ONNX with torch.onnx.export';
const fromTensorFlow = 'export the model to ONNX with tf2onnx';
const fromProgram = 'export the model to ONNX from the program that loads it';
const giveModel =
  'give the path of the .onnx file or of an MLflow model directory in "model.path" (or after --model, --models)';

/** Files that are often given for a model by mistake, the more certain first; the last is any file. */
const others: readonly Other[] = [
  { is: /^$/, what: 'is empty', hint: 'the file is truncated; copy it again' },
  {
    is: /^version https:\/\/git-lfs/,
    what: 'is a Git LFS pointer, not the model itself',
    hint: 'run "git lfs pull" in its repository',
  },
  {
    is: (start, whole) => isPickle(start) && isTorch(whole),
    what: 'is a PyTorch model',
    hint: fromTorch,
  },
  { is: isPickle, what: 'is a Python pickle', hint: fromPython },
  {
    is: isR,
    what: 'is an R data file',
    hint: 'export the model to ONNX from the library that trained it, or train it again in one that can',
  },
  {
    is: (start) => compressed.some((magic) => start.startsWith(magic)),
    what: 'is compressed',
    hint: `unpack it if it is an .onnx file; if joblib wrote it, ${fromPython}`,
  },
  {
    is: (start, whole) => start.startsWith('PK') && whole.includes('.onnx'),
    what: 'is a zip archive that contains an ONNX file',
    hint: 'unpack it, and give the path of the .onnx file',
  },
  {
    is: (start, whole) =>
      start.startsWith('PK') && (whole.includes('data.pkl') || whole.includes('archive_format')),
    what: 'is a PyTorch model',
    hint: fromTorch,
  },
  {
    is: (start, whole) => start.startsWith('PK') && whole.includes('model.weights.h5'),
    what: 'is a Keras model',
    hint: 'export the model to ONNX: model.export("model.onnx", format="onnx") in Keras 3, or tf2onnx',
  },
  {
    is: (start, whole) => start.startsWith('PK') && whole.includes('model.ini'),
    what: 'is an H2O model',
    hint: 'export the model to ONNX with onnxmltools.convert_h2o',
  },
  {
    is: (start, whole) => start.startsWith('PK') && whole.includes('schema.json'),
    what: 'is a skops file of a scikit-learn model',
    hint: 'load it, and export the model to ONNX with skl2onnx',
  },
  {
    is: (start, whole) => start.startsWith('PK') && whole.includes('.npy'),
    what: 'is an archive of NumPy arrays, which contains no graph',
    hint: fromProgram,
  },
  {
    is: (start, whole) => start.startsWith('PK') && whole.includes('saved_model.pb'),
    what: 'is a zip archive of a TensorFlow SavedModel',
    hint: fromTensorFlow,
  },
  {
    is: /^PK/,
    what: 'is a zip archive, as PyTorch, Keras and skops save models',
    hint: 'export the model to ONNX: torch.onnx.export for PyTorch, tf2onnx for Keras, skl2onnx for scikit-learn',
  },
  { is: /^\x89HDF/, what: 'is an HDF5 file, as Keras saves models', hint: fromTensorFlow },
  { is: /^.{4}TFL3/s, what: 'is a TensorFlow Lite model', hint: `${fromTensorFlow} (--tflite)` },
  {
    is: /^.{4}ORTM/s,
    what: 'is a model in ORT format',
    hint: 'give the path of the .onnx file that it was made from',
  },
  {
    is: /^.{4}\0{4}\s*\{\s*"/s,
    what: 'is a safetensors file, which contains weights and no graph',
    hint: fromProgram,
  },
  {
    is: /^(?:GGUF|lmgg|tjgg)/,
    what: 'is a GGUF file, a language model',
    hint: 'such a model cannot score rows: give the path of an .onnx file',
  },
  {
    is: /^ftrt/,
    what: 'is a TensorRT engine',
    hint: 'give the path of the .onnx file that it was made from',
  },
  { is: /^\x93NUMPY/, what: 'is a NumPy array, not a model', hint: fromProgram },
  {
    is: (_, whole) => whole.toString('latin1', 257, 262) === 'ustar',
    what: 'is a tar archive',
    hint: 'unpack it, and give the path of the .onnx file in it',
  },
  {
    is: /^\s*(?:<\?xml[^>]*>\s*)?<net\b/,
    what: 'is an OpenVINO model',
    hint: 'give the path of the .onnx file that it was made from',
  },
  {
    is: /^\s*\{\s*"(?:irVersion|ir_version)"/,
    what: 'is an ONNX model written as JSON',
    hint: 'save the model as a binary file, with onnx.save',
  },
  {
    is: (start) => start.startsWith('\xac\xed\0\x05'),
    what: 'is a Java object, as Weka saves models',
    hint: fromProgram,
  },
  {
    is: /^\s*\{\s*"cells"/,
    what: 'is a notebook, not a model',
    hint: 'run it to export the model, and give the path of the .onnx file',
  },
  {
    is: /^\s*\[\s*\{\s*"nodeid"|^booster\[0\]|^0:\[/,
    what: 'is a dump of an XGBoost model, which lacks its objective and base score',
    hint: 'save the model with save_model("model.json")',
  },
  {
    is: /^(?:binf|bs64)|(?:reg|binary|multi|rank|count|survival):[a-z]+.*gb(?:tree|linear)|^.{0,200}gbtree/s,
    what: "is an XGBoost model in XGBoost's old binary format",
    hint: 'load it with an XGBoost before 3.1, and save it with save_model("model.json")',
  },
  {
    is: /^CBM1|^\{\s*"(?:features_info|oblivious_trees|model_info)"/,
    what: 'is a CatBoost model',
    hint: 'save the model with save_model("model.onnx", format="onnx")',
  },
  { is: /^(?:PAR1|ARROW1)/, what: 'is a data file, not a model', hint: giveModel },
  {
    is: /^\s*<(?:!doctype html|html|head|body)/i,
    what: 'is an HTML page, which may be an error or login page saved instead of the model',
    hint: 'download the model again',
  },
  {
    is: (start, whole) => start.trimStart().startsWith('<') && whole.includes('<PMML'),
    what: 'is a PMML model',
    hint: `export the model to ONNX from the program that trained it: ${fromPython.replace('export the model to ONNX: ', '')}`,
  },
  {
    is: (_, whole) => isTensorFlow(whole),
    what: 'is a TensorFlow graph',
    hint: fromTensorFlow,
  },
  {
    is: isOnnx,
    what: 'is a damaged or truncated ONNX file',
    hint: 'copy it again, or export the model again',
  },
  {
    is: (start) => /^(?:\xff\xfe|\xfe\xff)/.test(start),
    what: 'is text in UTF-16, as PowerShell writes what it redirects',
    hint: 'save the model again to a file of its own, or convert it to UTF-8',
  },
  {
    is: (start) => isText(start),
    what: 'is not an ONNX file but text',
    hint: `export the model again, or ${giveModel}`,
  },
  {
    is: () => true,
    what: 'is not an ONNX file, or is truncated',
    hint: `export the model again, or ${giveModel}`,
  },
];

/** Returns true for a SavedModel or frozen graph, which name operators of placeholders and constants. */
function isTensorFlow(whole: Buffer): boolean {
  return (
    whole.includes('Placeholder') ||
    whole.includes('saved_model_main_op') ||
    whole.includes('serving_default')
  );
}

function isText(start: string): boolean {
  for (const char of start) if (char < ' ' && !'\t\r\n\f'.includes(char)) return false;
  return true;
}

/** Returns true for a pickle of protocol 2 and later, or an earlier one that begins with a class. */
function isPickle(start: string): boolean {
  const protocol = start.charCodeAt(1);
  return (start[0] === '\x80' && protocol >= 2 && protocol <= 5) || /^[(c][\w.]+\n[\w.]+\n/.test(start);
}

/** First bytes of zlib (as joblib writes it), gzip, bzip2, xz, LZ4 and Zstandard. */
const compressed = [
  'x\x01',
  'x\x5e',
  'x\x9c',
  'x\xda',
  '\x1f\x8b',
  'BZh',
  '\xfd7zXZ',
  '\x04"M\x18',
  '\x28\xb5\x2f\xfd',
];

/** Returns true for a format version and then the producer, graph or operators, in the order of exporters. */
function isOnnx(start: string): boolean {
  return start[0] === '\x08' && start.charCodeAt(1) <= 32 && ['\x12', ':', 'B'].includes(start[2] ?? '');
}

/** Returns true for a pickle of PyTorch, which names its classes, or has its old magic number. */
function isTorch(whole: Buffer): boolean {
  const start = whole.toString('latin1', 0, 4096);
  return start.includes('torch') || start.includes('l\xfc\x9cF\xf9 j\xa8P\x19');
}

/** Returns true for a file of saveRDS or save, compressed by gzip as both do, or not. */
function isR(start: string, whole: Buffer): boolean {
  const isMarked = (text: string): boolean =>
    ['RDA2\n', 'RDX2\n', 'RDA3\n', 'RDX3\n', 'X\n\0\0\0', 'A\n2\n', 'A\n3\n'].some((magic) =>
      text.startsWith(magic),
    );
  if (!start.startsWith('\x1f\x8b')) return isMarked(start);
  try {
    return isMarked(
      gunzipSync(whole.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1', 0, 16),
    );
  } catch {
    return false;
  }
}
