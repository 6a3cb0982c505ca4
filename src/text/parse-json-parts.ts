import { checkNesting, JsonBoundsError, mostJson } from './parse-json.js';

/** Lists and objects nested deeper than this are parsed one by one. */
const outerDepth = 4;

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Parses the JSON of a file's bytes as they arrive, with the same value and the same errors as `parseJson` of
 * its text, but holds the text of only one of the deeper lists and objects in memory at a time: for records
 * that are too large for a text. `keep` returns the value to keep in place of each of these.
 */
export async function parseJsonParts(
  chunks: AsyncIterable<Uint8Array>,
  keep: (value: unknown) => unknown = (value) => value,
): Promise<unknown> {
  const scanner = createScanner(keep);
  for await (const chunk of chunks) scanner.take(chunk);
  return scanner.finish();
}

/** Splits text into its outer part, in which `[n]` is the deeper list or object number n, and these. */
function createScanner(keep: (value: unknown) => unknown) {
  const outer: Uint8Array[] = [];
  const values: unknown[] = [];
  let part: Uint8Array[] = [];
  let bytes = 0;
  let depth = 0;
  let containers = 0;
  let isString = false;
  let isEscaped = false;

  /** Returns the index after the string that continues at `at`, or the end of the chunk. */
  function endOfString(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at++) {
      const code = chunk[at];
      if (isEscaped) isEscaped = false;
      else if (code === BACKSLASH) isEscaped = true;
      else if (code === QUOTE) {
        isString = false;
        return at + 1;
      }
    }
    return chunk.length;
  }

  function take(chunk: Uint8Array): void {
    bytes += chunk.length;
    if (bytes > mostJson.characters) throw new JsonBoundsError('it is too large');
    let from = 0;
    for (let at = 0; at < chunk.length; ) {
      if (isString) {
        at = endOfString(chunk, at);
        continue;
      }
      const code = chunk[at++]!;
      if (code === QUOTE) isString = true;
      // Braces are 32 beyond brackets.
      else if ((code | 32) === 123) {
        checkNesting(++depth, ++containers);
        if (depth !== outerDepth + 1) continue;
        outer.push(chunk.slice(from, at - 1));
        from = at - 1;
      } else if ((code | 32) === 125 && --depth === outerDepth) {
        values.push(keep(JSON.parse(textOf([...part, chunk.subarray(from, at)]))));
        outer.push(Buffer.from(`[${values.length - 1}]`));
        part = [];
        from = at;
      }
    }
    (depth > outerDepth ? part : outer).push(chunk.slice(from));
  }

  return {
    take,
    finish(): unknown {
      const text = textOf([...outer, ...part]);
      outer.length = 0;
      return filled(JSON.parse(text), 1, values);
    },
  };
}

function textOf(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('utf8');
}

/** Returns a value of the outer part with the deeper lists and objects put back. */
function filled(value: unknown, depth: number, values: readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > outerDepth) return values[(value as readonly number[])[0]!];
  const holder = value as Record<string, unknown>;
  for (const name of Object.keys(holder)) {
    const item = holder[name];
    // Every name is the object's own, even `__proto__`, so it can be set like any other.
    if (typeof item === 'object' && item !== null) holder[name] = filled(item, depth + 1, values);
  }
  return value;
}
