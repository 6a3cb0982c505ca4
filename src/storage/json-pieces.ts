/** Length at which a piece is yielded: a shorter text is one piece, written in one call. */
const pieceLength = 2 ** 20;

/** Values with at most this many items and characters are written at once. */
const smallSize = 50_000;

/**
 * Yields the text of `JSON.stringify(value)` and `end`, in pieces of about a million characters, so that it
 * is never in memory as a whole.
 */
export function* jsonPieces(value: object, end = ''): Generator<string> {
  let parts: string[] = [];
  let length = 0;
  for (const part of partsOf(value)) {
    parts.push(part);
    length += part.length;
    if (length < pieceLength) continue;
    yield parts.join('');
    parts = [];
    length = 0;
  }
  yield parts.join('') + end;
}

function* partsOf(value: unknown): Generator<string> {
  if (!isPlain(value) || leftOf(value, smallSize) > 0) {
    yield JSON.stringify(value) ?? 'null';
  } else if (Array.isArray(value)) {
    yield '[';
    for (const [i, item] of value.entries()) {
      if (i > 0) yield ',';
      yield* partsOf(item);
    }
    yield ']';
  } else {
    let mark = '{';
    for (const [name, item] of Object.entries(value)) {
      if (JSON.stringify(isPlain(item) ? 0 : item) === undefined) continue;
      yield `${mark}${JSON.stringify(name)}:`;
      yield* partsOf(item);
      mark = ',';
    }
    yield mark === '{' ? '{}' : '}';
  }
}

/** Returns how much of `room` for items and characters is left after a value; 0 or less once it is full. */
function leftOf(value: unknown, room: number): number {
  if (typeof value === 'string') return room - 1 - value.length;
  if (typeof value !== 'object' || value === null) return room - 1;
  let left = room - 1;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && left > 0; i++) left = leftOf(value[i], left);
    return left;
  }
  for (const name in value) {
    if (left <= 0) break;
    left = leftOf((value as Record<string, unknown>)[name], left - name.length);
  }
  return left;
}

/** Returns true for lists and objects that are written item by item; false for those with `toJSON`. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
