/** The shape of a cell's text, as far as distinguishing columns and delimiters needs it. */
export type CellShape = 'empty' | 'number' | 'time' | 'word' | 'text' | 'odd';

/**
 * Returns the shape of one cell: `number`, `time` (dates and times), `word` (letters, digits and plain punctuation), `text` (with commas or
 * the like), `odd`.
 */
export function cellShape(cell: string): CellShape {
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

function shapeOf(cell: string): CellShape {
  const text = cell.trim();
  if (text === '' || missingWords.has(text.toLowerCase())) return 'empty';
  if (number.test(text)) return 'number';
  if (time.test(text)) return 'time';
  if (word.test(text)) return 'word';
  return /[\t;|^~\p{Cc}]/u.test(text) || /,(?! )/.test(text) || !/[\p{L}\p{N}]/u.test(text) ? 'odd' : 'text';
}

const missingWords = new Set(['na', 'n/a', 'nan', 'null', 'none', '-', '--', '?', '\\n']);

const number =
  /^[+-]?\s?[$€£¥]?\s?(?:\d+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?\s?[%$€£¥]?$/;

const time =
  /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[- ]\p{L}{3,9}[- ]\d{2,4})(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?\s?(?:[AaPp][Mm])?\s?(?:Z|UTC|[+-]\d{2}:?\d{0,2})?$|^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[AaPp][Mm])?$/u;

/** Names, sentences without commas, paths, URLs. */
const word = /^[\p{L}\p{N}#@(_'"&.+\-/\\$][\p{L}\p{M}\p{N}\p{Sc} _.'’"&()/\\:+\-#@!?*%=°ºª®™–—]*$/u;
