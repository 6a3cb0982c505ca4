import { isPublished } from '../../workdir.js';
import type { Disk } from './disk.js';

/** Published files by their path in the run folder. */
export type Published = ReadonlyMap<string, Buffer>;

/** The published files on a disk whose run folder is `out`. */
export function publishedOn({ files }: Disk): Published {
  const inOut = [...files].flatMap(([path, content]) =>
    path.startsWith('out/') ? [[path.slice('out/'.length), content] as const] : [],
  );
  return new Map(inOut.filter(([path]) => isPublished(path)));
}

/**
 * Returns the faults of a disk before anything is called again: a published file that is neither the old nor
 * the new one, `_SUCCESS` beside a set that is neither.
 */
export function faultsBefore(disk: Disk, old: Published, now: Published): string[] {
  const found = publishedOn(disk);
  const isOne = (path: string, content: Buffer) =>
    [old, now].some((set) => set.get(path)?.equals(content) === true);
  const torn = [...found].filter(([path, content]) => !isOne(path, content)).map(([path]) => path);
  const faults = torn.map((path) => `${path} is neither the old nor the new file`);
  if (found.has('_SUCCESS') && ![old, now].some((set) => differing(found, set) === 0))
    faults.push(`_SUCCESS stands beside ${[...found.keys()].join(', ')}`);
  return faults;
}

/** How many bytes differ between two sets of files. */
export function differing(some: Published, others: Published): number {
  let bytes = 0;
  for (const path of new Set([...some.keys(), ...others.keys()])) {
    const [one, other] = [some.get(path), others.get(path)];
    if (one === undefined || other === undefined) bytes += (one ?? other)!.length + 1;
    else if (!one.equals(other))
      bytes += Math.max(one.length, other.length) - one.filter((byte, i) => byte === other[i]).length;
  }
  return bytes;
}

/** Returns what a run that ended left besides published files, records and summary: must be nothing. */
export function leftOn({ files, folders }: Disk): string[] {
  const own =
    /^out\/(_nightshift\/(partitions\/[^/.][^/]*\.(json|rejects\.ndjson)|(last-run|inputs)\.json)|_(summary\.(json|html)|manifest\.json))$/;
  const known = /^out(\/_(rejects|audit|nightshift(\/(partitions|intents|held|attempts|staging|claims))?))?$/;
  const isOurs = (path: string) => own.test(path) || isPublished(path.slice('out/'.length));
  return [
    ...[...files.keys()].filter((path) => !isOurs(path)),
    ...folders.filter((path) => !known.test(path)),
  ];
}
