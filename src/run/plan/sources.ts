import type { ReadOptions, Source } from '../../formats/format.js';
import type { Job } from '../../job/job.js';
import type { InputFile } from '../../storage/list-inputs.js';
import { openInput } from './open-partition.js';

/** Opens the inputs of a run, each once: planning, the search for repeated keys and scoring share what the one look found. */
export interface Sources {
  /** Throws what the input's format throws, naming the file. */
  open(input: InputFile): Promise<Source>;
  /** Drops what is known of an input that is done, or is to be looked at afresh. */
  forget(input: InputFile): void;
}

/** Columns of all sources that are kept together, about 1 KiB each; an input beyond them is opened whenever it is asked for. */
const mostColumns = 20_000;

/** The inputs of `job` as `options` have them read; of those in `opened` that is done, by their partitions. */
export function createSources(
  job: Job,
  options: ReadOptions,
  opened: readonly (readonly [input: InputFile, source: Source])[],
): Sources {
  const kept = new Map(opened.map(([{ partition }, source]) => [partition, source]));
  let room = mostColumns;
  for (const source of kept.values()) room -= columnsOf(source);
  return {
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

function columnsOf({ description }: Source): number {
  return description.columns.length;
}
