/**
 * A worker's job, independent of how the worker is isolated: the module named in the `open` message exports
 * `openStage`, `warmStage` if something must be loaded before the plan is known (the `warm` message names
 * it), and `tryOut` if something must be tried out first. Contexts, tasks and results are plain data.
 */
export interface Stage {
  /** Findings of the opening for the main process (the chosen batch size, a rewrite that was not used). */
  readonly report: unknown;
  openContext(context: unknown): Promise<StageContext>;
  close(): Promise<void>;
}

/**
 * Sends a part of the result of `run` or `close` ahead of it, if that is too much for one message; resolves
 * once it is sent. The part counts only with the answer. Absent: the answer contains everything.
 */
export type SendPart = (part: unknown) => Promise<void>;

/**
 * One open context. It runs one task at a time, and calls `alive` after each part of it, which restarts the
 * time limit.
 */
export interface StageContext {
  run(task: unknown, alive: () => void, send?: SendPart): Promise<unknown>;
  /** Returns what tasks have gathered here beyond their results, as plain data; null if there is nothing. */
  close(send?: SendPart): Promise<unknown>;
}

export type OpenStage = (plan: unknown) => Promise<Stage>;
