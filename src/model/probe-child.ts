import { NightshiftError } from '../errors.js';
import { followParent } from '../process/child.js';
import type { Reason } from '../reasons.js';
import { warmRuntime } from './open-session.js';
import { probeModel } from './probe-model.js';
import type { ProbeReport, ProbeRequest } from './probe-report.js';

/** Answer of the probing process: the report, or the error that ended it. */
export interface ProbeAnswer {
  readonly report: ProbeReport | null;
  readonly error: {
    readonly reason: Reason | null;
    readonly exitCode: number;
    readonly message: string;
    readonly hint: string | null;
  } | null;
}

// Started by `startProber`: one request, one answer, and the process ends when the channel closes.
if (process.send !== undefined) {
  followParent();
  process.send('started');
  // Opening the model meets the same problem of the runtime, and reports it.
  const warmed = warmRuntime().catch(() => {});
  process.once('message', async (request) => {
    await warmed;
    process.send!('open');
    await answer(request as ProbeRequest);
  });
}

async function answer(request: ProbeRequest): Promise<void> {
  let result: ProbeAnswer;
  try {
    result = { report: await probeModel(request, () => process.send!('batch')), error: null };
  } catch (error) {
    const known = error instanceof NightshiftError ? error : null;
    const message =
      known?.message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    const { reason = null, exitCode = 1, hint = null } = known ?? {};
    result = { report: null, error: { reason, exitCode, message, hint } };
  }
  process.send!(result, () => process.disconnect());
}
