import { NightshiftError } from '../errors.js';
import type { Reason } from '../reasons.js';
import { probeModel } from './probe-model.js';
import type { ProbeReport, ProbeRequest } from './probe-report.js';

/** Answer of the process that tries out a model: the report, or the error that ended the trial. */
export interface ProbeAnswer {
  readonly report: ProbeReport | null;
  readonly error: {
    readonly reason: Reason | null;
    readonly exitCode: number;
    readonly message: string;
    readonly hint: string | null;
  } | null;
}

/** Messages of that process: it has started, it opens the model, it begins a batch, and its answer. */
export type ProbeSaid = 'started' | 'open' | 'batch' | ProbeAnswer;

/** Tries the model in this process, which the model may crash, and sends the result. */
export async function answerProbe(request: ProbeRequest, say: (said: ProbeSaid) => void): Promise<void> {
  say('open');
  try {
    say({ report: await probeModel(request, () => say('batch')), error: null });
  } catch (error) {
    const known = error instanceof NightshiftError ? error : null;
    const message =
      known?.message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    const { reason = null, exitCode = 1, hint = null } = known ?? {};
    say({ report: null, error: { reason, exitCode, message, hint } });
  }
}
