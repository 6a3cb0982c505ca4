import { readSketch, type WrittenSketch } from '../../quality/held-sketch.js';
import { orAbsent } from '../../storage/durable.js';
import { onStorage } from '../../storage/storage-error.js';
import { storeOf } from '../../storage/store-of.js';
import { parseJson } from '../../text/parse-json.js';
import { parseJsonParts } from '../../text/parse-json-parts.js';

/** Files up to this size are read at once, which is faster. */
const smallBytes = 2 ** 20;

/**
 * Reads a JSON file that may have many columns: never holds the whole text of a large file in memory, and
 * keeps its sketches as bytes. A pipe or a device counts as missing.
 */
export function readJson(path: string): Promise<unknown> {
  return storeOf(path).readWith(path, async (file) =>
    file.bytes <= smallBytes
      ? withSketches(parseJson(await file.text()))
      : parseJsonParts(file.pieces(), withSketches),
  );
}

/** Reads a file like `readJson`; null if it is missing or not JSON. Throws like `storageError`. */
export async function readJsonIfThere(path: string): Promise<unknown> {
  try {
    return await onStorage('output', path, () => orAbsent(readJson(path)));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Replaces written sketches in a value by sketches. Records of earlier versions have lists, which stay. */
export function withSketches(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const within = value as Record<string, unknown>;
  for (const name in within) {
    const one = within[name];
    if (typeof one !== 'object' || one === null) continue;
    const isWritten = name === 'sketch' && typeof (one as WrittenSketch).bins === 'string';
    if (isWritten) within[name] = readSketch(one as WrittenSketch);
    else withSketches(one);
  }
  return value;
}
