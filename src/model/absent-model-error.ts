import { InvalidError } from '../errors.js';

/** There is no file at the path of a model, or it cannot be read: whoever gave the path must correct it. */
export class AbsentModelError extends InvalidError {
  constructor(
    readonly path: string,
    override readonly cause: NodeJS.ErrnoException,
    {
      why = '',
      hint = 'check that the file exists and is readable; "model.path" is relative to the job file',
    } = {},
  ) {
    super('model-missing', `model "${path}" cannot be read${why}`, { file: path, cause, hint });
  }
}
