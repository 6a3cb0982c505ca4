import { InvalidArgumentError } from 'commander';
import type { Constant } from '../run/draft/draft.js';

/** Adds `--map input=column,column` to those before it. A name with a comma is quoted, as in CSV. */
export function collectMaps(
  text: string,
  before: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const [input, listed] = parted(text);
  refuseSecond(input, before);
  const columns = (listed.match(/"(?:[^"]|"")*"|[^,]+/g) ?? []).map((column) =>
    column.startsWith('"') ? column.slice(1, -1).replaceAll('""', '"') : column.trim(),
  );
  if (columns.length === 0) throw new InvalidArgumentError('must be input=column,column');
  return new Map([...before, [input, columns]]);
}

/** Adds `--constant input=value` to those before it; the value is a number, boolean, list of them or text. */
export function collectConstants(
  text: string,
  before: ReadonlyMap<string, Constant>,
): ReadonlyMap<string, Constant> {
  const [input, value] = parted(text);
  refuseSecond(input, before);
  return new Map([...before, [input, parsedConstant(value)]]);
}

/** Parses a number, true, false or a list of them as JSON; anything else is a text. */
function parsedConstant(value: string): Constant {
  try {
    const parsed: unknown = JSON.parse(value);
    const isScalar = (one: unknown) => ['number', 'string', 'boolean'].includes(typeof one);
    if (isScalar(parsed) || (Array.isArray(parsed) && parsed.every(isScalar))) return parsed as Constant;
  } catch {}
  return value;
}

/** Splits a text at its first `=`. */
function parted(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('must be input=value');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Refuses a second entry for an input: the first would be ignored without a word. */
function refuseSecond(input: string, before: ReadonlyMap<string, unknown>): void {
  if (before.has(input)) throw new InvalidArgumentError(`gives "${input}" more than once`);
}
