let keep = (): void => {};
let identity: string | null = null;

/** Called by whoever loads this bundle: names the function that keeps its compiled code, and the bundle's SHA-256. */
export function keepCodeWith(keeper: () => void, sha256: string): void {
  keep = keeper;
  identity = sha256;
}

/** Keeps the compiled code, once the usual functions have run. Takes 30 ms the first time that a version runs on a machine, else nothing. */
export function keepCode(): void {
  keep();
}

/** Returns a hash of the code that runs here; null if it is not bundled, as in a test: then nothing that it makes is kept. */
export function programIdentity(): string | null {
  return identity;
}
