/** A context without the parts that the worker knows from the one before. */
interface Shortened {
  readonly opened: unknown;
  /** Where the parts belong: `repair`, or `read.columns` for a part of a part. */
  readonly known: readonly string[];
}

/**
 * Leaves out what a context shares with the one sent before: parts, and parts of them, that are the same
 * objects. Contexts of a thousand files differ in little more than the file.
 */
export function withoutKnown(value: unknown, before: unknown): Shortened {
  if (!isPlain(value) || !isPlain(before)) return { opened: value, known: [] };
  const known: string[] = [];
  return { opened: differing(value, before, '', known), known };
}

function differing(value: object, before: object, path: string, known: string[]): object {
  const rest: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    const other = (before as Record<string, unknown>)[key];
    if (isObject(part) && part === other && !key.includes('.')) known.push(path + key);
    else if (path === '' && !key.includes('.') && isPlain(part) && isPlain(other))
      rest[key] = differing(part, other, `${key}.`, known);
    else rest[key] = part;
  }
  return rest;
}

/** Returns a context with the parts that `withoutKnown` left out, from the one received before. */
export function withKnown(opened: unknown, known: readonly string[], before: unknown): unknown {
  if (known.length === 0) return opened;
  const whole = { ...(opened as object) } as Record<string, unknown>;
  for (const path of known) {
    const [key, inner] = path.split('.') as [string, string?];
    const other = (before as Record<string, unknown>)[key];
    if (inner === undefined) whole[key] = other;
    else whole[key] = { ...(whole[key] as object), [inner]: (other as Record<string, unknown>)[inner] };
  }
  return whole;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}
