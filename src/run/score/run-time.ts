import type { RunTrial } from './trial-run.js';

/** The measurements from which the time of a run with a candidate is estimated. */
export interface RunFigures {
  readonly trial: RunTrial;
  /** Microseconds of a row of scoring, with this candidate and with the one of the trial. */
  readonly scoring: { readonly own: number; readonly tried: number };
  /** Microseconds until the main process, and a worker, are ready for the first row. */
  readonly start: { readonly main: number; readonly worker: number };
  readonly workers: number;
  readonly cores: number;
  /** True if workers are processes or threads of their own. */
  readonly isParallel: boolean;
  /** Elapsed time of a busy worker divided by its processor time: above 1 where others want the cores. */
  readonly stretch: number;
}

/** The time of a run: `fixed` and so much for a million rows, in seconds. */
export interface RunTime {
  readonly cpu: { readonly fixed: number; readonly perMillion: number };
  readonly elapsed: { readonly fixed: number; readonly perMillion: number };
}

/**
 * Returns what a run takes: the trial's rows, with the candidate's own scoring. All workers score at once,
 * but no more than the cores can, and no faster than the main process hands rows out and writes them.
 */
export function timeOf(figures: RunFigures): RunTime {
  const { trial, scoring, start, workers, cores, isParallel, stretch } = figures;
  const main = trial.perRow.main;
  // Without processes of their own, all of the time is counted in the main process.
  const isOne = trial.perRow.worker === 0;
  const more = scoring.own - scoring.tried;
  const work = Math.max(isOne ? main + more : trial.perRow.worker + more, 0);
  const perRow = isOne ? work : main + work;
  const lanes = isParallel ? Math.min(workers, cores) : 1;
  const slowest = Math.max(work / lanes, isOne ? 0 : main, perRow / cores);
  const ready = { main: start.main + trial.warming.main, worker: start.worker + trial.warming.worker };
  const fixed = ready.main + workers * ready.worker;
  const waited = Math.max(ready.main, ready.worker, fixed / cores);
  return {
    cpu: { fixed: fixed / 1e6, perMillion: perRow },
    elapsed: { fixed: (stretch * waited) / 1e6, perMillion: stretch * slowest },
  };
}
