import type { RunTrial, Spent } from './trial-run.js';

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
  readonly cpu: Seconds;
  readonly elapsed: Seconds;
}

/** `perMillion` is null if too few rows were tried: `fixed` has theirs then. */
interface Seconds {
  readonly fixed: number;
  readonly perMillion: number | null;
}

/**
 * Returns what a run takes: the trial's rows, with the candidate's own scoring. All workers score at once,
 * but no more than the cores can, and no faster than the main process hands rows out and writes them.
 */
export function timeOf(figures: RunFigures): RunTime {
  const { trial, start, workers, cores, stretch } = figures;
  const row = trial.perRow === null ? null : rowOf(trial.perRow, figures);
  const ready = { main: start.main + trial.warming.main, worker: start.worker + trial.warming.worker };
  const fixed = ready.main + workers * ready.worker;
  const waited = Math.max(ready.main, ready.worker, fixed / cores);
  return {
    cpu: { fixed: fixed / 1e6, perMillion: row?.cpu ?? null },
    elapsed: { fixed: (stretch * waited) / 1e6, perMillion: row === null ? null : stretch * row.elapsed },
  };
}

/** Returns the microseconds of a row. */
function rowOf(
  tried: Spent,
  { scoring, workers, cores, isParallel }: RunFigures,
): { readonly cpu: number; readonly elapsed: number } {
  const { main } = tried;
  // Without processes of their own, all of the time is counted in the main process.
  const isOne = tried.worker === 0;
  const more = scoring.own - scoring.tried;
  const work = Math.max(isOne ? main + more : tried.worker + more, 0);
  const cpu = isOne ? work : main + work;
  const lanes = isParallel ? Math.min(workers, cores) : 1;
  return { cpu, elapsed: Math.max(work / lanes, isOne ? 0 : main, cpu / cores) };
}
