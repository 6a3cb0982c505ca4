import { createHash } from 'node:crypto';

/** What a partition's name comes from: `name` is the path below the folder or glob it was found by, `place` tells any two inputs apart. */
export interface NamedInput {
  readonly name: string;
  readonly place: string;
}

/** Together with what is put around it (`part-`, an extension, a temporary file's mark) a name stays below the 255 bytes of file systems. */
const maxBytes = 150;
const hashLength = 8;
const formatEndings = /\.(csv|tsv|tab|psv|txt|dat|parquet|pq|parq|arrow|arrows|ipc|feather)$/i;
const compressionEndings = /\.(gz|gzip|zst|zstd)$/i;

/**
 * A partition name for each input, in the same order: its own name without the endings of format and compression, folders before it, escaped
 * where a file name could not hold it. Names are unique also without regard to case, do not depend on the order of `inputs`, and one that needs
 * no ending, folder or hash to be told apart has none.
 */
export function partitionNames(inputs: readonly NamedInput[]): string[] {
  const names = inputs.map((input) => stemOf(input));
  const taken = new Map<string, number[]>();
  for (const [i, name] of names.entries()) taken.set(folded(name), [...(taken.get(folded(name)) ?? []), i]);
  const used = new Set([...taken].filter(([, group]) => group.length === 1).map(([name]) => name));
  const groups = [...taken].filter(([, group]) => group.length > 1).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, group] of groups) {
    const told = waysToTellApart
      .map((way) => group.map((i) => way(inputs[i]!)))
      .find(
        (found) =>
          new Set([...found.map(folded)]).size === found.length &&
          found.every((name) => !used.has(folded(name))),
      )!;
    for (const [at, i] of group.entries()) {
      names[i] = told[at]!;
      used.add(folded(told[at]!));
    }
  }
  return names;
}

const waysToTellApart: readonly ((input: NamedInput) => string)[] = [
  (input) => fitted(escaped(input.name.split('/')), input.place),
  (input) =>
    fitted(escaped([...input.place.split('/').slice(-2, -1), ...stemParts(input.name)]), input.place),
  (input) =>
    `${shortened(escaped(stemParts(input.name)), maxBytes - hashLength - 1)}-${hashOf(input.place, hashLength)}`,
  (input) => hashOf(input.place, 64),
];

function stemOf(input: NamedInput): string {
  return fitted(escaped(stemParts(input.name)), input.place);
}

/** The folders and the file of `name`, the file without its endings. */
function stemParts(name: string): string[] {
  const parts = name.split('/');
  const file = parts.pop()!;
  const stem = file.replace(compressionEndings, '').replace(formatEndings, '');
  return [...parts, stem === '' ? file : stem];
}

/** Case and Unicode form tell no names apart: some file systems do not. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** `parts` as one name: percent escapes for all but letters, digits and `.`, `_`, `-`, `=`, and for what begins, ends or is reserved. */
function escaped(parts: readonly string[]): string {
  const safe = parts.map((part) => part.replace(/[^\p{L}\p{N}\p{M}._=-]/gu, percent)).join('-');
  const edged = safe.replace(/^[._-]|\.$|^\p{M}/gu, percent);
  return reserved.test(edged) ? edged.replace(/^./, percent) : edged;
}

/** Names of devices, with any ending, on systems that have them. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

function percent(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

function fitted(name: string, place: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  return `${shortened(name, maxBytes - hashLength - 1)}-${hashOf(place, hashLength)}`;
}

/** `name` cut to `bytes` of UTF-8, never within a character or an escape. */
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

function hashOf(place: string, length: number): string {
  return createHash('sha256').update(place).digest('hex').slice(0, length);
}
