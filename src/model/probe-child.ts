import { followParent } from '../process/child.js';
import { answerProbe, type ProbeSaid } from './answer-probe.js';
import type { ProbeRequest } from './probe-report.js';
import { warmRuntime } from './runtime-session.js';

// Started by `startProber`: one request, one answer, and the process ends when the channel closes.
if (process.send !== undefined) {
  followParent();
  process.send('started' satisfies ProbeSaid);
  // Opening the model meets the same problem of the runtime, and reports it.
  const warmed = warmRuntime().catch(() => {});
  process.once('message', async (request) => {
    await warmed;
    await answerProbe(request as ProbeRequest, (said) => {
      if (typeof said === 'string') process.send!(said);
      else process.send!(said, () => process.disconnect());
    });
  });
}
