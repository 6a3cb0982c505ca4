import { InvalidError } from '../errors.js';

/** Returns the error for a model whose file is not the one that the run was planned with. */
export function changedModel(path: string): InvalidError {
  return new InvalidError('model-changed', `model "${path}" changed since the run was planned`, {
    file: path,
    hint: 'start the run again; publish new models under a new name',
  });
}
