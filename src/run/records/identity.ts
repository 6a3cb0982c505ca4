/** All that a published partition depends on; if any part changes, the partition must be scored again. */
export interface Identity {
  readonly input: {
    readonly bytes: number;
    readonly mtimeMs: number;
    /** The version of an object in S3; absent for a file. */
    readonly etag?: string;
    readonly sha256: string | null;
  };
  readonly model: string;
  /** SHA-256 of the part of the job file that determines the output's bytes. */
  readonly job: string;
  readonly program: string;
  /**
   * Digest of what other runs of the job had published, where rows of theirs are left out; else absent. What is
   * published stays valid when it changes, what is held does not: another run may have taken its rows.
   */
  readonly before?: string;
}

/**
 * Returns the parts of `now` that differ from `then`, in words; empty if the record is still valid. With a
 * content hash, time and name are ignored.
 */
export function changedParts(then: Identity, now: Identity): string[] {
  const changed: string[] = [];
  if (then.input.sha256 !== null && now.input.sha256 !== null) {
    if (then.input.sha256 !== now.input.sha256) changed.push('input content');
  } else {
    if (then.input.bytes !== now.input.bytes) changed.push('input size');
    if (then.input.mtimeMs !== now.input.mtimeMs) changed.push('input modification time');
    else if (then.input.etag !== now.input.etag) changed.push('input content');
  }
  if (then.model !== now.model) changed.push('model');
  if (then.job !== now.job) changed.push('job');
  if (then.program !== now.program) changed.push('program version');
  return changed;
}

/**
 * Returns the parts of `now` that make a held partition invalid, in words; empty if it may be published. Other
 * runs must not have scored its rows meanwhile.
 */
export function changedWhileHeld(then: Identity, now: Identity): string[] {
  const changed = changedParts(then, now);
  return then.before === now.before ? changed : [...changed, 'what other runs have scored'];
}
