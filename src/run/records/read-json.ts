import { hold } from '../../quality/held-sketch.js';
import type { Sketch } from '../../quality/sketch.js';
import { orAbsent, withRegular } from '../../storage/durable.js';
import { onStorage } from '../../storage/storage-error.js';
import { parseJson } from '../../text/parse-json.js';
import { parseJsonParts } from '../../text/parse-json-parts.js';

/** Files up to this size are read at once, which is faster. */
const smallBytes = 2 ** 20;

/**
 * Reads a file of JSON in which columns may be many: the text of a large one is never in memory whole, and sketches in it are held as bytes. A pipe or a device counts as at
 * `readRegular`.
 */
export function readJson(path: string): Promise<unknown> {
  return withRegular(path, async (file, bytes) =>
    bytes <= smallBytes
      ? parseJson(await file.readFile('utf8'))
      : parseJsonParts(file.createReadStream({ autoClose: false }), heldNumbers),
  );
}

/** Reads a file like `readJson`; null if there is no such file, or it is not JSON. Throws as described at `storageError`. */
export async function readJsonIfThere(path: string): Promise<unknown> {
  try {
    return await onStorage('output', path, () => orAbsent(readJson(path)));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Holds the sketch of the numbers of a column as bytes; returns anything else as it is. */
function heldNumbers(value: unknown): unknown {
  const numbers = value as { readonly sketch?: Sketch };
  return numbers.sketch === undefined ? value : { ...numbers, sketch: hold(numbers.sketch) };
}
