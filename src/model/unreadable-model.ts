import { InvalidError } from '../errors.js';

/** What is said of a file that is no ONNX model: what it is instead where its first bytes tell, and how to come by the model. */
export function unreadableModel(path: string, bytes: Uint8Array, cause: unknown): InvalidError {
  const start = Buffer.from(bytes.subarray(0, 40)).toString('latin1');
  const { what, hint } =
    start === '' ? nothing : (others.find(({ begins }) => start.startsWith(begins)) ?? anything);
  return new InvalidError('model-unreadable', `model "${path}" ${what}`, { file: path, cause, hint });
}

const nothing = { what: 'is empty', hint: 'the file is truncated; copy it again' };

const anything = {
  what: 'is not an ONNX file, or it is cut off',
  hint: 'export the model again, or give the path of the .onnx file or of an MLflow model directory',
};

/** What is given for a model by mistake, by how it begins. */
const others: readonly { readonly begins: string; readonly what: string; readonly hint: string }[] = [
  {
    begins: 'version https://git-lfs',
    what: 'is a pointer of Git LFS, not the model itself',
    hint: 'run "git lfs pull" where it was checked out',
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
