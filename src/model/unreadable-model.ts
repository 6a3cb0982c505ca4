import { InvalidError } from '../errors.js';

/** Returns the error for a file that is not an ONNX model: what it is instead if its first bytes show it, and how to get the model. */
export function unreadableModel(path: string, bytes: Uint8Array, cause: unknown): InvalidError {
  const start = Buffer.from(bytes.subarray(0, 40)).toString('latin1');
  const { what, hint } =
    start === '' ? nothing : (others.find(({ begins }) => start.startsWith(begins)) ?? anything);
  return new InvalidError('model-unreadable', `model "${path}" ${what}`, { file: path, cause, hint });
}

const nothing = { what: 'is empty', hint: 'the file is truncated; copy it again' };

const anything = {
  what: 'is not an ONNX file, or is truncated',
  hint: 'export the model again, or give the path of the .onnx file or of an MLflow model directory',
};

/** Files that are often given for a model by mistake, by their first bytes. */
const others: readonly { readonly begins: string; readonly what: string; readonly hint: string }[] = [
  {
    begins: 'version https://git-lfs',
    what: 'is a Git LFS pointer, not the model itself',
    hint: 'run "git lfs pull" in its repository',
  },
  {
    begins: '\x80',
    what: 'is a Python pickle',
    hint: 'export the model to ONNX: skl2onnx does so for scikit-learn, onnxmltools for LightGBM and XGBoost',
  },
  {
    begins: 'PK',
    what: 'is a zip archive, as PyTorch and Keras save models',
    hint: 'export the model to ONNX: torch.onnx.export for PyTorch, tf2onnx for Keras',
  },
  {
    begins: '\x89HDF',
    what: 'is an HDF5 file, as Keras saves models',
    hint: 'export the model to ONNX with tf2onnx',
  },
];
