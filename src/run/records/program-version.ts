import { createRequire } from 'node:module';

/** Returns nightshift's own version, from its package.json: part of a partition's identity. */
export function programVersion(): string {
  version ??= (createRequire(import.meta.url)('nightshift/package.json') as { version: string }).version;
  return version;
}

let version: string | null = null;
