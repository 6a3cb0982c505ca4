import type { ProbeSaid } from '../../model/answer-probe.js';
import { type Prober, proberOver } from '../../model/prober.js';
import type { Prewarmed } from '../../workers/prewarmed.js';

/** A trial of a larger model leaves memory behind: its process ends, and another one becomes the worker. */
const mostModelBytes = 16 * 2 ** 20;

/**
 * Returns a prober in a prewarmed worker, which becomes the run's first worker once the model has passed;
 * null if there is none. A model that crashes or hangs ends only that process.
 */
export function lendProber(
  prewarmed: Prewarmed | null,
  signal: AbortSignal,
  batchTimeoutMs: number | null,
): Prober | null {
  const lent = prewarmed?.lend() ?? null;
  if (lent === null) return null;
  let modelBytes = 0;
  const process = {
    ...lent,
    send(request: Parameters<Prober['ask']>[0]) {
      modelBytes = request.description.bytes;
      lent.tryOut(request);
    },
    listen: ({ onSaid, onEnd }: Parameters<Parameters<typeof proberOver>[0]['listen']>[0]) =>
      lent.listen({ onSaid: (said) => onSaid(said as ProbeSaid), onEnd }),
  };
  return proberOver(process, signal, batchTimeoutMs, (isFree) => {
    if (isFree && modelBytes <= mostModelBytes) lent.giveBack();
    else lent.kill();
  });
}
