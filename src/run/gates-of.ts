import type { FigureGate, Job, LimitGate } from '../job/job.js';
import type { Gates } from '../quality/gates.js';
import type { RunColumn } from './resolve-contract.js';

const open: LimitGate & FigureGate = { warn: null, fail: null };

/** The gates of a job. Those on the size of a run and on drift are the run's; a partition by itself is held to all others. */
export function gatesOf(job: Job, columns: readonly RunColumn[], scope: 'partition' | 'run'): Gates {
  const { quality } = job;
  const isRun = scope === 'run';
  const declared = new Map(job.columns.map((column) => [column.name, column]));
  return {
    maxRejected: quality.maxRejected,
    maxRepaired: quality.maxRepaired,
    maxFlagged: quality.maxFlagged,
    minRows: isRun ? quality.minRows : open,
    maxRows: isRun ? quality.maxRows : open,
    maxRowChange: isRun ? quality.maxRowChange : open,
    maxDegraded: job.maxDegraded,
    columns: columns.map(({ contract: { name } }) => {
      const column = declared.get(name);
      return {
        name,
        maxNull: column?.maxNull ?? open,
        maxUnknown: column?.maxUnknown ?? open,
        maxDrift: isRun ? (column?.maxDrift ?? open) : open,
      };
    }),
    scores: quality.scores.map((score) => ({
      ...score,
      maxDrift: isRun ? score.maxDrift : open,
    })),
  };
}
