/**
 * What a worker does, written without knowing that it runs in one: the module named in the `open` message exports `openStage`, and `warmStage` if there is
 * something to load before the plan is known; the worker calls these. Contexts and tasks are plain data on the way in; results are plain data on the way out.
 */
export interface Stage {
  /** What opening found out that the main process should know (the chosen batch size, a rewrite that was not used). */
  readonly report: unknown;
  openContext(context: unknown): Promise<StageContext>;
  close(): Promise<void>;
}

/** One opened context, which runs one task at a time and calls `alive` whenever a part of it is done: the time limit begins anew then. */
export interface StageContext {
  run(task: unknown, alive: () => void): Promise<unknown>;
  close(): Promise<void>;
}

export type OpenStage = (plan: unknown) => Promise<Stage>;
