/** A context without the parts that the worker knows from the one before. */
interface Shortened {
  readonly opened: unknown;
  /** Where the parts belong: `repair`, or `read.columns` for a part of a part. */
  readonly known: readonly string[];
}

/** Depth of the parts that are compared, as `source.details.dialect`. */
const mostDepth = 3;

/**
 * Leaves out what a context shares with the one sent before: parts, and parts of them, that are the same
 * objects. Contexts of a thousand files differ in little more than the file.
 */
export function withoutKnown(value: unknown, before: unknown): Shortened {
  if (!isPlain(value) || !isPlain(before)) return { opened: value, known: [] };
  const known: string[] = [];
  return { opened: differing(value, before, '', mostDepth, known), known };
}

function differing(value: Parts, before: Parts, path: string, depth: number, known: string[]): Parts {
  const rest: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const part = value[key];
    const other = before[key];
    if (!isObject(part) || key.includes('.')) rest[key] = part;
    else if (part === other) known.push(path + key);
    else if (depth > 1 && isPlain(part) && isPlain(other))
      rest[key] = differing(part, other, `${path}${key}.`, depth - 1, known);
    else rest[key] = part;
  }
  return rest;
}

/** Returns a context with the parts that `withoutKnown` left out, from the one received before. */
export function withKnown(opened: unknown, known: readonly string[], before: unknown): unknown {
  for (const path of known) {
    const keys = path.split('.');
    const last = keys.pop()!;
    let [whole, other] = [opened as Record<string, unknown>, before as Parts];
    for (const key of keys) [whole, other] = [whole[key] as Record<string, unknown>, other[key] as Parts];
    whole[last] = other[last];
  }
  return opened;
}

type Parts = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: unknown): value is Parts {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}
