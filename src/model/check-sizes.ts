import { InvalidError } from '../errors.js';
import type { ModelDescription } from './describe-model.js';

/** What is fed to one input for one batch may take this much. */
const mostFedBytes = 2 ** 30;

/** At least, whatever the type. */
const valueBytes = 4;

/**
 * Throws `InvalidError` for a model that no row can be fed to: an input whose least batch takes a gigabyte or more, and a name that JavaScript keeps for itself.
 * `widths` are values per row by input.
 */
export function checkSizes(
  { path, inputs, outputs }: ModelDescription,
  widths: Readonly<Record<string, number>>,
  fixedRows: number | null,
): void {
  for (const [kind, { name }] of [
    ...inputs.map((input) => ['input', input] as const),
    ...outputs.map((output) => ['output', output] as const),
  ]) {
    if (name !== '__proto__') continue;
    throw new InvalidError(
      'model-refused',
      `the ${kind} "${name}" of the model cannot be read by this name`,
      {
        file: path,
        hint: 'export the model with another name for it',
      },
    );
  }
  for (const [name, width] of Object.entries(widths)) {
    const bytes = (fixedRows ?? 1) * width * valueBytes;
    if (bytes < mostFedBytes) continue;
    const of = fixedRows === null ? 'for one row' : `for its batch of ${fixedRows} rows`;
    throw new InvalidError(
      'model-too-large',
      `the input "${name}" of the model takes ${(bytes / 2 ** 30).toFixed(0)} GiB ${of}`,
      {
        file: path,
        hint: 'export the model with a batch axis that is not a number, and with fewer features',
      },
    );
  }
}
