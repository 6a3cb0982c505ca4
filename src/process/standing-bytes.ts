let standing = 0;

/** Counts memory outside of V8's heap that stays while the process works, and so can never be garbage. */
export function addStandingBytes(bytes: number): void {
  standing += bytes;
}

export function standingBytes(): number {
  return standing;
}
