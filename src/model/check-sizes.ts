import { InvalidError } from '../errors.js';
import type { ModelDescription } from './describe-model.js';

/** Upper bound for the feed of one input in one batch. */
const mostFedBytes = 2 ** 30;

/** Minimum bytes per value of any type. */
const valueBytes = 4;

/**
 * Throws `InvalidError` for a model that cannot be fed: an input whose smallest batch takes a gigabyte or
 * more, or a name reserved in JavaScript. `widths` are values per row by input.
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
      `the ${kind} "${name}" of the model has a name that is reserved in JavaScript`,
      {
        file: path,
        hint: 'export the model with another name',
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
        hint: 'export the model with a dynamic batch axis and fewer features',
      },
    );
  }
}
