import { createHash } from 'node:crypto';

/**
 * Source of a partition's name: the path below the folder or glob; `relativePath` is unique.
 */
interface NamedInput {
  readonly name: string;
  readonly relativePath: string;
}

/** With its prefix and suffix a name stays below the 255 bytes of file systems. */
const maxBytes = 150;
const hashLength = 8;
const formatEndings = /\.(csv|tsv|tab|psv|txt|dat|jsonl|ndjson|parquet|pq|parq|arrow|arrows|ipc|feather)$/i;
const compressionEndings = /\.(gz|gzip|zst|zstd)$/i;

/**
 * Returns a partition name for each input, in the same order: the input's name without the extensions of
 * format and compression, preceded by folders, escaped where a file name could not hold it. Names are unique
 * even case-insensitively, do not depend on the order of `inputs`, and have an extension, folder or hash only
 * if they need it to be unique.
 */
export function partitionNames(inputs: readonly NamedInput[]): string[] {
  const names = inputs.map((input) => stemOf(input));
  const used = new Set<string>();
  const taken = new Map<string, number[]>();
  for (const name of names.map(folded)) {
    if (used.has(name)) taken.set(name, []);
    used.add(name);
  }
  if (taken.size === 0) return names;
  for (const [i, name] of names.entries()) taken.get(folded(name))?.push(i);
  for (const name of taken.keys()) used.delete(name);
  const groups = [...taken].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, group] of groups) {
    const distinct = namings
      .map((way) => group.map((i) => way(inputs[i]!)))
      .find(
        (found) =>
          new Set([...found.map(folded)]).size === found.length &&
          found.every((name) => !used.has(folded(name))),
      )!;
    for (const [at, i] of group.entries()) {
      names[i] = distinct[at]!;
      used.add(folded(distinct[at]!));
    }
  }
  return names;
}

const namings: readonly ((input: NamedInput) => string)[] = [
  (input) => fitted(escaped(input.name.split('/')), input.relativePath),
  (input) =>
    fitted(
      escaped([...input.relativePath.split('/').slice(-2, -1), ...stemParts(input.name)]),
      input.relativePath,
    ),
  (input) =>
    `${shortened(escaped(stemParts(input.name)), maxBytes - hashLength - 1)}-${hashOf(input.relativePath, hashLength)}`,
  (input) => hashOf(input.relativePath, 64),
];

function stemOf(input: NamedInput): string {
  return fitted(escaped(stemParts(input.name)), input.relativePath);
}

/** Returns the folders and the file of `name`, the file without its extensions. */
function stemParts(name: string): string[] {
  const parts = name.split('/');
  const file = parts.pop()!;
  const stem = file.replace(compressionEndings, '').replace(formatEndings, '');
  return [...parts, stem === '' ? file : stem];
}

/** Folds case and Unicode form: some file systems treat such names as equal. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/**
 * Joins `parts` into one name: percent escapes for everything but letters, digits, `.`, `_`, `-` and `=`, and
 * for reserved names and characters at the ends.
 */
function escaped(parts: readonly string[]): string {
  const safe = parts.map((part) => part.replace(/[^\p{L}\p{N}\p{M}._=-]/gu, percent)).join('-');
  const edged = safe.replace(/^[._-]|\.$|^\p{M}/gu, percent);
  return reserved.test(edged) ? edged.replace(/^./, percent) : edged;
}

/** Device names, with any extension, reserved on some systems. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

function percent(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

function fitted(name: string, relativePath: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  return `${shortened(name, maxBytes - hashLength - 1)}-${hashOf(relativePath, hashLength)}`;
}

/** Cuts `name` to `bytes` of UTF-8, never within a character or an escape. */
function shortened(name: string, bytes: number): string {
  let short = '';
  let size = 0;
  for (const [unit] of name.matchAll(/%[0-9A-F]{2}|./gu)) {
    size += Buffer.byteLength(unit);
    if (size > bytes) break;
    short += unit;
  }
  return short;
}

function hashOf(relativePath: string, length: number): string {
  return createHash('sha256').update(relativePath).digest('hex').slice(0, length);
}
