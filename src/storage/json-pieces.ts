/** Length at which a piece is yielded: below it a text is one piece, written in one call. */
const pieceLength = 2 ** 20;

/** Levels of lists and objects that are written item by item; deeper levels are small. */
const mostLevels = 6;

/**
 * Yields the text of `JSON.stringify(value)` and `end`, in pieces of about a million characters: the text of many columns is never in
 * memory whole.
 */
export function* jsonPieces(value: object, end = ''): Generator<string> {
  let parts: string[] = [];
  let length = 0;
  for (const part of partsOf(value, mostLevels)) {
    parts.push(part);
    length += part.length;
    if (length < pieceLength) continue;
    yield parts.join('');
    parts = [];
    length = 0;
  }
  yield parts.join('') + end;
}

function* partsOf(value: unknown, levels: number): Generator<string> {
  if (levels === 0 || !isPlain(value)) {
    yield JSON.stringify(value) ?? 'null';
  } else if (Array.isArray(value)) {
    yield '[';
    for (const [i, item] of value.entries()) {
      if (i > 0) yield ',';
      yield* partsOf(item, levels - 1);
    }
    yield ']';
  } else {
    let mark = '{';
    for (const [name, item] of Object.entries(value)) {
      if (JSON.stringify(isPlain(item) ? 0 : item) === undefined) continue;
      yield `${mark}${JSON.stringify(name)}:`;
      yield* partsOf(item, levels - 1);
      mark = ',';
    }
    yield mark === '{' ? '{}' : '}';
  }
}

/** Returns true for lists and objects whose items are written as they are; false for those that say themselves how (dates). */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
