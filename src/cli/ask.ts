import { note, select, text } from '@clack/prompts';
import { InterruptedError } from '../errors.js';
import type { Ask, ColumnsQuestion } from '../run/draft/draft.js';
import { printable } from '../text/printable.js';

/** Asks a person on the terminal. Ctrl-C ends the program as a signal does. */
export function askOnTerminal(signal: AbortSignal): Ask {
  return {
    async columns(question) {
      const { input, width, proposed, candidates } = question;
      note(candidates.map(printable).join(', '), 'Columns of the input');
      const answer = await text({
        message: `Which ${width === null ? 'columns feed' : width === 1 ? 'column feeds' : `${width} columns feed`} "${printable(input)}", in training order? (comma-separated names)`,
        initialValue: proposed.join(', '),
        validate: (written) => refusal(written ?? '', question),
        signal,
      });
      return named(answered(answer));
    },
    async key(candidates) {
      const none = '';
      const answer = await select({
        message: 'Which column identifies a row?',
        options: [
          ...candidates.map((value) => ({ value, label: printable(value) })),
          { value: none, label: 'none' },
        ],
        signal,
      });
      const chosen = answered(answer);
      return chosen === none ? null : chosen;
    },
  };
}

function refusal(written: string, { width, candidates }: ColumnsQuestion): string | undefined {
  const names = named(written);
  const unknown = names.find((name) => !candidates.includes(name));
  if (unknown !== undefined) return `"${printable(unknown)}" is not a column of the input`;
  if (width !== null && names.length !== width) return `${width} needed, ${names.length} given`;
  return names.length === 0 ? 'at least one is needed' : undefined;
}

function named(written: string): readonly string[] {
  return written
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function answered(answer: string | symbol): string {
  if (typeof answer !== 'string') throw new InterruptedError('SIGINT', 'command');
  return answer;
}
