/** The shape of a cell's text, as far as distinguishing columns and delimiters needs it. */
export type CellShape = 'empty' | 'number' | 'time' | 'word' | 'text' | 'odd';

/**
 * Returns the shape of one cell: `number`, `time` (dates and times), `word` (letters, digits and plain
 * punctuation), `text` (with commas or the like), `odd`.
 */
export function cellShape(cell: string): CellShape {
  const plain = plainShape(cell);
  if (plain !== null) return plain;
  if (cell.length > mostKnownLength) return shapeOf(cell);
  const known = shapes.get(cell);
  if (known !== undefined) return known;
  if (shapes.size >= mostKnown) shapes.clear();
  const shape = shapeOf(cell);
  shapes.set(cell, shape);
  return shape;
}

/** Cache of the shapes of short cells: a sample is read in several ways, and its columns repeat. */
const shapes = new Map<string, CellShape>();
const mostKnown = 4096;
/** V8 stores a longer substring of a line as a view of the whole line. */
const mostKnownLength = 12;

/** Returns what `shapeOf` does for most cells, without a regular expression; null for unusual ones. */
function plainShape(cell: string): CellShape | null {
  const { length } = cell;
  if (length === 0) return 'empty';
  const first = cell.charCodeAt(0);
  if (isLetter(first)) {
    for (let i = 1; i < length; i++) {
      const code = cell.charCodeAt(i);
      if (!isLetter(code) && !isDigit(code) && code !== 95) return null;
    }
    return length <= longestMissing && missingWords.has(cell.toLowerCase()) ? 'empty' : 'word';
  }
  let at = first === 45 || first === 43 ? 1 : 0;
  const start = at;
  while (at < length && isDigit(cell.charCodeAt(at))) at++;
  if (at === start) return null;
  if (at === length) return 'number';
  if (cell.charCodeAt(at) === 46) {
    const point = at++;
    while (at < length && isDigit(cell.charCodeAt(at))) at++;
    return at === length && at > point + 1 ? 'number' : null;
  }
  return at === 4 && start === 0 && isIsoTime(cell) ? 'time' : null;
}

/** Returns true for `2013-01-04` and `2013-01-04 05:00:00`, also with a T or a Z, whatever the digits. */
function isIsoTime(cell: string): boolean {
  const form = '9999-99-99 99:99:99';
  const length = cell.length === 20 && cell.endsWith('Z') ? 19 : cell.length;
  if (length !== 10 && length !== 19) return false;
  for (let i = 4; i < length; i++) {
    const code = cell.charCodeAt(i);
    const wanted = form.charCodeAt(i);
    if (wanted === 57 ? !isDigit(code) : code !== wanted && !(i === 10 && code === 84)) return false;
  }
  return true;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function shapeOf(cell: string): CellShape {
  const text = cell.trim();
  if (text === '' || missingWords.has(text.toLowerCase())) return 'empty';
  if (number.test(text)) return 'number';
  if (time.test(text)) return 'time';
  if (word.test(text)) return 'word';
  return /[\t;|^~\p{Cc}]/u.test(text) || /,(?! )/.test(text) || !/[\p{L}\p{N}]/u.test(text) ? 'odd' : 'text';
}

const missingWords = new Set(['na', 'n/a', 'nan', 'null', 'none', '-', '--', '?', '\\n']);
const longestMissing = 4;

const number =
  /^[+-]?\s?[$€£¥]?\s?(?:\d+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?\s?[%$€£¥]?$/;

const time =
  /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[- ]\p{L}{3,9}[- ]\d{2,4})(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?\s?(?:[AaPp][Mm])?\s?(?:Z|UTC|[+-]\d{2}:?\d{0,2})?$|^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[AaPp][Mm])?$/u;

/** Names, sentences without commas, paths, URLs. */
const word = /^[\p{L}\p{N}#@(_'"&.+\-/\\$][\p{L}\p{M}\p{N}\p{Sc} _.'’"&()/\\:+\-#@!?*%=°ºª®™–—]*$/u;
