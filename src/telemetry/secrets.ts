/** Names of secret parameters and fields; short ones match whole words only (`sort_key`, not `monkey`). */
const secretNames = [
  String.raw`[\w.-]{0,64}(?:password|passwd|passphrase|secret|token|credentials?|authorization|signature)`,
  String.raw`[\w.-]{0,64}(?:api|access|private)[-_]?key(?:[-_]?id)?`,
  String.raw`(?:[\w.-]{0,64}[-_.])?(?:pwd|pw|psk|pass|auth|key|cookie|sig|jwt|dsn)`,
].join('|');
const secretName = new RegExp(`^(?:${secretNames})$`, 'i');
const secretParameter = new RegExp(
  String.raw`(?<![\w.-])(${secretNames})(\s{0,8}[=:]\s{0,8})("[^"]*"|'[^']*'|[^\s&;,"']+)`,
  'gi',
);
const hidden = '***';

/** Values that were given under a secret's name; hidden wherever they appear, for example in a path. */
const hiddenValues = new Set<string>();

/**
 * Remembers a value that was given under a secret's name (`--set password=...`), and the parts of one with
 * slashes, because a message may name a folder above a path. Ignores values of less than three characters and
 * parts of less than four, which would hide half of the output.
 */
export function hideSecret(name: string, value: string): void {
  const isSecret = ['', '_'].some((joint) => secretName.test(name.trim().replace(/\s+/g, joint)));
  if (!isSecret || value.length < 3) return;
  hiddenValues.add(value);
  for (const part of value.split(/[/\\]/)) if (part.length > 3) hiddenValues.add(part);
}

/** Removes values given under a secret's name from `text`, including their forms in JSON and URLs. */
export function withoutHidden(text: string): string {
  let shown = text;
  for (const value of hiddenValues) {
    for (const form of new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]))
      shown = shown.replaceAll(form, hidden);
  }
  return shown;
}

/** Removes secrets from `text`: credentials in URLs, bearer tokens, `password=...` and the like. */
export function withoutSecrets(text: string): string {
  return withoutHidden(text)
    .replace(/((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}:\/\/)[^/\s@]{1,256}@/gi, `$1${hidden}@`)
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`)
    .replace(secretParameter, `$1$2${hidden}`);
}

/** Copies plain data without secrets: cleans texts and hides secret fields; at most eight levels deep. */
export function dataWithoutSecrets(value: unknown, depth = 8): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return hidden;
  if (Array.isArray(value)) return value.map((item) => dataWithoutSecrets(item, depth - 1));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Error) return withoutSecrets(value.stack ?? value.message);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      secretName.test(key) ? hidden : dataWithoutSecrets(item, depth - 1),
    ]),
  );
}

/** Returns a URL's scheme and host alone, because the path of a webhook is often its secret. */
export function shownAddress(address: string): string {
  try {
    const { protocol, host } = new URL(address);
    return `${protocol}//${host}/${hidden}`;
  } catch {
    return hidden;
  }
}
