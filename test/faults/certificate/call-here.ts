import { exitOf } from '../../../src/cli/exit.js';
import { loadJob } from '../../../src/job/load-job.js';
import { finishJob } from '../../../src/run/finish-job.js';
import { newRunId } from '../../../src/run/records/run-id.js';
import { runJob } from '../../../src/run/run-job.js';
import type { Call } from './scenarios.js';

const never = new AbortController().signal;

/** How a call ended. */
interface Ended {
  readonly exitCode: number;
  readonly message: string;
}

/**
 * Makes a call in this process, with the output in `output`: tens of milliseconds instead of most of a
 * second.
 */
export async function callHere(file: string, output: string, call: Call): Promise<Ended> {
  const startedAt = new Date();
  const heard = { runId: newRunId(startedAt), startedAt, observe: () => {}, signal: never };
  try {
    const job = await loadJob(file, { output });
    const here = { ...job, run: { ...job.run, isolation: 'none' as const, workers: 1, retries: 0 } };
    const selection = { partition: null, shard: call.shard ?? null, failedOnly: call.command === 'retry' };
    const { report, failures } =
      call.command === 'finish'
        ? await finishJob(here, heard)
        : await runJob(here, { ...heard, selection, force: call.force === true });
    return { exitCode: report.exit_code, message: failures.map(({ message }) => message).join('; ') };
  } catch (error) {
    const { code, message } = exitOf(error);
    return { exitCode: code, message };
  }
}

/** The words that the same call takes on the command line. */
export function wordsOf({ command, force, shard }: Call): string[] {
  const more = shard === undefined ? [] : ['--shard', `${shard.index}/${shard.count}`];
  return [command, 'job.yaml', '--quiet', ...more, ...(force === true ? ['--force'] : [])];
}
