import * as z from 'zod';
import { timeOfDayPattern } from '../time-of-day.js';
import { autoOrWhole, duration, oneOf, size, sizeText, whole, withError } from './values.js';

export const run = z.strictObject({
  workers: autoOrWhole(1, 1024)
    .default('auto')
    .meta({
      description: 'The number of scoring workers; auto: one per core. The output does not depend on it.',
      examples: [4],
    }),
  chunk_bytes: size.default('4MiB').meta({
    description:
      'The amount of input per task of a worker, from 64B to 256MiB; up to four times as much for more than 128 columns.',
    examples: ['1MiB'],
  }),
  batch_rows: autoOrWhole(1, 2 ** 24)
    .default(2048)
    .meta({
      description: 'Rows per call of the model; `auto` measures a few sizes at the start.',
      examples: ['auto'],
    }),
  memory: z
    .union([z.literal('auto'), size], withError(`must be auto, ${sizeText}, or a number of bytes`))
    .default('auto')
    .meta({
      description:
        'The memory limit of all processes together; `auto` stays within the container’s limit. Near the limit the run slows down, then stops with exit code 6.',
      examples: ['1GiB'],
    }),
  max_duration: duration
    .nullable()
    .default(null)
    .meta({
      description: 'The longest time a run may take before it stops with exit code 6.',
      examples: ['2h'],
    }),
  finish_by: z
    .string(withError('must be a time in quotes such as "06:00"'))
    .regex(timeOfDayPattern, withError('must be a time in quotes such as "06:00"'))
    .nullable()
    .default(null)
    .meta({
      description:
        'The time of day, on the machine’s clock, by which a run must be done; it warns as soon as that looks doubtful, and stops with exit code 6.',
      examples: ['06:00'],
    }),
  retries: whole(0, 20)
    .default(2)
    .meta({
      description: 'How often a failure that may pass (storage, a dead worker) is retried within a run.',
      examples: [5],
    }),
  threads_per_worker: autoOrWhole(1, 256)
    .default('auto')
    .meta({
      description: 'Threads of the model in each worker.',
      examples: [2],
    }),
  isolation: oneOf(['process', 'thread', 'none'])
    .default('process')
    .meta({
      description:
        'Where the model runs: in separate processes, so that a crashing model cannot end the run; in threads; or in the main process. Only a process can be ended in the middle of a batch: with `thread` and `none`, neither a time limit nor a signal other than SIGKILL stops a model that loops.',
      examples: ['none'],
    }),
});
