import type { SourceFinding } from '../../chunk/source-finding.js';
import type { Job } from '../../job/job.js';
import type { InputFile, PassedOver } from '../../storage/list-inputs.js';
import { firstOf } from '../../text/first-of.js';

const sentences: Readonly<Record<PassedOver['why'], readonly [what: string, todo: string]>> = {
  unfinished: [
    'not read, because they are named like unfinished files or backups',
    'name them in "input.path" to score them',
  ],
  companion: [
    'not read, because they are named like files that accompany data',
    'name them in "input.path" to score them',
  ],
  empty: ['not read, because they are empty', 'check whether their transfer failed'],
  scored: [
    'not read, because other runs of the job have scored them',
    'score them again with the date that scored them and --force',
  ],
  changed: [
    'scored again as a whole, because they have changed since another run of the job scored them',
    'check whether the rows that it scored may appear twice',
  ],
};

const codes: Readonly<Partial<Record<PassedOver['why'], string>>> = {
  empty: 'empty-input',
  scored: 'already-scored',
  changed: 'changed-input',
};

/**
 * Returns notes on files next to an input that are not scored. Empty files are a check: a transfer may have
 * failed, unless the job says that empty input is a success.
 */
export function passedOverFindings(
  { passedOver = [] }: InputFile,
  onEmpty: Job['input']['onEmpty'],
): SourceFinding[] {
  return passedOver.map(({ why, names }) => {
    const [what, todo] = sentences[why];
    const isDoubtful = why === 'changed' || (why === 'empty' && onEmpty !== 'succeed');
    return {
      code: codes[why] ?? 'passed-over',
      level: isDoubtful ? 'check' : 'note',
      sentence: `${what}: ${firstOf(names, 3)}; ${todo}`,
    };
  });
}
