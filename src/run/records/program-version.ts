import { readFileSync } from 'node:fs';

/** Nightshift's own version, from its package.json: part of a partition's identity. */
export function programVersion(): string {
  version ??= (
    JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    }
  ).version;
  return version;
}

let version: string | null = null;
