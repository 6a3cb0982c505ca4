import picomatch from 'picomatch';

/** Whether a name matches a glob, as in `--partition 'date=2013-01-*'`; a glob without stars is the name itself. */
export function matchGlob(glob: string): (name: string) => boolean {
  return picomatch(glob, { dot: true });
}
