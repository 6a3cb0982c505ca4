import type { Sketch } from '../../model/make-model.js';
import type { Workdir } from '../../workdir.js';

export const kinds = [
  'dictionaries',
  'run lengths',
  'gzip',
  'zstd',
  'lists',
  'nested',
  'wide rows',
  'huge cells',
  'Arrow lengths',
  'models',
] as const;

/** A small input or model that stands for many bytes, rows or columns, or claims to. */
export interface Bomb {
  readonly kind: (typeof kinds)[number];
  readonly name: string;
  /** Writes what is needed into the folder, in less than two seconds, and returns the name of the input. */
  write(dir: Workdir): string | Promise<string>;
  /** The type of `x`, if it is not float32. */
  readonly x?: string;
  /** Lines of the job under `columns`; `x` alone if it is not given. */
  readonly columns?: string;
  /** Columns carried to the output. */
  readonly carried?: readonly string[];
  /** The model, or the name of a file that `write` leaves; a copy of `x` if it is not given. */
  readonly model?: Sketch | string;
  /** More lines of the job. */
  readonly more?: string;
  /** `run` if it is not given; `FILE` stands for the input. */
  readonly command?: readonly string[];
  /** The exit codes that are right. */
  readonly exits: readonly number[];
  /** What the last line or standard error must say. */
  readonly says?: RegExp;
  /** The most memory of all processes that the run may report, in MiB. */
  readonly mostMiB?: number;
  /** True if it is called in every `make test-slow`. */
  readonly always?: true;
}

/** Seconds of processor time for a call of a bomb; those with endless rows have their own budget. */
export const mostSeconds = 60;

export const endless = 'run: { workers: 2, max_duration: 8s }\n';

/** Returns the lines of a job for a column of this type, besides `x`. */
export function columnOf(name: string, type: string): string {
  return `  ${name}: { type: ${type} }\n`;
}
