import picomatch from 'picomatch';

/**
 * Returns a function that tests whether a name matches a glob, such as `--partition 'date=2013-01-*'`; a glob without wildcards matches
 * only that name.
 */
export function matchGlob(glob: string): (name: string) => boolean {
  return picomatch(glob, { dot: true });
}

/** Splits an input path into the folder where the search starts and the glob below it; the glob of a plain path is empty. */
export function splitGlob(spec: string): { readonly base: string; readonly glob: string } {
  const { isGlob, base, glob } = picomatch.scan(spec);
  return isGlob ? { base, glob } : { base: spec, glob: '' };
}
