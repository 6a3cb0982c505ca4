let keep = (): void => {};
let identity: string | null = null;

/** Called by the loader of this bundle: provides the code cache's function and the bundle's SHA-256. */
export function keepCodeWith(keeper: () => void, sha256: string): void {
  keep = keeper;
  identity = sha256;
}

/**
 * Caches the compiled code once the usual functions have run. Takes 30 ms the first time that a version runs
 * on a machine, otherwise nothing.
 */
export function keepCode(): void {
  keep();
}

/** Returns a hash of the running code; null if it is not bundled, as in tests: nothing is then cached. */
export function programIdentity(): string | null {
  return identity;
}
