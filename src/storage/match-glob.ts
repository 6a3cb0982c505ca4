import picomatch from 'picomatch';

/** Whether a name matches a glob, as in `--partition 'date=2013-01-*'`; a glob without stars is the name itself. */
export function matchGlob(glob: string): (name: string) => boolean {
  return picomatch(glob, { dot: true });
}

/** Splits what names inputs into the folder where the search starts and the glob below it; a plain path has an empty glob. */
export function splitGlob(spec: string): { readonly base: string; readonly glob: string } {
  const { isGlob, base, glob } = picomatch.scan(spec);
  return isGlob ? { base, glob } : { base: spec, glob: '' };
}
