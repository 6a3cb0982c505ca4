import type { ReadOptions } from '../../formats/format.js';
import type { Job } from '../../job/job.js';
import type { InputFile } from '../../storage/list-inputs.js';
import type { WeighedSource } from './decimal-marks.js';
import { openInput } from './open-partition.js';

/** Opens each input of a run once: planning, the search for repeated keys and scoring share the result. */
export interface Sources {
  /** How inputs are read, for opening some of them elsewhere. */
  readonly options: ReadOptions;
  /** True if the source of an input is open. */
  has(input: InputFile): boolean;
  /** Throws the errors of the input's format, naming the file. */
  open(input: InputFile): Promise<WeighedSource>;
  /** Drops the source of an input that is done, or must be read afresh. */
  forget(input: InputFile): void;
}

/** Maximum columns of all cached sources, about 1 KiB each; other inputs are opened on every request. */
const mostColumns = 20_000;

/** Creates the sources of `job`, read with `options`; those in `opened`, by partition, are already open. */
export function createSources(
  job: Job,
  options: ReadOptions,
  opened: readonly (readonly [input: InputFile, source: WeighedSource])[],
): Sources {
  const kept = new Map(opened.map(([{ partition }, source]) => [partition, source]));
  let room = mostColumns;
  for (const source of kept.values()) room -= columnsOf(source);
  return {
    options,
    has: ({ partition }) => kept.has(partition),
    async open(input) {
      const known = kept.get(input.partition);
      if (known !== undefined) return known;
      const source = await openInput(job, input, options);
      if (columnsOf(source) > room) return source;
      room -= columnsOf(source);
      kept.set(input.partition, source);
      return source;
    },
    forget({ partition }) {
      const known = kept.get(partition);
      if (known === undefined) return;
      room += columnsOf(known);
      kept.delete(partition);
    },
  };
}

function columnsOf({ description }: WeighedSource): number {
  return description.columns.length;
}
