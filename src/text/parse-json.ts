/** Bounds of JSON in a file: size, nesting, lists and objects. Baselines of 10,000 columns have far less. */
export const mostJson = { characters: 256 * 2 ** 20, depth: 100, containers: 4_000_000 } as const;

const QUOTE = 34;
const BACKSLASH = 92;

/** A text that may be JSON but is beyond the bounds; the message begins with "it". */
export class JsonBoundsError extends SyntaxError {}

/**
 * Parses JSON from a file. Throws `SyntaxError` if it is not JSON, and `JsonBoundsError` beyond the bounds,
 * because `JSON.parse` takes up to a hundred times the memory of a text of brackets, and too much ends the
 * process. Costs about 2 ns a character more. Models have their own reader (`model/trees/read-json.ts`),
 * which rejects repeated keys and names the position of a fault.
 */
export function parseJson(text: string): unknown {
  if (text.length > mostJson.characters) throw new JsonBoundsError('it is too large');
  let depth = 0;
  let containers = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    // Braces are 32 beyond brackets.
    else if ((code | 32) === 123) {
      checkNesting(++depth, ++containers);
    } else if ((code | 32) === 125) depth--;
  }
  return JSON.parse(text);
}

/** Throws `JsonBoundsError` for a list or an object that is nested too deeply, or one too many. */
export function checkNesting(depth: number, containers: number): void {
  if (depth > mostJson.depth) throw new JsonBoundsError(`it is nested more than ${mostJson.depth} deep`);
  if (containers > mostJson.containers) throw new JsonBoundsError('it has too many lists and objects');
}

/** Returns the index of the quote that ends the string at `start`, or of the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

/** Returns true if a text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
