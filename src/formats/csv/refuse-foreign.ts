import { InvalidError } from '../../errors.js';
import { isJson } from '../../text/parse-json.js';
import { foreignFormat } from '../detect.js';

/** The kind of a text that is not a table, and a hint. */
type Foreign = readonly [what: string, hint: string];

const html: Foreign = [
  'an HTML page',
  'it may be an error or login page that was saved instead of the file: download it again, and check it in a browser',
];
const json: Foreign = [
  'JSON',
  'convert it to one object per line (JSON Lines), for instance with: jq -c ".[]"; set "input.format" to jsonl where a file of such lines has another name',
];

const texts: readonly (readonly [RegExp, Foreign])[] = [
  [/^<(?:!doctype\s+html|html|head|body|title|meta|script|style|table|div)\b/i, html],
  [/^<(?:\?xml|!doctype|!--|svg\b|rss\b|feed\b)/i, ['XML', 'export the table as CSV, or convert it first']],
  [
    /^<([a-z][\w:.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*>\s*<[a-z!?]/i,
    ['XML', 'export the table as CSV, or convert it first'],
  ],
  [/^\{\s*"(?:[^"\\\n]|\\.)*"\s*:/, json],
  [/^\{\s*\}?\s*$/, json],
  [/^\[\s*(?:\{\s*"|\[\s*["\d[{-]|\]\s*$)/, json],
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    ['a Git LFS pointer, not the file itself', 'fetch the file with: git lfs pull'],
  ],
  [/^\{\\rtf/, ['an RTF document', 'save its table as CSV']],
  [/^%!PS/, ['a PostScript file', 'remove it from the input']],
];

/**
 * Throws `InvalidError` that names what an input is if it begins unlike a CSV file: an HTML page, JSON, XML,
 * or bytes of a format by its magic. `bytes` are its first ones, decompressed, `text` the same as UTF-8.
 */
export function refuseForeign(path: string, bytes: Buffer, text: Buffer): void {
  const foreign = foreignFormat(bytes) ?? foreignText(text.toString('utf8', 0, lookedBytes));
  if (foreign === null) return;
  throw new InvalidError('input-format', `${path} is ${foreign[0]}, not CSV, JSON Lines, Parquet or Arrow`, {
    file: path,
    hint: foreign[1],
  });
}

const lookedBytes = 4096;

/** Returns the first matching kind of text; a line that continues after its JSON is a row. */
function foreignText(text: string): Foreign | null {
  const begin = text.replace(/^[\ufeff\s]+/, '');
  const foreign = texts.find(([pattern]) => pattern.test(begin))?.[1] ?? null;
  return foreign === json && isRow(begin) ? null : foreign;
}

function isRow(text: string): boolean {
  const line = text.split('\n', 1)[0]!.trimEnd();
  return (
    /[}\]]["']?[,;\t|]\s*["'\w.+-]/.test(line) && !isJson(line.replace(/,$/, '')) && depthAtEnd(line) === 0
  );
}

/** Returns how many brackets are open at the end of a line, ignoring those in texts; below 0 is -1. */
function depthAtEnd(line: string): number {
  let depth = 0;
  for (const mark of line.replace(/"(?:[^"\\]|\\.)*"/g, '')) {
    if (mark === '{' || mark === '[') depth++;
    else if (mark === '}' || mark === ']') depth--;
    if (depth < 0) return -1;
  }
  return depth;
}
