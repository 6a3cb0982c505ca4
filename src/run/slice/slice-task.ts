import type { Slice } from '../../chunk/slice.js';
import type { SliceTask } from './score-slice.js';

/** Returns the task of scoring all rows of a slice with the job's model, without repeated keys or ranks. */
export function sliceTask(slice: Slice): SliceTask {
  return {
    slice,
    repeated: null,
    published: null,
    ranks: null,
    deadly: [],
    failFast: true,
    probe: null,
    handOver: false,
    challengers: [],
    isChallenge: false,
  };
}
